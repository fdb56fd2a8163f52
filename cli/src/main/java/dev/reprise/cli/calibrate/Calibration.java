package dev.reprise.cli.calibrate;

import dev.reprise.cache.math.PolynomialFit;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.verify.run.InputSource;
import dev.reprise.verify.run.Playback;
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
        try (CachedTransformer generation = loaded.newGeneration()) {
            generation.enableCache(probe);
            Playback.run(generation, source, (step, outputs) -> {});
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
}
