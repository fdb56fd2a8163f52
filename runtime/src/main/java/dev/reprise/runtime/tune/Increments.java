package dev.reprise.runtime.tune;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.ort.NativeTensors;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.DenoisingModel;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.Step;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a sampler adds to its latents from step to step without a policy, and what a schedule would miss of it if the model saw the latents
 * of no policy all the same: {@code Σ_t (forecast_t − Δx_t)}, for each image of the batch. It costs no run of the model. It is not the
 * truth, because errors change what the model sees; it is good enough to say which schedules are worth a run.
 */
final class Increments {
    /** Values of an image that are looked at, evenly spread: more say nothing new. */
    private static final int MOST_VALUES = 4096;

    // products[image][s][t]: of the increments of steps s and t.
    private final double[][][] products;
    private final int steps;

    private Increments(double[][][] products, int steps) {
        this.products = products;
        this.steps = steps;
    }

    /**
     * The mean over images of how far a schedule stays from no policy, in dB up to a constant.
     *
     * @param calibrate whether a computed step makes good what the forecasts before it missed
     */
    double decibels(String mask, boolean calibrate) {
        double[] missed = new double[steps];
        int newest = -1;
        int older = -1;
        for (int t = 0; t < steps; t++) {
            if (mask.charAt(t) == '1') {
                if (calibrate) {
                    // The line between both computed steps takes the place of the forecasts.
                    for (int s = newest + 1; s < t && newest >= 0; s++) {
                        double share = (double) (s - newest) / (t - newest);
                        missed[t] += share;
                        missed[newest] += 1 - share;
                        forecast(missed, s, newest, older, -1);
                    }
                }
                older = newest;
                newest = t;
            } else {
                forecast(missed, t, newest, older, 1);
                missed[t] -= 1;
            }
        }
        double sum = 0;
        for (double[][] image : products) {
            double error = 1e-12;
            for (int s = 0; s < steps; s++) {
                for (int t = 0; t < steps && missed[s] != 0; t++) {
                    error += missed[s] * missed[t] * image[s][t];
                }
            }
            sum -= 10 * Math.log10(Math.max(error, 1e-12));
        }
        return sum / products.length;
    }

    private static void forecast(double[] weights, int t, int newest, int older, int sign) {
        double slope = older < 0 ? 0 : (double) (t - newest) / (newest - older);
        weights[newest] += sign * (1 + slope);
        if (slope != 0) {
            weights[older] -= sign * slope;
        }
    }

    /** Runs a model and remembers its latents. */
    static final class Recorder implements DenoisingModel {
        private final CachedTransformer model;
        private final @Nullable String latents;
        private final List<float[]> seen = new ArrayList<>();
        private int rows = 1;
        private boolean usable = true;

        Recorder(CachedTransformer model) {
            this.model = model;
            latents = model.manifest().roles().latents();
        }

        @Override
        public List<TensorSpec> inputs() {
            return model.inputs();
        }

        @Override
        public List<TensorSpec> outputs() {
            return model.outputs();
        }

        @Override
        public Outputs run(Step step, Map<String, ? extends OnnxTensor> inputs) {
            OnnxTensor tensor = inputs.get(latents);
            // A solver that runs the model twice a step adds nothing at the first time.
            usable &= tensor != null && step.index() == seen.size();
            if (usable && tensor != null) {
                StoredTensor stored = NativeTensors.fromNative(tensor);
                usable = stored.elementType() == ElementType.FLOAT
                        && !stored.shape().isEmpty()
                        && stored.shape().get(0) > 0;
                if (usable) {
                    rows = Math.toIntExact(stored.shape().get(0));
                    seen.add(sampled(stored.data().asFloatBuffer(), rows));
                }
            }
            return model.run(step, inputs);
        }

        /** The same number of values of each row. */
        private static float[] sampled(FloatBuffer values, int rows) {
            int row = values.remaining() / rows;
            int kept = Math.min(row, MOST_VALUES);
            float[] sampled = new float[rows * kept];
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < kept; j++) {
                    sampled[i * kept + j] = values.get(i * row + (int) ((long) j * row / kept));
                }
            }
            return sampled;
        }

        /** Null where the latents say nothing about the steps. */
        @Nullable
        Increments increments() {
            int steps = seen.size();
            if (!usable || steps < 4) {
                return null;
            }
            int row = seen.get(0).length / rows;
            double[][][] products = new double[rows][steps][steps];
            for (int image = 0; image < rows; image++) {
                double[][] changes = new double[steps][row];
                for (int t = 0; t + 1 < steps; t++) {
                    for (int j = 0; j < row; j++) {
                        changes[t][j] = seen.get(t + 1)[image * row + j] - seen.get(t)[image * row + j];
                    }
                }
                for (int j = 0; j < row; j++) {
                    // What the last step adds is not seen: it goes on as before.
                    changes[steps - 1][j] = 2 * changes[steps - 2][j] - changes[steps - 3][j];
                }
                for (int s = 0; s < steps; s++) {
                    for (int t = 0; t <= s; t++) {
                        double product = 0;
                        for (int j = 0; j < row; j++) {
                            product += changes[s][j] * changes[t][j];
                        }
                        products[image][s][t] = product;
                        products[image][t][s] = product;
                    }
                }
            }
            return new Increments(products, steps);
        }

        @Override
        public void close() {}
    }
}
