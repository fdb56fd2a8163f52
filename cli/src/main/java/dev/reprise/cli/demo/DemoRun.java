package dev.reprise.cli.demo;

import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cli.calibrate.Calibration;
import dev.reprise.cli.calibrate.TargetSearch;
import dev.reprise.cli.calibrate.TargetSearch.Suggestion;
import dev.reprise.cli.calibrate.TunedParameter;
import dev.reprise.cli.demo.DemoResult.Line;
import dev.reprise.cli.demo.DemoSettings.Setting;
import dev.reprise.cli.text.Progress;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.verify.run.PolicyChoice;
import dev.reprise.verify.text.Units;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Draws the ten digits with every policy at every setting. */
final class DemoRun {
    /** Every speedup refers to the run without cache: it is timed again after so many others, near all of them in time. */
    private static final int REFERENCE_INTERVAL = 8;

    /** Speedups to find thresholds for, and the policies that the thresholds belong to. */
    private static final List<Double> TARGETS = List.of(1.5, 2.0);

    private static final Map<String, String> CALIBRATED =
            Map.of("first_block_cache", "First Block Cache", "teacache", "TeaCache");

    private final CachedTransformer plain;
    private final CachedTransformer exact;
    private final StoredTensor captions;
    private final DemoSize size;
    private final boolean timed;
    private final EulerSampler sampler;
    private final Progress progress;
    private final Consumer<String> warnings;

    /**
     * A run of the demo.
     *
     * @param plain the model without exact caching, which all speedups refer to
     * @param exact the model that the policies run on
     * @param timed whether the thresholds for a speedup are found by time, or by multiply-adds alone
     * @param warnings told which settings the model does not support
     */
    DemoRun(
            CachedTransformer plain,
            CachedTransformer exact,
            StoredTensor captions,
            DemoSize size,
            boolean timed,
            Progress progress,
            Consumer<String> warnings) {
        this.plain = plain;
        this.exact = exact;
        this.captions = captions;
        this.size = size;
        this.timed = timed;
        this.sampler = new EulerSampler(size.steps(), Digits.GUIDANCE);
        this.progress = progress;
        this.warnings = warnings;
    }

    /** The first report is the one without cache. */
    List<Line> draw(Judge judge) {
        List<Contestant> contestants = new ArrayList<>();
        try {
            PolicyChoice none = PolicyChoice.of("none");
            contestants.add(new Contestant(new Setting("No cache", "", none), plain.newGeneration()));
            contestants.add(new Contestant(new Setting("Exact caching", "always on", none), exact.newGeneration()));
            for (Setting setting : settings()) {
                contestant(setting).ifPresent(contestants::add);
            }
            rounds(contestants);
            List<Line> lines = new ArrayList<>();
            for (Contestant contestant : contestants) {
                lines.add(new Line(contestant.setting().choice(), contestant.report(contestants.get(0), judge)));
            }
            return lines;
        } finally {
            contestants.forEach(Contestant::close);
        }
    }

    /** Round after round, not policy after policy: what else the machine does meets all of them. */
    private void rounds(List<Contestant> contestants) {
        int done = 0;
        int total = size.rounds() * contestants.size();
        for (int round = 0; round < size.rounds(); round++) {
            float[] noise = size.noise(round);
            for (int i = 0; i < contestants.size(); i++) {
                Contestant contestant = contestants.get(i);
                progress.step("drawing with " + contestant.setting().family(), ++done, total);
                contestant.run(sampler, noise, captions);
                if (i % REFERENCE_INTERVAL == REFERENCE_INTERVAL - 1) {
                    contestants.get(0).time(sampler, noise, captions);
                }
            }
        }
    }

    /** Fixed settings, then those whose threshold was found for a speedup. */
    private List<Setting> settings() {
        progress.phase("calibrating");
        // Noise that no round draws from; and memory is touched, code compiled before anything counts.
        DigitsWorkload workload =
                new DigitsWorkload(plain, exact, sampler, List.of(size.noise(-1), size.noise(-2)), captions);
        Calibration calibration = workload.calibrate(size.steps());
        List<Setting> settings = new ArrayList<>(DemoSettings.all(size.steps(), calibration));
        for (TunedParameter parameter : TunedParameter.all(calibration)) {
            String family = CALIBRATED.get(parameter.policy());
            if (family == null) {
                continue;
            }
            TargetSearch search = new TargetSearch(workload, parameter);
            for (double target : TARGETS) {
                progress.phase("seeking " + Units.times(target) + " with " + family);
                Suggestion found = search.speedup(target, timed);
                settings.add(DemoSettings.calibrated(family, target, found));
            }
        }
        return settings;
    }

    private Optional<Contestant> contestant(Setting setting) {
        CachedTransformer generation = exact.newGeneration();
        try {
            generation.enableCache(setting.choice().policy());
            return Optional.of(new Contestant(setting, generation));
        } catch (UnsupportedPolicyException e) {
            generation.close();
            warnings.accept(e.getMessage() + "; left out");
            return Optional.empty();
        }
    }
}
