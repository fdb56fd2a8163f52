package dev.reprise.cli.demo;

import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.cli.calibrate.Calibration;
import dev.reprise.cli.calibrate.TargetSearch.Suggestion;
import dev.reprise.verify.run.PolicyChoice;
import dev.reprise.verify.text.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** The policies and settings that the demo shows: four that matter, then three each where there is something to set. */
final class DemoSettings {
    /**
     * One line of the demo.
     *
     * @param family the policy's name for people
     * @param setting what is set, for people
     * @param choice the policy
     */
    record Setting(String family, String setting, PolicyChoice choice) {}

    /** What {@code reprise tune --evaluations 10} found for the digits model and this many steps. */
    private static final int TUNED_STEPS = 30;

    private static final String TUNED_DIGITS =
            "{'when': {'mask': {'steps': '101001001001001001000100010010'}}, 'what': 'taylor', 'where': {'output': {'calibrate': true}}}";

    private final List<Setting> settings = new ArrayList<>();
    private final Set<String> shown = new TreeSet<>();

    private final DemoModel model;

    private DemoSettings(DemoModel model) {
        this.model = model;
    }

    /** The settings to look at first: the careful classic, a probe, a forecast, and what {@code reprise tune} found. */
    static List<Setting> first(DemoModel model, int steps) {
        DemoSettings demo = new DemoSettings(model);
        demo.broadcast(model.isVideo() ? new int[] {2, 3, 4} : new int[] {2, 3});
        demo.firstBlock(0.2);
        demo.lite(3);
        if (steps != TUNED_STEPS) {
            demo.forecast(3);
        } else if (model.isVideo()) {
            demo.add("Combined", "10 of 30 steps, Taylor, output", "combined", TUNED_DIGITS);
        } else {
            demo.add("Tuned for 10 of 30 steps", "by reprise tune", "combined", TUNED_DIGITS);
        }
        return List.copyOf(demo.settings);
    }

    /**
     * All others.
     *
     * @param steps denoising steps of a generation
     * @param calibration what was measured on the model: MagCache's table, TeaCache's polynomial
     */
    static List<Setting> others(DemoModel model, int steps, Calibration calibration) {
        DemoSettings demo = new DemoSettings(model);
        demo.exact();
        demo.attention();
        demo.blocks(steps);
        demo.magnitudes(steps, calibration.magnitudeRatios());
        demo.modulation(calibration);
        demo.wholeModel();
        demo.presets();
        demo.remaining();
        return List.copyOf(demo.settings);
    }

    private void exact() {
        add("Exact caching", "always on", "none", "{}");
    }

    /** @param ranges spatial and cross, and temporal where the model has it */
    private void broadcast(int... ranges) {
        String temporal = ranges.length < 3
                ? ""
                : ", 'temporal_attention_block_skip_range': " + ranges[2]
                        + ", 'spatial_attention_block_identifiers': ['^transformer_blocks']";
        add(
                "Pyramid Attention Broadcast",
                "spatial " + ranges[0] + ", cross " + ranges[1] + (ranges.length < 3 ? "" : ", temporal " + ranges[2]),
                "pyramid_attention_broadcast",
                "{'spatial_attention_block_skip_range': %d, 'cross_attention_block_skip_range': %d%s}",
                ranges[0],
                ranges[1],
                temporal);
    }

    private void attention() {
        if (model.isVideo()) {
            broadcast(2, 6, 6);
            broadcast(4, 6, 4);
        } else {
            broadcast(2, 6);
            broadcast(4, 6);
        }
        for (int interval : new int[] {2, 3, 5}) {
            add(
                    "TaylorSeer, attention",
                    "every " + ordinal(interval) + " step",
                    "taylorseer",
                    "{'cache_interval': %d, 'disable_cache_before_step': 3, 'max_order': 1,"
                            + " 'cache_identifiers': ['.*transformer_blocks\\\\.\\\\d+\\\\.attn\\\\d']}",
                    interval);
        }
        for (int range : new int[] {2, 3, 5}) {
            add(
                    "FasterCache",
                    "attention 2, unconditional " + range,
                    "faster_cache",
                    "{'spatial_attention_block_skip_range': 2, 'spatial_attention_timestep_skip_range': [-1, 681],"
                            + " 'unconditional_batch_skip_range': %d, 'unconditional_batch_timestep_skip_range': [-1, 641],"
                            + " 'tensor_format': '%s', 'attention_weight': 0.5}",
                    range,
                    model.isVideo() ? "BCFHW" : "BCHW");
        }
    }

