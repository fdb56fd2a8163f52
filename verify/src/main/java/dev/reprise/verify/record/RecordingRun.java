package dev.reprise.verify.record;

import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Module;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.graph.recording.Fingerprint;
import dev.reprise.graph.recording.Recording;
import dev.reprise.graph.recording.RecordingDescription;
import dev.reprise.graph.recording.RecordingDescription.AttentionModule;
import dev.reprise.graph.recording.RecordingDescription.BlockList;
import dev.reprise.graph.recording.RecordingDescription.RecordedPolicy;
import dev.reprise.graph.recording.RecordingWriter;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.optimizer.CutModel;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.verify.api.ProgressListener;
import dev.reprise.verify.fingerprint.Fingerprints;
import dev.reprise.verify.run.InputSource;
import dev.reprise.verify.run.Playback;
import dev.reprise.verify.run.PolicyChoice;
import dev.reprise.verify.run.Tensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Runs every policy on the same inputs and writes what came out. */
public final class RecordingRun {
    private final CachedTransformer loaded;
    private final Path bundle;
    private final SessionSettings settings;
    private final InputSource source;
    private final ProgressListener progress;

    /**
     * Of a loaded model.
     *
     * @param bundle the folder that it was loaded from
     * @param settings what it was opened with
     */
    public RecordingRun(
            CachedTransformer loaded,
            Path bundle,
            SessionSettings settings,
            InputSource source,
            ProgressListener progress) {
        this.loaded = loaded;
        this.bundle = bundle;
        this.settings = settings;
        this.source = source;
        this.progress = progress;
    }

    /**
     * Records a run without a policy and one with each.
     *
     * @param replace whether a recording that is there is replaced
     * @return what each policy did
     */
    public List<PolicyUse> record(List<PolicyChoice> choices, Path output, boolean replace) throws IOException {
        try (RecordingWriter writer = replace ? RecordingWriter.replacing(output) : RecordingWriter.create(output)) {
            for (String budget : replace ? Recording.BUDGETS : List.<String>of()) {
                writer.keep(output.resolve(budget));
            }
            writeInputs(writer);
            List<Set<String>> idle = run(writer, Recording.UNCACHED, List.of()).notRun();
            Map<String, RecordedPolicy> recorded = new LinkedHashMap<>();
            List<PolicyUse> uses = new ArrayList<>();
            for (PolicyChoice choice : choices) {
                Run run = run(writer, choice.label(), List.of(choice));
                List<Set<String>> notRun = run.notRun();
                uses.add(PolicyUse.of(choice, run.trace(), run.computedShare(), source, loaded));
                List<List<String>> skipped = new ArrayList<>();
                for (int step = 0; step < source.steps(); step++) {
                    // What does not run without a policy either cannot have changed: that is no decision.
                    Set<String> always = idle.get(step);
                    skipped.add(notRun.get(step).stream()
                            .filter(path -> !always.contains(path))
                            .toList());
                }
                recorded.put(choice.label(), new RecordedPolicy(choice.type().id(), choice.parameters(), skipped));
            }
            complete(writer, recorded);
            return uses;
        }
    }

    /** Completes a recording that has its inputs and outputs. */
    void complete(RecordingWriter writer, Map<String, RecordedPolicy> recorded) throws IOException {
        progress.phase("taking the fingerprint");
        Fingerprint fingerprint = Fingerprints.of(loaded, bundle, source);
        writer.fingerprint(fingerprint);
        writer.finish(description(recorded, fingerprint.model().hash()));
    }

    /**
     * A generation that was recorded.
     *
     * @param notRun per step, paths of located modules none of whose layers ran
     * @param trace its steps
     * @param computedShare share of the multiply-adds that was computed
     */
    private record Run(List<Set<String>> notRun, List<StepTrace> trace, double computedShare) {}

    /** An input that every step shares is written once. With one step nothing tells what changes: all of it is that step's. */
    void writeInputs(RecordingWriter writer) throws IOException {
        Map<String, StoredTensor> first = source.inputs(0);
        Map<String, StoredTensor> constant = source.steps() > 1 ? new LinkedHashMap<>(first) : Map.of();
        for (int step = 1; step < source.steps(); step++) {
            Map<String, StoredTensor> inputs = source.inputs(step);
            constant.entrySet().removeIf(input -> !input.getValue().equals(inputs.get(input.getKey())));
        }
        for (Map.Entry<String, StoredTensor> input : constant.entrySet()) {
            writer.constant(input.getKey(), input.getValue());
        }
        for (int step = 0; step < source.steps(); step++) {
            for (Map.Entry<String, StoredTensor> input : source.inputs(step).entrySet()) {
                if (first.containsKey(input.getKey()) && !constant.containsKey(input.getKey())) {
                    writer.input(step, input.getKey(), input.getValue());
                }
            }
        }
    }

    /** Records the outputs of a generation. */
    private Run run(RecordingWriter writer, String label, List<PolicyChoice> policies) throws IOException {
        List<Set<String>> notRun = new ArrayList<>();
        List<StepTrace> traces = new ArrayList<>();
        try (CachedTransformer generation = loaded.newGeneration()) {
            for (PolicyChoice policy : policies) {
                generation.enableCache(policy.policy());
            }
            Playback.<IOException>runTraced(generation, source, (trace, outputs) -> {
                int step = notRun.size();
                progress.step("recording " + label + ", step", step + 1, source.steps());
                write(writer, step, label, outputs);
                notRun.add(notRun(trace));
                traces.add(trace);
            });
            return new Run(notRun, traces, generation.summary().computedShare());
        }
    }

    private static void write(RecordingWriter writer, int step, String label, Outputs outputs) throws IOException {
        Map<String, StoredTensor> made = new LinkedHashMap<>();
        outputs.names().forEach(name -> made.put(name, Tensors.fromNative(outputs.get(name))));
        writer.outputs(step, label, made);
    }

    private Set<String> notRun(StepTrace step) {
        Set<String> paths = new LinkedHashSet<>();
        for (Module module : loaded.manifest().modules()) {
            if (module.kind() != ModuleKind.OTHER && !step.ran(module)) {
                paths.add(module.path());
            }
        }
        return paths;
    }

    private RecordingDescription description(Map<String, RecordedPolicy> policies, String modelHash) {
        Manifest manifest = loaded.manifest();
        List<BlockList> blocks = CutModel.BlockList.of(manifest).stream()
                .map(list -> new BlockList(list.list(), list.length()))
                .toList();
        List<AttentionModule> attention = manifest.modules().stream()
                .filter(module -> module.kind().isAttention())
                .map(module -> new AttentionModule(module.path(), module.kind() == ModuleKind.CROSS_ATTENTION))
                .toList();
        return new RecordingDescription(
                RecordingDescription.VERSION,
                null,
                "reprise",
                Map.of(),
                source.timesteps(),
                manifest.roles().latents(),
                blocks,
                attention,
                policies,
                Fingerprints.origin(settings, manifest, manifest.provenance().sourceFile(), modelHash));
    }
}
