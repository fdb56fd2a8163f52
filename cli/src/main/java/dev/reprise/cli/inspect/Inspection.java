package dev.reprise.cli.inspect;

import dev.reprise.cache.parameter.Identifiers;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.policy.PyramidAttentionBroadcast;
import dev.reprise.graph.bundle.Bundle;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Module;
import dev.reprise.optimizer.CutModel;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.optimizer.api.Warning;
import dev.reprise.verify.run.OpenBundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * What was found in a model.
 *
 * @param source what was inspected
 * @param manifest modules, segments, tensors
 * @param blockLists lists of transformer blocks in execution order
 * @param coverage share of the nodes that carry a module path; empty for a bundle, which does not know it any more
 * @param warnings what a user should know
 * @param steps denoising steps of the generation that the plans are for
 * @param plans one per policy of the catalogue
 */
public record Inspection(
        Path source,
        Manifest manifest,
        List<CutModel.BlockList> blockLists,
        OptionalDouble coverage,
        List<Warning> warnings,
        int steps,
        List<PolicyPlan> plans) {

    public Inspection {
        blockLists = List.copyOf(blockLists);
        warnings = List.copyOf(warnings);
        plans = List.copyOf(plans);
    }

    /** Cuts a model file without writing anything, or reads a bundle. */
    public static Inspection of(Path modelOrBundle, CutOptions options, int steps) {
        if (Files.isDirectory(modelOrBundle)) {
            OpenBundle.requireUncut(modelOrBundle, options);
            Manifest manifest = Bundle.open(modelOrBundle).manifest();
            return new Inspection(
                    modelOrBundle,
                    manifest,
                    CutModel.BlockList.of(manifest),
                    OptionalDouble.empty(),
                    overlap(manifest).stream().toList(),
                    steps,
                    PolicyPlan.all(manifest, steps));
        }
        CutModel cut = Optimizer.cut(modelOrBundle, options);
        return of(modelOrBundle, cut, steps);
    }

    /** What was found in a model that was just cut. */
    public static Inspection of(Path source, CutModel cut, int steps) {
        return new Inspection(
                source,
                cut.manifest(),
                cut.blockLists(),
                OptionalDouble.of(cut.coverage()),
                Stream.concat(cut.warnings().stream(), overlap(cut.manifest()).stream())
                        .toList(),
                steps,
                PolicyPlan.all(cut.manifest(), steps));
    }

    /**
     * Attention that two of the reference's identifier lists claim: {@code transformer_blocks} is found in {@code
     * temporal_transformer_blocks} too.
     */
    private static Optional<Warning> overlap(Manifest manifest) {
        Identifiers spatial = identifiers(PyramidAttentionBroadcast.SPATIAL_ATTENTION_BLOCK_IDENTIFIERS);
        Identifiers temporal = identifiers(PyramidAttentionBroadcast.TEMPORAL_ATTENTION_BLOCK_IDENTIFIERS);
        List<String> both = manifest.modules().stream()
                .filter(module -> module.kind().isAttention())
                .map(Module::path)
                .filter(path -> spatial.search(path) && temporal.search(path))
                .toList();
        return both.isEmpty()
                ? Optional.empty()
                : Optional.of(new Warning(
                        Warning.Code.OVERLAP,
                        both.size() + " attention modules, " + both.get(0) + " the first, are claimed by the spatial "
                                + spatial + " and the temporal " + temporal
                                + " identifiers; where a spatial skip range is set"
                                + " they follow it, as in the reference implementation"));
    }

    private static Identifiers identifiers(Parameter<Identifiers> parameter) {
        return Objects.requireNonNull(parameter.defaultValue(), () -> parameter.name() + " has a default");
    }

    /** Located attention modules, in execution order. */
    public List<Module> attention() {
        return manifest.modules().stream()
                .filter(module -> module.kind().isAttention())
                .toList();
    }
}
