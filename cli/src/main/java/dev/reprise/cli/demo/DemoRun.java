package dev.reprise.cli.demo;

import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cli.calibrate.Calibration;
import dev.reprise.cli.calibrate.TargetSearch;
import dev.reprise.cli.calibrate.TargetSearch.Suggestion;
import dev.reprise.cli.calibrate.TunedParameter;
import dev.reprise.cli.demo.DemoSettings.Setting;
import dev.reprise.cli.report.GenerationReport;
import dev.reprise.cli.text.Progress;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.DenoisingModel;
import dev.reprise.verify.text.Units;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Draws all prompts with every setting. */
final class DemoRun {
    /** Speedups to find thresholds for, and the policies that the thresholds belong to. */
    private static final List<Double> TARGETS = List.of(1.5, 2.0);

    private static final Map<String, String> CALIBRATED =
            Map.of("first_block_cache", "First Block Cache", "teacache", "TeaCache");

    private static final int MANY = 10;

    private final DemoModel model;
    private final DenoisingModel original;
    private final CachedTransformer cut;
    private final DemoSize size;
    private final EulerSampler sampler;
    private final Progress progress;
    private final Consumer<String> warnings;

    /**
     * A run of the demo.
     *
     * @param original the model as it was exported, which all speedups refer to
     * @param cut the model that the policies run on
     * @param warnings told which settings the model does not support
     */
    DemoRun(
            DemoModel model,
            DenoisingModel original,
            CachedTransformer cut,
            DemoSize size,
            Progress progress,
            Consumer<String> warnings) {
        this.model = model;
        this.original = original;
        this.cut = cut;
        this.size = size;
        this.sampler = EulerSampler.of(model, size.steps());
        this.progress = progress;
        this.warnings = warnings;
    }

    /**
     * Draws with the settings to look at first.
     *
     * @param drawn told what there is so far: after every setting of the first round, then after every round
     */
    void draw(Judge judge, Consumer<List<GenerationReport>> drawn) {
        draw(DemoSettings.first(model, size.steps()), judge, drawn);
    }

    /**
     * Draws with all settings.
     *
     * @param timed whether the thresholds for a speedup are found by time, or by multiply-adds alone
     */
    void drawAll(boolean timed, Judge judge, Consumer<List<GenerationReport>> drawn) {
        List<Setting> settings = new ArrayList<>(DemoSettings.first(model, size.steps()));
        settings.addAll(found(timed));
        draw(settings, judge, drawn);
    }

    /** Round after round, not setting after setting: what else the machine does meets all of them. */
    private void draw(List<Setting> settings, Judge judge, Consumer<List<GenerationReport>> drawn) {
        List<Contestant> contestants = new ArrayList<>();
        try {
            settings.forEach(setting -> contestant(setting).ifPresent(contestants::add));
            // Memory is touched and code compiled before anything counts.
            try (EulerSampler.Batch batch = sampler.begin(model.noise(size.seed(-1)))) {
                batch.step(original, 0);
            }
            List<GenerationReport> reports = new ArrayList<>();
            RemainingTime remaining = new RemainingTime(size.rounds() * contestants.size());
            for (int round = 0; round < size.rounds(); round++) {
                float[] noise = model.noise(size.seed(round));
                for (Contestant contestant : contestants) {
                    progress.phase("drawing with " + contestant.setting().family() + remaining.words());
                    contestant.run(sampler, noise, original);
                    remaining.oneDone();
                    if (round == 0) {
                        reports.add(contestant.report(model, judge, size.steps()));
                        // Many settings make a large page: written after each, it would take as long as the drawing.
                        if (contestants.size() < MANY || reports.size() % MANY == 0) {
                            drawn.accept(reports(contestants.get(0), reports, judge));
                        }
                    }
                }
                reports.clear();
                contestants.forEach(contestant -> reports.add(contestant.report(model, judge, size.steps())));
                drawn.accept(reports(contestants.get(0), reports, judge));
            }
        } finally {
            contestants.forEach(Contestant::close);
        }
    }

    /** The original's own line, then the others. */
    private List<GenerationReport> reports(Contestant any, List<GenerationReport> cached, Judge judge) {
        List<GenerationReport> all = new ArrayList<>();
        all.add(any.original(model, judge, size.steps()));
        all.addAll(cached);
        return all;
    }

    /** Fixed settings, then those whose threshold was found for a speedup. */
    private List<Setting> found(boolean timed) {
        progress.phase("calibrating");
        // Noise that no round draws from.
        DemoWorkload workload = new DemoWorkload(
                original, cut, sampler, List.of(model.noise(size.seed(-1)), model.noise(size.seed(-2))));
        Calibration calibration = workload.calibrate();
        List<Setting> settings = new ArrayList<>(DemoSettings.others(model, size.steps(), calibration));
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
        CachedTransformer generation = cut.newGeneration();
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
