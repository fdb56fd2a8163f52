package dev.reprise.runtime.session;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.bundle.Bundle;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.ort.Closing;
import dev.reprise.ort.DeviceMemory;
import dev.reprise.ort.FragmentSessions;
import dev.reprise.ort.LiveTensors;
import dev.reprise.ort.ModelSession;
import dev.reprise.ort.OrtRuntime;
import dev.reprise.ort.SharedSessions;
import dev.reprise.ort.Transfers;
import dev.reprise.ort.Weights;
import dev.reprise.ort.WeightsInMemory;
import dev.reprise.ort.provider.CpuProvider;
import dev.reprise.ort.provider.ProviderChoice;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.plan.SegmentMerger;
import dev.reprise.runtime.plan.Stage;
import dev.reprise.runtime.plan.StandingCuts;
import dev.reprise.runtime.tensor.SharedResults;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One bundle and its open sessions, shared by all generations that run on it. Sessions open when a generation needs them. Some that
 * none needs any more stay open, because the next generation mostly wants the same: all open ones together read at most twice the
 * weights of the model, unless more are in use.
 */
public final class LoadedModel {
    private static final Logger LOGGER = LoggerFactory.getLogger(LoadedModel.class);

    /** Bounds of what generations share by default, in bytes. */
    private static final long LEAST_SHARED = 16 << 20;

    private static final long MOST_SHARED = 256 << 20;

    private final Bundle bundle;
    private final Manifest manifest;
    private final SessionSettings settings;
    private final OrtRuntime runtime;
    private final List<String> warnings;
    private final Weights weights;
    private final DefaultInputs defaults;
    private final SegmentMerger merger;
    private final Set<String> standingCuts;
    private final FragmentSessions fragments;
    private final SharedSessions<StageKey> sessions;
    private final LiveTensors live = new LiveTensors();
    private final SharedResults sharedResults;
    private final @Nullable DeviceMemory device;
    private int users = 1;

    /** Stages with equal keys are the same model. */
    record StageKey(List<Integer> segments, List<String> outputs) {
        static StageKey of(Stage stage) {
            return new StageKey(stage.segments(), stage.outputs());
        }
    }

    private LoadedModel(Bundle bundle, SessionSettings settings, OrtRuntime runtime, List<String> warnings) {
        this.warnings = List.copyOf(warnings);
        this.bundle = bundle;
        this.manifest = bundle.manifest();
        this.settings = settings;
        this.runtime = runtime;
        Path folder = bundle.weights().folder();
        device = runtime.deviceMemory(settings.session());
        weights = settings.weightsInMemory() && device == null
                ? new WeightsInMemory(folder)
                : runtime.weights(folder, device);
        merger = new SegmentMerger(models(bundle, settings));
        standingCuts = StandingCuts.of(manifest);
        fragments = new FragmentSessions(runtime, settings.session(), live);
        long whole = manifest.segments().stream().mapToLong(LoadedModel::cost).sum();
        sessions = new SharedSessions<>(2 * whole);
        sharedResults = new SharedResults(settings.sharedCacheBudget().orElse(sharedCacheBudget(whole)));
        try {
            defaults = new DefaultInputs(manifest.defaults(), segment -> open(segment.file(), bundle.segment(segment)));
        } catch (RuntimeException e) {
            new Closing().add(weights);
            throw e;
        }
    }

    private static Function<Segment, ModelProto> models(Bundle bundle, SessionSettings settings) {
        if (settings.runsQuantized()) {
            return bundle::quantized;
        }
        return settings.runsRewritten() ? bundle::rewritten : bundle::segment;
    }

    private static long sharedCacheBudget(long weights) {
        return Math.max(LEAST_SHARED, Math.min(MOST_SHARED, weights / 10));
    }

    /** Checks the manifest, the weights, the segment models and the execution provider. */
    public static LoadedModel open(Path bundle, SessionSettings settings) {
        Bundle checked = Bundle.open(bundle);
        OrtRuntime runtime = new OrtRuntime(settings.session().threads());
        ProviderChoice choice = runtime.choose(settings.session());
        if (settings.outputsOnDevice()) {
            runtime.requireBoundRuns(settings.session().withProvider(choice.provider()));
        }
        SessionSettings chosen = settings.choosing(choice);
        List<String> warnings = new ArrayList<>(choice.warnings());
        runtime.threadWarning(chosen.session()).ifPresent(warnings::add);
        warnings.forEach(warning -> LOGGER.warn("{}: {}", bundle, warning));
        return runtime.inTurn(chosen.session(), () -> new LoadedModel(checked, chosen, runtime, warnings));
    }

    /** Does something with the sessions; where they must not run at the same time, one after the other. */
    public <T> T inTurn(Supplier<T> action) {
        return runtime.inTurn(settings.session(), action);
    }

    /** The bundle's folder. */
    public Path path() {
        return bundle.path();
    }

