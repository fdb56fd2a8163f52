package dev.reprise.optimizer;

import dev.reprise.graph.ModulePath;
import dev.reprise.graph.bundle.BlockChain;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.optimizer.api.BundleWriteException;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.optimizer.api.MeasureOptions;
import dev.reprise.optimizer.api.QuantizeOptions;
import dev.reprise.optimizer.api.Warning;
import dev.reprise.optimizer.bundle.BundleWriter;
import dev.reprise.optimizer.bundle.SegmentModels;
import dev.reprise.optimizer.measure.RewriteTrials;
import dev.reprise.optimizer.measure.RunTimer;
import dev.reprise.optimizer.rewrite.Rewriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A model that was cut and not yet written: what was found, and what a bundle will hold. */
public final class CutModel {
    private final OnnxModel model;
    private final CutOptions options;
    private final Manifest manifest;
    private final SegmentModels models;
    private final Rewriter rewriter;
    private final List<BlockList> blockLists;
    private final double coverage;
    private final List<Warning> warnings;

    /**
     * A list of transformer blocks.
     *
     * @param list path of the list: {@code transformer_blocks}
     * @param length number of blocks found in it
     */
    public record BlockList(String list, int length) {
        /** The lists that the blocks of a model's chain are in, in execution order. */
        public static List<BlockList> of(Manifest manifest) {
            BlockChain chain = manifest.chain();
            List<BlockChain.Block> blocks = chain == null ? List.of() : chain.blocks();
            List<BlockList> lists = new ArrayList<>();
            for (BlockChain.Block block : blocks) {
                ModulePath path = ModulePath.of(block.path());
                String list = (path.isTopLevel() ? path : path.parent()).dotted();
                int last = lists.size() - 1;
                if (last >= 0 && lists.get(last).list().equals(list)) {
                    lists.set(last, new BlockList(list, lists.get(last).length() + 1));
                } else {
                    lists.add(new BlockList(list, 1));
                }
            }
            return lists;
        }
    }

    CutModel(
            OnnxModel model,
            CutOptions options,
            Manifest manifest,
            SegmentModels models,
            Rewriter rewriter,
            List<BlockList> blockLists,
            double coverage,
            List<Warning> warnings) {
        this.model = model;
        this.options = options;
        this.manifest = manifest;
        this.models = models;
        this.rewriter = rewriter;
        this.blockLists = List.copyOf(blockLists);
        this.coverage = coverage;
        this.warnings = List.copyOf(warnings);
    }

    /** What a bundle says of the model; weight files are filled in when it is written. */
    public Manifest manifest() {
        return manifest;
    }

    /** The lists of transformer blocks, in execution order: those of the chain, and other top-level ones with a block list's name. */
    public List<BlockList> blockLists() {
        return blockLists;
    }

    /** Share of the nodes, constants left out, that carry a module path of their own. */
    public double coverage() {
        return coverage;
    }

    public List<Warning> warnings() {
        return warnings;
    }

    /**
     * The same model without the rewrites that take longer where they are measured: each one in each kind of segment in which it fires,
     * with and without it in turns. The manifest says what was measured.
     *
     * @throws IllegalArgumentException when the inputs to measure with do not fit the model
     */
    public CutModel measured(MeasureOptions measure) {
        return measured(measure, RunTimer.CLOCK);
    }

    CutModel measured(MeasureOptions measure, RunTimer timer) {
        RewriteTrials.Choice choice =
                new RewriteTrials(model.directory(), manifest, models.byFile(), rewriter, timer).measure(measure);
        SegmentModels chosen = models.rewritten(rewriter, choice::keeps);
        return new CutModel(
                model,
                options,
                manifest.withRewritten(chosen.rewritten()).withMeasured(choice.measurements()),
                chosen,
                rewriter,
                blockLists,
                coverage,
                warnings);
    }

    /**
     * Writes the bundle: into a temporary folder beside it, renamed when complete.
     *
     * @throws BundleWriteException when the folder exists and is not empty, or cannot be written
     */
    public Path write(Path bundle) {
        return new BundleWriter(model, options).write(manifest, models, bundle);
    }

    /**
     * As {@link #write}, with further models in int8 of segments where the outputs allow it. The weights are packed into the bundle.
     * Its manifest says which segments were quantized, and with what error.
     *
     * @throws IllegalArgumentException when the inputs to measure with do not fit the model
     */
    public Path writeQuantized(Path bundle, QuantizeOptions quantize) {
        return new BundleWriter(model, options.withPackedWeights(true))
                .writeQuantized(manifest, models, bundle, rewriter, quantize);
    }
}
