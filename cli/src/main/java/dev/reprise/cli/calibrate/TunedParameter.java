package dev.reprise.cli.calibrate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cache.math.PolynomialFit;
import dev.reprise.verify.run.PolicyChoice;
import dev.reprise.verify.text.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.DoubleFunction;

/**
 * The one parameter of a policy that trades quality for speed.
 *
 * @param policy the policy's name
 * @param name the parameter's name
 * @param low its most careful useful value
 * @param high its most aggressive useful value
 * @param whole whether it takes whole numbers only
 * @param configuration the policy's parameters for a value of this one
 */
public record TunedParameter(
        String policy, String name, double low, double high, boolean whole, DoubleFunction<ObjectNode> configuration) {

    private static final double SMALLEST_THRESHOLD = 1e-4;
    private static final double LARGEST_THRESHOLD = 20;

    /** Every policy that has one, with what calibration found out. */
    public static List<TunedParameter> all(Calibration calibration) {
        int steps = calibration.steps();
        List<TunedParameter> parameters = new ArrayList<>();
        parameters.add(threshold("first_block_cache", Json.object()));
        parameters.add(threshold("dbcache", Json.object().put("warmup_steps", Math.min(4, steps / 5))));
        Optional<PolynomialFit> polynomial = calibration.polynomial();
        ObjectNode teacache = Json.object();
        polynomial.ifPresent(fit -> teacache.set("coefficients", Json.of(fit.coefficients())));
        parameters.add(threshold("teacache", teacache));
        List<Double> ratios = calibration.magnitudeRatios();
        if (!ratios.isEmpty()) {
            ObjectNode magcache = Json.object();
            magcache.put("num_inference_steps", steps);
            magcache.set("mag_ratios", Json.of(ratios));
            parameters.add(threshold("magcache", magcache));
        }
        parameters.add(threshold("easycache", Json.object()));
        parameters.add(
                new TunedParameter("taylorseer", "cache_interval", 1, Math.max(2, steps), true, value -> Json.object()
                        .put("use_lite_mode", true)
                        .put("cache_interval", Math.round(value))));
        parameters.add(
                new TunedParameter("output_forecast", "interval", 1, Math.max(2, steps), true, value -> Json.object()
                        .put("interval", Math.round(value))));
        parameters.add(new TunedParameter("step_mask", "mask", 0, Math.max(1, steps - 1), true, value -> Json.object()
                .put("mask", mask(steps, steps - (int) Math.round(value)))));
        return parameters;
    }

    private static TunedParameter threshold(String policy, ObjectNode base) {
        return new TunedParameter(policy, "threshold", SMALLEST_THRESHOLD, LARGEST_THRESHOLD, false, value -> {
            ObjectNode config = base.deepCopy();
            // More digits than this say nothing and read badly.
            config.put("threshold", Double.parseDouble(String.format(Locale.ROOT, "%.4g", value)));
            return config;
        });
    }

    /** A mask with so many computed steps, the first among them, spread evenly. */
    static String mask(int steps, int computed) {
        StringBuilder mask = new StringBuilder();
        int before = 0;
        for (int step = 0; step < steps; step++) {
            int now = (int) Math.ceil((double) (step + 1) * computed / steps - 1e-9);
            mask.append(now > before ? '1' : '0');
            before = now;
        }
        return mask.toString();
    }

    /** The policy with this value. */
    PolicyChoice at(double value) {
        return PolicyChoice.of(policy, policy, configuration.apply(value), List.of());
    }
}
