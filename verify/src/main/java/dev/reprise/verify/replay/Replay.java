package dev.reprise.verify.replay;

import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.graph.recording.Recording;
import dev.reprise.graph.recording.RecordingDescription.RecordedPolicy;
import dev.reprise.ort.api.ModelRunException;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.verify.api.Budget;
import dev.reprise.verify.api.Mismatch;
import dev.reprise.verify.api.OutputErrors;
import dev.reprise.verify.api.ReplayResult;
import dev.reprise.verify.api.Replayed;
import dev.reprise.verify.api.Verdict;
import dev.reprise.verify.run.InputSource;
import dev.reprise.verify.run.Original;
import dev.reprise.verify.run.PairedSpeedup;
import dev.reprise.verify.run.Playback;
import dev.reprise.verify.run.PolicyChoice;
import dev.reprise.verify.run.RecordedInputs;
import dev.reprise.verify.text.Json;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Replays recorded policies on a loaded model: a generation for each, every step in one context, inputs as recorded. */
public final class Replay {
    private static final List<String> IDENTIFIERS = List.of("cache_identifiers", "skip_predict_identifiers");

    private final CachedTransformer loaded;
    private final Original original;
    private final Recording recording;
    private final InputSource source;
    private final double tolerance;
    private final Budgets budgets;
    private final Budget limits;

    /**
     * Of a recording on a model.
     *
     * @param original what speedups refer to
     * @param limits limits for every policy that win over the budgets'
     */
    public Replay(
            CachedTransformer loaded,
            Original original,
            Recording recording,
            double tolerance,
            Budgets budgets,
            Budget limits) {
        this.loaded = loaded;
        this.original = original;
        this.recording = recording;
        this.tolerance = tolerance;
        this.budgets = budgets;
        this.limits = limits;
        source = RecordedInputs.of(recording, loaded);
    }

    /** The recorded inputs, as far as the model reads them. */
    public InputSource source() {
        return source;
    }

    /** Where the model's attention modules are not what the recording calls them. */
    public List<String> attentionDifferences() {
        return AttentionKinds.differences(loaded.manifest(), recording.description());
    }

    /** Expressions for the modules that recorded policies name: a model file has to be cut there too. */
    public static Set<String> modules(List<Recording> recordings) {
        Set<String> expressions = new LinkedHashSet<>();
        for (Recording recorded : recordings) {
            for (RecordedPolicy policy : recorded.description().policies().values()) {
                for (String field : IDENTIFIERS) {
                    policy.config().path(field).forEach(identifier -> expressions.add(identifier.asText()));
                }
            }
        }
        return expressions;
    }

    /** Replays a policy, or the run without one. What this build or this model cannot run is unsupported, never passed. */
    public ReplayResult run(String name, @Nullable RecordedPolicy recorded) {
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
            Budget budget = policy == null ? Budget.NONE : budgets.of(replayed.name(), limits);
            return new ReplayResult(
                    replayed,
                    ReplayResult.verdict(errors, mismatches.isEmpty(), tolerance),
                    errors,
                    quality.errors(),
                    BudgetChecks.of(budget, quality.errors(), computedShare, () -> speedup(generation)),
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
        return original.speedupOf(cached, source);
    }
}
