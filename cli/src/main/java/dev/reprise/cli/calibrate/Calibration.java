package dev.reprise.cli.calibrate;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cache.math.PolynomialFit;
import dev.reprise.cli.inputs.InputSource;
import dev.reprise.cli.model.StepInputs;
import dev.reprise.cli.text.Json;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.Step;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What was measured on a model: figures per context and step, and the parameters that follow from them.
 *
 * @param steps denoising steps of a generation
 * @param contexts name of a guidance branch or set of inputs → its steps
 */
public record Calibration(int steps, Map<String, List<StepFigures>> contexts) {
    /** Of the polynomial, as in TeaCache's paper. */
    private static final int DEGREE = 4;

    public Calibration {
        contexts = new LinkedHashMap<>(contexts);
    }

    /** Runs every step of a source once, without caching. */
    static List<StepFigures> measure(CachedTransformer loaded, InputSource source) {
        CalibrationProbe probe = new CalibrationProbe();
        try (CachedTransformer generation = loaded.newGeneration();
                StepInputs inputs = new StepInputs()) {
            generation.enableCache(probe);
            for (int step = 0; step < source.steps(); step++) {
                Step at = Step.at(step, source.steps())
                        .withTimestep(source.timesteps().get(step));
                generation.run(at, inputs.next(source.inputs(step))).close();
            }
        }
        return probe.figures();
    }

    /** MagCache's table, the mean of all contexts; empty where the model has no chain of blocks. */
    public List<Double> magnitudeRatios() {
        List<Double> ratios = new ArrayList<>();
        for (int step = 0; step < steps; step++) {
            int index = step;
            double mean = contexts.values().stream()
                    .mapToDouble(figures -> figures.get(index).residualRatio())
                    .average()
                    .orElse(Double.NaN);
            if (!Double.isFinite(mean)) {
                return List.of();
            }
            ratios.add(mean);
        }
        return ratios;
    }

    /** TeaCache's polynomial from the change of the modulated input to that of the output; of lower degree for few steps. */
    public Optional<PolynomialFit> polynomial() {
        List<Double> probe = new ArrayList<>();
        List<Double> output = new ArrayList<>();
        for (List<StepFigures> figures : contexts.values()) {
            for (StepFigures step : figures) {
                if (Double.isFinite(step.modulatedInput()) && Double.isFinite(step.output())) {
                    probe.add(step.modulatedInput());
                    output.add(step.output());
                }
            }
        }
        int points = (int) probe.stream().distinct().count();
        // Twice as many points as coefficients, or the polynomial follows the noise.
        int degree = Math.min(DEGREE, points / 2 - 1);
        return degree < 1 ? Optional.empty() : Optional.of(PolynomialFit.of(probe, output, degree));
    }

    ObjectNode json() {
        ObjectNode json = Json.object();
        json.put("steps", steps);
        ObjectNode all = json.putObject("contexts");
        contexts.forEach((name, figures) -> {
            ArrayNode array = all.putArray(name);
            figures.forEach(step -> array.add(step.json()));
        });
        ObjectNode policies = json.putObject("policies");
        List<Double> ratios = magnitudeRatios();
        if (!ratios.isEmpty()) {
            ObjectNode config = policies.putObject("magcache").putObject("config");
            config.put("num_inference_steps", steps);
            config.set("mag_ratios", Json.of(ratios));
        }
        polynomial().ifPresent(fit -> {
            ObjectNode teacache = policies.putObject("teacache");
            teacache.putObject("config").set("coefficients", Json.of(fit.coefficients()));
            teacache.set("r_squared", Json.number(fit.rSquared()));
        });
        return json;
    }
}
