package dev.reprise.verify;

import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.recording.Fingerprint;
import dev.reprise.graph.recording.ModelFingerprint;
import dev.reprise.graph.recording.Recording;
import dev.reprise.graph.recording.RecordingDescription.RecordedPolicy;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.InvalidInputException;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.verify.api.Budget;
import dev.reprise.verify.api.FirstDrift;
import dev.reprise.verify.api.ProgressListener;
import dev.reprise.verify.api.RecordingResult;
import dev.reprise.verify.api.ReplayResult;
import dev.reprise.verify.api.VerificationResult;
import dev.reprise.verify.fingerprint.Fingerprints;
import dev.reprise.verify.replay.Bisection;
import dev.reprise.verify.replay.Budgets;
import dev.reprise.verify.replay.CauseFinder;
import dev.reprise.verify.replay.ChosenPolicies;
import dev.reprise.verify.replay.Conclusion;
import dev.reprise.verify.replay.Replay;
import dev.reprise.verify.run.OpenBundle;
import dev.reprise.verify.run.Original;
import dev.reprise.verify.run.RecordedInputs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Replays recordings on a model, and fails when outputs or decisions differ: the regression test of a model and its policies.
 *
 * <pre>{@code
 * Verification.of(Path.of("model.onnx"), Path.of("recording")).assertPasses();
 * }</pre>
 *
 * <p>Every recorded policy is replayed, and the run without one. An object is one thread's, and may run several times.
 */
public final class Verification {
    /** Largest error of a step, relative to its largest value. */
    public static final double TOLERANCE = 1e-4;

    private final Path model;
    private final List<Path> directories;
    private final List<String> policies = new ArrayList<>();
    private double tolerance = TOLERANCE;
    private Budget limits = Budget.NONE;
    private @Nullable Path budgets;
    private @Nullable Path original;
    private boolean strict;
    private SessionSettings settings = SessionSettings.cpu().withoutSharedCache();
    private CutOptions cutOptions = CutOptions.DEFAULTS;
    private @Nullable Path bisection;
    private ReportFiles reports = new ReportFiles();
    private ProgressListener progress = ProgressListener.NONE;

    private Verification(Path model, List<Path> directories) {
        this.model = model;
        this.directories = List.copyOf(directories);
        if (directories.isEmpty()) {
            throw new IllegalArgumentException("a verification needs at least one recording");
        }
    }

    /**
     * Of a model against recordings.
     *
     * @param model an ONNX file, or a bundle
     * @param recordings folders with {@code recording.json}
     */
    public static Verification of(Path model, Path... recordings) {
        return of(model, List.of(recordings));
    }

    /** The same with a list. */
    public static Verification of(Path model, List<Path> recordings) {
        return new Verification(Objects.requireNonNull(model, "the model must be given, was null"), recordings);
    }

    /** Only these, by their names in the recording or their kinds; {@code none} is the run without one. */
    public Verification policies(String... names) {
        policies.addAll(List.of(names));
        return this;
    }

    /** Largest error of a step that passes, relative to its largest value. */
    public Verification tolerance(double largest) {
        if (!(largest >= 0) || Double.isInfinite(largest)) {
            throw new IllegalArgumentException("the tolerance must be 0 or more, was " + largest);
        }
        tolerance = largest;
        return this;
    }

    /** Limits of every policy. They win over those of a file. */
    public Verification budget(Budget all) {
        limits = all;
        return this;
    }

    /** A file with budgets, as {@code reprise.yml} beside a recording, in place of that one. */
    public Verification budgets(Path file) {
        budgets = file;
        return this;
    }

    /** The file that a bundle was cut from, where it is no longer beside the weights: a budget of speed compares with it. */
    public Verification original(Path file) {
        original = file;
        return this;
    }

    /** A policy that shows nothing fails: it reused nothing, which tests no more than the run without one, or cannot run on this model. */
    public Verification strict() {
        strict = true;
        return this;
    }

    /** How sessions run. Optimizations decide about bits: use those of the recording. */
    public Verification settings(SessionSettings session) {
        // Each replay is looked at by itself.
        settings = session.withoutSharedCache();
        return this;
    }

    /** How a model file is cut. */
    public Verification cutOptions(CutOptions options) {
        cutOptions = options;
        return this;
    }

    /** Files that {@link #run} writes. */
    public Verification reports(ReportFiles files) {
        reports = files;
        return this;
    }

    /**
     * A folder for the smallest part of the model that shows the first difference, with its inputs and what it computed. An earlier part
     * in it is replaced. Written only where a value of the run without a policy left the tolerance.
     */
    public Verification bisect(Path folder) {
        bisection = folder;
        return this;
    }

