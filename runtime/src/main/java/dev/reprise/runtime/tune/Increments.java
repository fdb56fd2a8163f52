package dev.reprise.runtime.tune;

import dev.reprise.runtime.tune.RolloutRecorder.Recorded;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a sampler adds to its latents from step to step without a policy, and what a schedule would miss of it if the model saw the latents
 * of no policy all the same: {@code Σ_t (forecast_t − Δ_t)}, for each image. It costs no run of the model. It is not the truth, because
 * errors change what the model sees; it is good enough to fit weights to and to say which schedules are worth a run.
 */
final class Increments {
    // products.get(image)[s][t]: of the increments of steps s and t.
    private final List<double[][]> products = new ArrayList<>();
    private final double[][] mean;
    private final SamplerSteps sampler;
    private final int steps;

    private Increments(List<Recorded> rollouts, SamplerSteps sampler) {
        this.sampler = sampler;
        steps = rollouts.get(0).latents().size();
        rollouts.forEach(this::add);
        mean = new double[steps][steps];
        for (double[][] image : products) {
            for (int s = 0; s < steps; s++) {
                for (int t = 0; t < steps; t++) {
                    mean[s][t] += image[s][t] / products.size();
                }
            }
        }
    }

    /** Of rollouts of one kind; null where there are none that say anything. */
    static @Nullable Increments of(List<Recorded> rollouts) {
        if (rollouts.isEmpty()) {
            return null;
        }
        Recorded first = rollouts.get(0);
        int size = first.latents().get(0).length;
        boolean alike = rollouts.stream()
                .allMatch(each -> each.latents().size() == first.latents().size()
                        && each.latents().stream().allMatch(values -> values.length == size));
        if (!alike) {
            return null;
        }
        boolean comparable =
                first.outputs().stream().allMatch(step -> step.stream().allMatch(each -> each.length == size));
        SamplerSteps sampler = comparable ? SamplerSteps.of(first.latents(), first.outputs()) : null;
        return new Increments(
                rollouts, sampler == null ? SamplerSteps.plain(first.latents().size()) : sampler);
    }

    private void add(Recorded rollout) {
        int row = rollout.latents().get(0).length / rollout.images();
        for (int image = 0; image < rollout.images(); image++) {
            double[][] changes = changes(rollout, image * row, row);
            double[][] of = new double[steps][steps];
            for (int s = 0; s < steps; s++) {
                for (int t = 0; t <= s; t++) {
                    double product = 0;
                    for (int j = 0; j < row; j++) {
                        product += changes[s][j] * changes[t][j];
                    }
                    of[s][t] = product / row;
                    of[t][s] = product / row;
                }
            }
            products.add(of);
        }
    }

    private double[][] changes(Recorded rollout, int from, int row) {
        double[][] changes = new double[steps][row];
        for (int t = 0; t + 1 < steps; t++) {
            double before = sampler.scale(t - 1);
            for (int j = 0; j < row; j++) {
                changes[t][j] = rollout.latents().get(t + 1)[from + j] / sampler.scale(t)
                        - rollout.latents().get(t)[from + j] / before;
            }
        }
        // Nobody sees what the last step adds. Its outputs say so where they are understood; else it goes on as before.
        double[] shares = sampler.shares(steps - 1);
        for (int j = 0; j < row; j++) {
            if (shares.length == 0) {
                changes[steps - 1][j] = 2 * changes[steps - 2][j] - changes[steps - 3][j];
            }
            for (int i = 0; i < shares.length; i++) {
                changes[steps - 1][j] +=
                        shares[i] * rollout.outputs().get(steps - 1).get(i)[from + j] / sampler.scale(steps - 1);
            }
        }
        return changes;
    }

    int steps() {
        return steps;
    }

    /** The weights of the best forecast on a schedule, mixed with those of the straight line. */
    FittedWeights fitted(String mask, double blend) {
        return FittedWeights.of(products, mean, sampler, mask, blend);
    }

    /** About how far the best forecast on a schedule stays from no policy, dB up to a constant: quicker than {@link #fitted}. */
    double fittedDecibels(String mask) {
        return FittedWeights.decibels(products, mean, mask);
    }

    /**
     * The mean over images of how far a schedule with a linear forecast stays from no policy, in dB up to a constant.
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
        return FittedWeights.decibels(products, missed);
    }

    private static void forecast(double[] weights, int t, int newest, int older, int sign) {
        double slope = older < 0 ? 0 : (double) (t - newest) / (newest - older);
        weights[newest] += sign * (1 + slope);
        if (slope != 0) {
            weights[older] -= sign * slope;
        }
    }
}
