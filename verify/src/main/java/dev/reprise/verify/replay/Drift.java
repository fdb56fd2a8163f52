package dev.reprise.verify.replay;

import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.recording.Recording;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.verify.api.OutputErrors;
import dev.reprise.verify.api.OutputPlane;
import dev.reprise.verify.run.Psnr;
import dev.reprise.verify.run.Tensors;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Compares the outputs of a replay with the recorded ones, step by step. */
final class Drift {
    private final Recording recording;
    private final String name;
    private final String against;
    private final List<Double> errors = new ArrayList<>();
    private boolean sameBits = true;
    private double squares;
    private long count;
    private @Nullable StoredTensor worst;
    private int worstStep;
    private double worstError = -1;
    private float low = Float.POSITIVE_INFINITY;
    private float high = Float.NEGATIVE_INFINITY;

    /**
     * No drift yet.
     *
     * @param name of the replay in the recording
     * @param against name of the recorded run that it is compared with
     */
    Drift(Recording recording, String name, String against) {
        this.recording = recording;
        this.name = name;
        this.against = against;
    }

    /** Compares the outputs of the next step. Outputs behind the first are compared where they were recorded. */
    void add(int step, Outputs outputs) {
        Iterator<String> names = outputs.names().iterator();
        StoredTensor first = Tensors.fromNative(outputs.get(names.next()));
        double error = error(first, recording.output(step, against), step);
        if (error >= worstError) {
            worstError = error;
            worstStep = step;
            worst = first;
        }
        Map<String, StoredTensor> further = recording.furtherOutputs(step, against);
        while (names.hasNext()) {
            String output = names.next();
            StoredTensor reference = further.get(output);
            if (reference != null) {
                error = Math.max(error, error(Tensors.fromNative(outputs.get(output)), reference, step));
            }
        }
        errors.add(error);
    }

    /** A part of the outputs of the worst step, the last one of those; empty where they have no two dimensions. */
    Optional<OutputPlane> plane() {
        return worst == null
                ? Optional.empty()
                : Optional.ofNullable(Planes.of(worstStep, recording.output(worstStep, against), worst));
    }

    OutputErrors errors() {
        return new OutputErrors(errors, Psnr.of((double) high - low, squares, count), sameBits);
    }

    private double error(StoredTensor found, StoredTensor reference, int step) {
        if (!found.shape().equals(reference.shape())) {
            throw new InvalidModelException("step " + step + " of " + name + ": the recorded output has shape "
                    + reference.shape() + ", the model's has " + found.shape());
        }
        sameBits &= found.equals(reference);
        float[] values = Tensors.floats(found);
        float[] expected = Tensors.floats(reference);
        for (int i = 0; i < expected.length; i++) {
            double difference = (double) values[i] - expected[i];
            squares += difference * difference;
            low = Math.min(low, expected[i]);
            high = Math.max(high, expected[i]);
        }
        count += expected.length;
        return relativeError(values, expected);
    }

    /** Largest absolute difference / largest absolute reference value; infinite where one of them is not finite. */
    static double relativeError(float[] found, float[] reference) {
        double difference = 0;
        double scale = 0;
        for (int i = 0; i < reference.length; i++) {
            double here = Math.abs((double) found[i] - reference[i]);
            difference = Math.max(difference, Double.isNaN(here) ? Double.POSITIVE_INFINITY : here);
            scale = Math.max(scale, Math.abs(reference[i]));
        }
        if (difference == 0) {
            return 0;
        }
        double error = difference / scale;
        return Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
    }
}
