package dev.reprise.verify.fingerprint;

import com.google.common.base.Suppliers;
import dev.reprise.graph.bundle.Bundle;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Quantization;
import dev.reprise.graph.recording.Fingerprint;
import dev.reprise.graph.recording.Fingerprint.StepValues;
import dev.reprise.graph.recording.ModelFingerprint;
import dev.reprise.graph.recording.ModelScan;
import dev.reprise.graph.recording.Origin;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.graph.recording.ValueFingerprint;
import dev.reprise.ort.Installation;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.verify.run.ChosenSteps;
import dev.reprise.verify.run.InputSource;
import dev.reprise.verify.run.Playback;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;

/** Takes fingerprints of a loaded model, and says what this process is. */
public final class Fingerprints {
    private static final long HELD_BYTES = 1L << 30;

    private Fingerprints() {}

    /** What a bundle's model is made of. Reads all weights. */
    public static ModelFingerprint model(Path bundle) {
        return ModelScan.of(Bundle.open(bundle));
    }

    /** The same, when it is asked for first. */
    public static Supplier<ModelFingerprint> once(Path bundle) {
        return Suppliers.memoize(() -> model(bundle));
    }

    /** What the parts of a model compute at some steps, without a policy. */
    public static List<StepValues> values(CachedTransformer loaded, InputSource source, List<Integer> steps) {
        return values(loaded, source, steps, HELD_BYTES);
    }

    /** @param held bytes of tensors that are held at a time */
    static List<StepValues> values(CachedTransformer loaded, InputSource source, List<Integer> steps, long held) {
        ValueProbe probe = new ValueProbe(false);
        List<Map<String, ValueFingerprint>> values = new ArrayList<>();
        steps.forEach(step -> values.add(new LinkedHashMap<>()));
        try (CachedTransformer generation = loaded.newGeneration()) {
            generation.enableCache(probe);
            for (List<String> group : ValueProbe.groups(loaded.manifest(), held)) {
                generation.resetCache();
                probe.look(group);
                Playback.run(
                        generation,
                        new ChosenSteps(source, steps),
                        (step, outputs) -> values.get(step.index()).putAll(probe.values()));
            }
        }
        List<StepValues> result = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            result.add(new StepValues(steps.get(i), values.get(i)));
        }
        return result;
    }

    /** What some tensors are at a step, without a policy and with every segment by itself. */
    public static Map<String, StoredTensor> tensors(
            CachedTransformer loaded, InputSource source, int step, List<String> names) {
        ValueProbe probe = new ValueProbe(true);
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        try (CachedTransformer generation = loaded.newGeneration()) {
            generation.enableCache(probe);
            probe.look(names);
            Playback.run(
                    generation,
                    new ChosenSteps(source, List.of(step)),
                    (at, outputs) -> tensors.putAll(probe.tensors()));
        }
        return tensors;
    }

    /** The version of this project that runs. */
    public static String version() {
        return Objects.requireNonNullElse(Fingerprints.class.getPackage().getImplementationVersion(), "development");
    }

    /** What a model is made of and what its parts compute, for a recording that is being made. */
    public static Fingerprint of(CachedTransformer loaded, Path bundle, InputSource source) {
        return new Fingerprint(model(bundle), values(loaded, source, Fingerprint.chosenSteps(source.steps())));
    }

    /**
     * This process, as a recording remembers it.
     *
     * @param manifest of the bundle that runs
     * @param source file name of the model
     * @param model hash of the model
     */
    public static Origin origin(SessionSettings settings, Manifest manifest, String source, String model) {
        int threads = settings.session().threads();
        return new Origin(
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
                version(),
                Installation.start(threads).version(),
                settings.session().provider().name(),
                threads > 0 ? threads : Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.name") + " " + System.getProperty("os.arch"),
                source,
                rewrites(settings, manifest),
                model);
    }

    /** Which rewrites the segments that run went through, sorted. */
    private static List<String> rewrites(SessionSettings settings, Manifest manifest) {
        SortedSet<String> rewrites = new TreeSet<>();
        if (settings.runsRewritten()) {
            rewrites.addAll(manifest.rewrites().keySet());
        }
        Quantization quantization = manifest.quantization();
        if (settings.runsQuantized()
                && quantization != null
                && !quantization.segments().isEmpty()) {
            rewrites.add(Quantization.REWRITE);
        }
        return List.copyOf(rewrites);
    }
}