    private void blocks(int steps) {
        firstBlock(0.1);
        firstBlock(0.4);
        for (double threshold : new double[] {0.1, 0.15, 0.25}) {
            add(
                    "DBCache",
                    "2 + 1 blocks, threshold " + threshold,
                    "dbcache",
                    "{'front_blocks': 2, 'back_blocks': 1, 'warmup_steps': 2, 'threshold': %s, 'forecast': 'lagrange'}",
                    threshold);
        }
        for (int interval : new int[] {2, 3, 4}) {
            StringBuilder mask = new StringBuilder();
            for (int step = 0; step < steps; step++) {
                mask.append(step < 2 || step % interval == 0 || step == steps - 1 ? '1' : '0');
            }
            add("Step mask", "every " + ordinal(interval) + " step", "step_mask", "{'mask': '%s'}", mask);
        }
    }

    private void firstBlock(double threshold) {
        add("First Block Cache", "threshold " + threshold, "first_block_cache", "{'threshold': %s}", threshold);
    }

    private void magnitudes(int steps, List<Double> ratios) {
        for (double threshold : new double[] {0.02, 0.06, 0.15}) {
            add(
                    "MagCache",
                    "threshold " + threshold,
                    "magcache",
                    "{'threshold': %s, 'max_skip_steps': 3, 'retention_ratio': 0.1, 'num_inference_steps': %d, 'mag_ratios': %s}",
                    threshold,
                    steps,
                    ratios);
        }
    }

    private void modulation(Calibration calibration) {
        String polynomial = calibration
                .polynomial()
                .map(fit -> ", 'coefficients': " + fit.coefficients())
                .orElse("");
        for (double threshold : new double[] {0.03, 0.06, 0.12}) {
            add("TeaCache", "threshold " + threshold, "teacache", "{'threshold': %s%s}", threshold, polynomial);
        }
    }

    /** A policy with parameters that a search found. */
    static Setting calibrated(String family, double target, Suggestion found) {
        return new Setting(
                family + ", calibrated",
                String.format(
                        Locale.ROOT,
                        "for %.1f×: threshold %s",
                        target,
                        found.choice().parameters().path("threshold")),
                found.choice());
    }

    private void wholeModel() {
        lite(2);
        lite(5);
        for (double threshold : new double[] {0.05, 0.1, 0.2}) {
            add("EasyCache", "threshold " + threshold, "easycache", "{'threshold': %s}", threshold);
        }
        forecast(2);
        forecast(3);
        forecast(5);
    }

    private void lite(int interval) {
        add(
                "TaylorSeer Lite",
                "every " + ordinal(interval) + " step",
                "taylorseer",
                "{'cache_interval': %d, 'disable_cache_before_step': 3, 'max_order': 1, 'use_lite_mode': true}",
                interval);
    }

    private void forecast(int interval) {
        add(
                "Output forecast",
                "every " + ordinal(interval) + " step",
                "output_forecast",
                "{'interval': %d, 'max_order': 1}",
                interval);
    }

    /** Policies that are put together from parts. */
    private void presets() {
        add("SeaCache", "defaults", "seacache", "{}");
        add("DiCache", "defaults", "dicache", "{}");
        add("FoCa", "defaults", "foca", "{}");
        add("Spectrum", "defaults", "spectrum", "{}");
        add("HiCache", "defaults", "hicache", "{}");
        add("Parts", "interval × taylor × output", "combined", "{}");
    }

    /** Policies of the catalogue without settings of their own, with their defaults. */
    private void remaining() {
        shown.add("none");
        for (PolicyType type : PolicyCatalogue.all()) {
            if (!shown.contains(type.id()) && worksByDefault(type)) {
                add(type.id().replace('_', ' '), "defaults", type.id(), "{}");
            }
        }
    }

    private static boolean worksByDefault(PolicyType type) {
        try {
            return type.builder().build().id().equals(type.id());
        } catch (InvalidPolicyException e) {
            // It needs parameters that only its user knows.
            return false;
        }
    }

    private static String ordinal(int n) {
        return n + (n == 2 ? "nd" : n == 3 ? "rd" : "th");
    }

    private void add(String family, String setting, String policy, String config, Object... values) {
        String json = String.format(Locale.ROOT, config, values).replace('\'', '"');
        settings.add(new Setting(family, setting, PolicyChoice.of(policy, policy, Json.parseObject(json), List.of())));
        shown.add(policy);
    }
}
