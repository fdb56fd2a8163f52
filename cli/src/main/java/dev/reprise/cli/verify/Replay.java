package dev.reprise.cli.verify;

import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cli.inputs.InputSource;
import dev.reprise.cli.inputs.Playback;
import dev.reprise.cli.inputs.RecordedInputs;
import dev.reprise.cli.measure.PairedSpeedup;
import dev.reprise.cli.policies.PolicyChoice;
import dev.reprise.cli.text.Json;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.graph.recording.Recording;
import dev.reprise.graph.recording.RecordingDescription.RecordedPolicy;
import dev.reprise.ort.api.ModelRunException;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.StepTrace;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Replays recorded policies on a loaded model: a generation for each, every step in one context, inputs as recorded. */
final class Replay {
    private final CachedTransformer loaded;
    private final Recording recording;
    private final InputSource source;
    private final double tolerance;
    private final Budgets budgets;
    private final Budget commandLine;

    /**
     * Of a recording on a model.
     *
     * @param commandLine limits for every policy that win over the recording's
     */
    Replay(CachedTransformer loaded, Recording recording, double tolerance, Budget commandLine) {
        this.loaded = loaded;
        this.recording = recording;
        this.tolerance = tolerance;
        this.commandLine = commandLine;
        budgets = Budgets.beside(
                recording.directory(), recording.description().policies().keySet());
        // An export leaves out inputs that nothing in it reads.
        source = RecordedInputs.of(recording, 0)
                .only(loaded.inputs().stream().map(TensorSpec::name).collect(Collectors.toSet()));
    }

    /** The recorded inputs, as far as the model reads them. */
    InputSource source() {
        return source;
    }

    /** Replays a policy, or the run without one. What this build or this model cannot run is unsupported, never passed. */
    ReplayResult run(String name, @Nullable RecordedPolicy recorded) {
        Replayed replayed = new Replayed(
                name,
                recorded == null
                        ? PolicyChoice.json(Recording.UNCACHED, Json.object())
                        : PolicyChoice.json(recorded.policy(), recorded.config()));
        try {
            return recorded == null
                    ? run(replayed, null, null)
                    : run(replayed, AsRecorded.policy(recorded, recording.description()), recorded);
        } catch (UnsupportedPolicyException | InvalidPolicyException e) {
            return ReplayResult.without(replayed, Verdict.UNSUPPORTED, String.valueOf(e.getMessage()));
        } catch (IllegalStateException | IllegalArgumentException | ModelRunException e) {
            // One policy that breaks must not hide what the others do.
            return ReplayResult.without(replayed, Verdict.BROKEN, String.valueOf(e.getMessage()));
        }
    }

    private ReplayResult run(Replayed replayed, @Nullable CachePolicy policy, @Nullable RecordedPolicy recorded) {
        Drift drift = new Drift(recording, replayed.name(), replayed.name());
        // The run without a policy is its own reference.
        Drift quality = recorded == null ? drift : new Drift(recording, replayed.name(), Recording.UNCACHED);
        DecisionCheck check = recorded == null ? null : new DecisionCheck(loaded.manifest(), recorded);
        List<StepTrace> traces = new ArrayList<>();
        try (CachedTransformer generation = loaded.newGeneration()) {
            if (policy != null) {
                generation.enableCache(policy);
            }
            Playback.runTraced(generation, source, (trace, outputs) -> {
                drift.add(trace.step(), outputs);
                if (quality != drift) {
                    quality.add(trace.step(), outputs);
                }
                traces.add(trace);
                if (check != null) {
                    check.add(trace);
                }
            });
            OutputErrors errors = drift.errors();
            List<Mismatch> mismatches = check == null ? List.of() : check.mismatches();
            double computedShare = generation.summary().computedShare();
            Budget budget = policy == null ? Budget.NONE : budgets.of(replayed.name(), commandLine);
            return new ReplayResult(
                    replayed,
                    ReplayResult.verdict(errors, mismatches.isEmpty(), tolerance),
                    errors,
                    quality.errors(),
                    budget.check(quality.errors(), computedShare, () -> speedup(generation)),
                    drift.plane(),
                    traces,
                    mismatches,
                    check == null ? Set.of() : check.unjudged(),
                    computedShare,
                    policy != null && traces.stream().noneMatch(StepTrace::reused),
                    "");
        }
    }

    private PairedSpeedup speedup(CachedTransformer cached) {
        // The listener of the replay must not be told again.
        cached.onStep(trace -> {});
        try (CachedTransformer plain = loaded.newGeneration()) {
            return PairedSpeedup.of(plain, cached, source);
        }
    }
}
