package dev.reprise.cli.verify;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cli.model.Tensors;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.recording.Recording;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.runtime.api.Outputs;
import java.util.Iterator;
import java.util.Map;

/** How far the outputs of a replay are from the recorded ones: the largest error of all steps. */
final class Drift {
    private final Recording recording;
    private final String name;
    private double worst;
    private int worstStep;

    /**
     * No drift yet.
     *
     * @param name of the replay in the recording
     */
    Drift(Recording recording, String name) {
        this.recording = recording;
        this.name = name;
    }

    /** Compares the outputs of a step. Outputs behind the first are compared where they were recorded. */
    void add(int step, Outputs outputs) {
        Iterator<String> names = outputs.names().iterator();
        double error = error(outputs.get(names.next()), recording.output(step, name), step);
        Map<String, StoredTensor> further = recording.furtherOutputs(step, name);
        while (names.hasNext()) {
            String output = names.next();
            StoredTensor reference = further.get(output);
            if (reference != null) {
                error = Math.max(error, error(outputs.get(output), reference, step));
            }
        }
        if (error > worst) {
            worst = error;
            worstStep = step;
        }
    }

    /** Largest absolute difference / largest absolute reference value of the worst step. */
    double worst() {
        return worst;
    }

    int worstStep() {
        return worstStep;
    }

    private double error(OnnxTensor tensor, StoredTensor reference, int step) {
        StoredTensor found = Tensors.fromNative(tensor);
        if (!found.shape().equals(reference.shape())) {
            throw new InvalidModelException("step " + step + " of " + name + ": the recorded output has shape "
                    + reference.shape() + ", the model's has " + found.shape());
        }
        return relativeError(Tensors.floats(found), Tensors.floats(reference));
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