    public Manifest manifest() {
        return manifest;
    }

    public SessionSettings settings() {
        return settings;
    }

    /** What is amiss with the providers and threads of this model's sessions, in words. */
    public List<String> warnings() {
        return warnings;
    }

    /** Where it runs: {@code cpu, 2 threads}. */
    public String runsOn() {
        return runtime.describe(settings.session());
    }

    /** What stands for inputs that are not fed, by name. */
    public Map<String, OnnxTensor> defaultInputs() {
        return defaults.byName();
    }

    public FragmentSessions fragments() {
        return fragments;
    }

    /** What generations share, null where the settings turn it off. */
    @Nullable
    public SharedResults sharedResults() {
        return sharedResults.limit() == 0 ? null : sharedResults;
    }

    /** Bytes that generations share now. */
    public long sharedCacheBytes() {
        return sharedResults.bytes();
    }

    /**
     * Keeps the session of a stage open for tensors that it made, where a device frees them through it.
     *
     * @return what lets it go
     */
    public Runnable hold(StagePlan plan, int stage) {
        if (device == null) {
            return () -> {};
        }
        Stage held = plan.stages().get(stage);
        StageKey key = StageKey.of(held);
        sessions.take(key, cost(held), () -> open(held));
        return () -> sessions.release(key);
    }

    public LiveTensors live() {
        return live;
    }

    /** Whether tensors stay in the memory of a device. */
    public boolean isOnDevice() {
        return device != null;
    }

    /** For a tensor of a caller: whether it is in the memory of the device. */
    public boolean isOnDevice(OnnxTensor tensor) {
        return device != null && device.holds(tensor);
    }

    /** Copies between the memories of the CPU and of the device, for one generation. */
    public Transfers newTransfers() {
        return new Transfers(device, !(settings.session().provider() instanceof CpuProvider), live);
    }

    /** Opens the sessions for policies that watch these tensors. The caller gives the plan back with {@link #release}. */
    public StagePlan plan(Set<String> watched) {
        Set<String> cuts = new HashSet<>(watched);
        cuts.addAll(standingCuts);
        List<Stage> stages = settings.mergeSegments()
                ? Stage.merge(manifest, cuts, settings.exactCaching())
                : Stage.separate(manifest);
        List<ModelSession> opened = new ArrayList<>();
        try {
            for (Stage stage : stages) {
                opened.add(sessions.take(StageKey.of(stage), cost(stage), () -> open(stage)));
            }
            return new StagePlan(manifest, stages, opened);
        } catch (RuntimeException e) {
            for (int s = 0; s < opened.size(); s++) {
                sessions.release(StageKey.of(stages.get(s)));
            }
            throw e;
        }
    }

    public void release(StagePlan plan) {
        Closing closing = new Closing();
        plan.stages().forEach(stage -> closing.add(() -> sessions.release(StageKey.of(stage))));
        closing.finish();
    }

    private ModelSession open(Stage stage) {
        List<Segment> segments =
                stage.segments().stream().map(manifest.segments()::get).toList();
        String first = segments.get(0).file();
        String last = segments.get(segments.size() - 1).file();
        return open(
                segments.size() == 1 ? first : first + " to " + last,
                merger.merge(segments, stage.inputs(), stage.outputs()));
    }

    /** From what was read and checked, not by file name: the file may be another one when ONNX Runtime opens it. */
    private ModelSession open(String name, ModelProto model) {
        bundle.weights().requireUnchanged();
        return runtime.open(name, model, weights, settings.session());
    }

    private static long cost(Segment segment) {
        return Math.max(1, segment.weightBytes());
    }

    private long cost(Stage stage) {
        return stage.segments().stream()
                .mapToLong(segment -> cost(manifest.segments().get(segment)))
                .sum();
    }

    public synchronized LoadedModel share() {
        if (users == 0) {
            throw new IllegalStateException("the model is closed");
        }
        users++;
        return this;
    }

    /** Bytes that the arena of the CPU's memory takes, empty where sessions share none. */
    public OptionalLong arenaBytes() {
        return runtime.arenaBytes();
    }

    /** A generation computes from now on; said once for each until {@link #generationEnds}. */
    public void generationBegins() {
        runtime.beginUse();
    }

    /** A generation that had begun computes no more. After the last one of the process its free memory is given back. */
    public void generationEnds() {
        runtime.endUse();
    }

    /** Gives memory that no tensor occupies back to the operating system. */
    public void releaseFreeMemory() {
        runtime.releaseFreeMemory();
    }

    /** The last user closes everything. */
    public synchronized void close() {
        users--;
        if (users == 0) {
            new Closing()
                    .add(sharedResults)
                    .add(sessions)
                    .add(fragments)
                    .add(defaults)
                    .add(weights)
                    .add(runtime::releaseFreeMemory)
                    .finish();
        }
    }
}
