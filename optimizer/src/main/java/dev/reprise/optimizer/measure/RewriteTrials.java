package dev.reprise.optimizer.measure;

import com.google.common.math.Quantiles;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.MeasuredRewrite;
import dev.reprise.graph.bundle.RewriteMeasurements;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.optimizer.api.MeasureOptions;
import dev.reprise.optimizer.rewrite.Rewriter;
import dev.reprise.ort.ModelSession;
import dev.reprise.ort.OrtRuntime;
import dev.reprise.ort.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Measures each rewrite on each kind of segment in which it fires: the segment as it was exported, and with this rewrite alone, in turns.
 * A rewrite that takes longer is left out of the segments of that kind.
 */
public final class RewriteTrials {
    private static final int LEAST_ROUNDS = 3;
    private static final int MOST_ROUNDS = 200;

    private final Path weightFolder;
    private final Manifest manifest;
    private final Map<String, ModelProto> models;
    private final Rewriter rewriter;
    private final RunTimer timer;

    /**
     * For a model that was cut.
     *
     * @param weightFolder of the original model
     * @param models segments by their file
     */
    public RewriteTrials(
            Path weightFolder, Manifest manifest, Map<String, ModelProto> models, Rewriter rewriter, RunTimer timer) {
        this.weightFolder = weightFolder;
        this.manifest = manifest;
        this.models = Map.copyOf(models);
        this.rewriter = rewriter;
        this.timer = timer;
    }

    /** What was measured, and which rewrites are to be left out. */
    public record Choice(RewriteMeasurements measurements, Set<Place> leftOut) {
        public Choice {
            leftOut = Set.copyOf(leftOut);
        }

        /** Whether a segment's file has a rewrite. */
        public boolean keeps(String segment, String rewrite) {
            return !leftOut.contains(new Place(segment, rewrite));
        }
    }

    /** A rewrite in a segment's file. */
    public record Place(String segment, String rewrite) {}

    private record Trial(SegmentKind kind, String rewrite, ModelProto rewritten) {}

    /** @throws IllegalArgumentException when the inputs do not fit the model */
    public Choice measure(MeasureOptions options) {
        List<Trial> trials = trials();
        List<MeasuredRewrite> measured = new ArrayList<>();
        Set<Place> leftOut = new HashSet<>();
        Set<Integer> wanted = new HashSet<>();
        trials.forEach(trial -> wanted.add(trial.kind().first()));
        OrtRuntime runtime = new OrtRuntime(options.session().threads());
        try (Weights weights = runtime.weights(weightFolder, null);
                StepValues values = new StepValues(
                        manifest,
                        options.step(),
                        wanted,
                        segment -> runtime.open(segment.file(), model(segment), weights, options.session()))) {
            for (Trial trial : trials) {
                Segment segment = manifest.segments().get(trial.kind().first());
                options.progress().accept("measuring " + trial.rewrite() + " in " + segment.file());
                try (ModelSession plain = runtime.open(segment.file(), model(segment), weights, options.session());
                        ModelSession rewritten =
                                runtime.open(segment.file(), trial.rewritten(), weights, options.session())) {
                    int index = trial.kind().first();
                    MeasuredRewrite result = compare(
                            trial,
                            () -> values.run(plain, index),
                            () -> values.run(rewritten, index),
                            options.seconds() / trials.size());
                    measured.add(result);
                    if (!result.kept()) {
                        for (int s : trial.kind().segments()) {
                            leftOut.add(new Place(manifest.segments().get(s).file(), trial.rewrite()));
                        }
                    }
                }
            }
        }
        return new Choice(
                new RewriteMeasurements(
                        options.session().provider().name(), options.session().threads(), options.inputs(), measured),
                leftOut);
    }

    private List<Trial> trials() {
        List<Trial> trials = new ArrayList<>();
        for (SegmentKind kind : SegmentKind.of(manifest, models)) {
            ModelProto plain = model(manifest.segments().get(kind.first()));
            for (String rewrite : kind.rewrites().stream().sorted().toList()) {
                Rewriter.Result alone = rewriter.rewrite(plain, rewrite::equals);
                if (!alone.rewrites().isEmpty()) {
                    trials.add(new Trial(kind, rewrite, alone.model()));
                }
            }
        }
        return trials;
    }

    private MeasuredRewrite compare(Trial trial, Runnable plain, Runnable rewritten, double seconds) {
        // Not measured: the first run of a session allocates.
        plain.run();
        rewritten.run();
        List<Double> ratios = new ArrayList<>();
        double spent = 0;
        while (ratios.size() < LEAST_ROUNDS || (spent < seconds * 1e9 && ratios.size() < MOST_ROUNDS)) {
            long before;
            long after;
            // Whoever comes second may find a warmer cache.
            if (ratios.size() % 2 == 0) {
                before = timer.nanos(RunTimer.PLAIN, plain);
                after = timer.nanos(trial.rewrite(), rewritten);
            } else {
                after = timer.nanos(trial.rewrite(), rewritten);
                before = timer.nanos(RunTimer.PLAIN, plain);
            }
            ratios.add((double) Math.max(1, after) / Math.max(1, before));
            spent += (double) before + after;
        }
        double ratio = Quantiles.median().compute(ratios);
        return new MeasuredRewrite(
                trial.rewrite(),
                manifest.segments().get(trial.kind().first()).file(),
                trial.kind().segments().size(),
                ratio,
                ratios.size(),
                ratio <= 1);
    }

    private ModelProto model(Segment segment) {
        ModelProto model = models.get(segment.file());
        if (model == null) {
            throw new IllegalStateException("there is no model for " + segment.file());
        }
        return model;
    }
}
