package dev.reprise.cli.verify;

import ai.onnxruntime.OnnxTensor;
import com.google.common.collect.Maps;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.cli.model.StepInputs;
import dev.reprise.cli.model.Tensors;
import dev.reprise.cli.verify.ReplayResult.Status;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.recording.Recording;
import dev.reprise.graph.recording.RecordingDescription.RecordedPolicy;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.ort.ModelRunException;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.Step;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Replays recorded policies on a loaded model: a generation for each, every step in one context, inputs as recorded. */
final class Replay {
    private final CachedTransformer loaded;
    private final Recording recording;
    private final double tolerance;

    Replay(CachedTransformer loaded, Recording recording, double tolerance) {
        this.loaded = loaded;
        this.recording = recording;
        this.tolerance = tolerance;
    }

    /** Replays the run without a policy. */
    ReplayResult uncached() {
        return run(Recording.UNCACHED, Recording.UNCACHED, null, null);
    }

    /** Replays a policy. One that this build or this model does not know is unsupported, never passed. */
    ReplayResult policy(String name, RecordedPolicy recorded) {
        CachePolicy policy;
        try {
            policy = PolicyCatalogue.parse(recorded.policy(), recorded.config());
        } catch (InvalidPolicyException e) {
            return ReplayResult.without(Status.UNSUPPORTED, name, recorded.policy(), String.valueOf(e.getMessage()));
        }
        return run(name, recorded.policy(), policy, recorded);
    }

    private ReplayResult run(
            String name, String kind, @Nullable CachePolicy policy, @Nullable RecordedPolicy recorded) {
        try (CachedTransformer generation = loaded.newGeneration();
                StepInputs inputs = new StepInputs()) {
            if (policy != null) {
                generation.enableCache(new AsRecorded(policy, recording.description()));
            }
            double worst = 0;
            int worstStep = 0;
            List<Double> timesteps = recording.description().timesteps();
            for (int step = 0; step < timesteps.size(); step++) {
                Step at = Step.at(step, timesteps.size()).withTimestep(timesteps.get(step));
                double error;
                try (Outputs outputs = generation.run(at, inputs.next(inputs(step)))) {
                    error = error(outputs, step, name);
                }
                if (!(error <= worst)) {
                    worst = error;
                    worstStep = step;
                }
            }
            DecisionCheck check = recorded == null ? null : new DecisionCheck(loaded.manifest(), recorded);
            List<String> mismatches = check == null ? List.of() : check.mismatches(generation.trace());
            return new ReplayResult(
                    name,
                    kind,
                    worst <= tolerance && mismatches.isEmpty() ? Status.PASSED : Status.DIFFERS,
                    worst,
                    worstStep,
                    mismatches,
                    check == null ? Set.of() : check.unjudged(),
                    generation.summary().computedShare(),
                    "");
        } catch (UnsupportedPolicyException e) {
            return ReplayResult.without(Status.UNSUPPORTED, name, kind, String.valueOf(e.getMessage()));
        } catch (IllegalStateException | IllegalArgumentException | ModelRunException e) {
            // One policy that breaks must not hide what the others do.
            return ReplayResult.without(Status.FAILED, name, kind, String.valueOf(e.getMessage()));
        }
    }

    /** The recorded inputs that the model has: an export leaves out what nothing in it reads. */
    private Map<String, StoredTensor> inputs(int step) {
        Set<String> known = new HashSet<>();
        loaded.inputs().forEach(input -> known.add(input.name()));
        return Maps.filterKeys(recording.inputs(step), known::contains);
    }

    /** Largest relative error of all outputs of a step. */
    private double error(Outputs outputs, int step, String name) {
        Iterator<String> names = outputs.names().iterator();
        double worst = error(outputs.get(names.next()), recording.output(step, name), step, name);
        Map<String, StoredTensor> further = recording.furtherOutputs(step, name);
        while (names.hasNext()) {
            String output = names.next();
            StoredTensor reference = further.get(output);
            if (reference != null) {
                worst = larger(worst, error(outputs.get(output), reference, step, name));
            }
        }
        return worst;
    }

    private static double error(OnnxTensor tensor, StoredTensor reference, int step, String name) {
        StoredTensor found = Tensors.fromNative(tensor);
        if (!found.shape().equals(reference.shape())) {
            throw new InvalidModelException("step " + step + " of " + name + ": the recorded output has shape "
                    + reference.shape() + ", the model's has " + new ArrayList<>(found.shape()));
        }
        return relativeError(Tensors.floats(found), Tensors.floats(reference));
    }

    /** Largest absolute difference / largest absolute reference value; infinite where one of them is not finite. */
    static double relativeError(float[] found, float[] reference) {
        double difference = 0;
        double scale = 0;
        for (int i = 0; i < reference.length; i++) {
            difference = larger(difference, Math.abs((double) found[i] - reference[i]));
            scale = Math.max(scale, Math.abs(reference[i]));
        }
        if (difference == 0) {
            return 0;
        }
        double error = difference / scale;
        return Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
    }

    /** The larger one, infinity rather than NaN. */
    private static double larger(double a, double b) {
        return Double.isNaN(b) ? Double.POSITIVE_INFINITY : Math.max(a, b);
    }
}