    /** Is told what is being done. */
    public Verification progress(ProgressListener listener) {
        progress = listener;
        return this;
    }

    /**
     * Runs it, and writes the reports.
     *
     * @throws AssertionError when it does not pass: what {@code reprise verify} prints, with step and module
     * @throws InvalidModelException when the model or a recording cannot be read
     */
    public void assertPasses() {
        VerificationResult result = run();
        String unwritten = result.unwritten().isEmpty() ? "" : "\n" + String.join("\n", result.unwritten());
        if (!result.passed()) {
            throw new AssertionError(result.describe() + unwritten);
        }
        if (!unwritten.isEmpty()) {
            throw new IllegalStateException("verification passed, but" + unwritten);
        }
    }

    /**
     * Runs it, and writes the reports. A report that cannot be written is named in the result.
     *
     * @throws InvalidModelException when the model or a recording cannot be read
     * @throws InvalidPolicyException when a named policy is in no recording
     */
    public VerificationResult run() {
        List<Recording> recordings = new ArrayList<>();
        for (Path directory : directories) {
            progress.phase("reading " + directory);
            recordings.add(Recording.read(directory));
        }
        List<Set<String>> chosen = ChosenPolicies.of(policies, recordings);
        settings.reserveThreads();
        progress.phase("loading " + model);
        try (OpenBundle bundle = OpenBundle.of(model, cutOptions, Replay.modules(recordings));
                CachedTransformer loaded = CachedTransformer.open(bundle.path(), settings);
                Original compared = Original.of(model, original, bundle.path(), loaded.manifest(), settings)) {
            Supplier<ModelFingerprint> fingerprint = Fingerprints.once(bundle.path());
            List<RecordingResult> results = new ArrayList<>();
            for (int i = 0; i < recordings.size(); i++) {
                results.add(replay(recordings.get(i), chosen.get(i), loaded, compared, bundle.path(), fingerprint));
            }
            VerificationResult result = new Conclusion(results, !policies.isEmpty(), strict)
                    .result(
                            loaded.manifest(),
                            Fingerprints.origin(settings, loaded.manifest(), String.valueOf(model.getFileName()), ""));
            List<String> unwritten = new ArrayList<>(reports.write(result.report(), Fingerprints.version()));
            Path part = part(recordings, result, loaded, bundle.path(), unwritten);
            return result.with(unwritten, part);
        }
    }

    /** Writes the part with the first difference, where there is one and somebody asked for it. */
    private @Nullable Path part(
            List<Recording> recordings,
            VerificationResult result,
            CachedTransformer loaded,
            Path bundle,
            List<String> unwritten) {
        if (bisection == null) {
            return null;
        }
        for (int i = 0; i < recordings.size(); i++) {
            Recording recording = recordings.get(i);
            FirstDrift drift = result.recordings().get(i).cause().firstDrift().orElse(null);
            Fingerprint fingerprint = recording.fingerprint().orElse(null);
            if (drift == null || fingerprint == null) {
                continue;
            }
            progress.phase("writing " + bisection);
            try {
                new Bisection(bundle, loaded, RecordedInputs.of(recording, loaded))
                        .write(drift, fingerprint, bisection);
                return bisection;
            } catch (IOException | RuntimeException e) {
                // The verdict is worth more.
                unwritten.add("part " + bisection + " is not written: " + ReportFiles.describe(e));
                return null;
            }
        }
        return null;
    }

    private RecordingResult replay(
            Recording recording,
            Set<String> chosen,
            CachedTransformer loaded,
            Original compared,
            Path bundle,
            Supplier<ModelFingerprint> fingerprint) {
        Map<String, RecordedPolicy> recorded = recording.description().policies();
        Budgets own = budgets == null
                ? Budgets.beside(recording.directory(), recorded.keySet())
                : Budgets.of(budgets, recorded.keySet());
        Replay replay = new Replay(loaded, compared, recording, tolerance, own, limits);
        List<ReplayResult> results = new ArrayList<>();
        for (String name : chosen) {
            progress.phase("replaying " + name + " (" + (results.size() + 1) + "/" + chosen.size() + ")");
            try {
                results.add(replay.run(name, recorded.get(name)));
            } catch (InvalidInputException e) {
                throw new InvalidModelException(
                        "the recording " + recording.directory() + " does not fit " + model + ": " + e.getMessage(), e);
            }
        }
        return new RecordingResult(
                model,
                recording.directory(),
                tolerance,
                replay.attentionDifferences(),
                results,
                new CauseFinder(recording, loaded, bundle, fingerprint, settings, tolerance)
                        .find(results, replay.source()));
    }
}
