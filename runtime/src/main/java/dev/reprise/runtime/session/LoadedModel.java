package dev.reprise.runtime.session;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.bundle.Bundle;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.ort.FragmentSessions;
import dev.reprise.ort.LiveTensors;
import dev.reprise.ort.OrtRuntime;
import dev.reprise.ort.SessionSettings;
import dev.reprise.ort.WeightFolder;
import dev.reprise.runtime.plan.SegmentMerger;
import dev.reprise.runtime.plan.Stage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * One bundle and its open sessions, shared by all generations that run on it. Sessions open when a generation needs them. Those that
 * none needs any more stay open until other ones are wanted: the next generation mostly wants the same.
 */
public final class LoadedModel {
    private final Manifest manifest;
    private final Bundle bundle;
    private final WeightFolder weights;
    private final SessionSettings settings;
    private final OrtRuntime runtime;
    private final DefaultInputs defaults;
    private final SegmentMerger merger;
    private final FragmentSessions fragments;
    private final LiveTensors live = new LiveTensors();
    private final AtomicLong versions = new AtomicLong();
    private final Map<Key, SharedSession> sessions = new HashMap<>();
    private int users = 1;

    private record Key(List<Integer> segments, List<String> outputs) {
        static Key of(Stage stage) {
            return new Key(stage.segments(), stage.outputs());
        }
    }

    private LoadedModel(Bundle bundle, SessionSettings settings, OrtRuntime runtime, DefaultInputs defaults) {
        this.manifest = bundle.manifest();
        this.bundle = bundle;
        this.settings = settings;
        this.runtime = runtime;
        this.defaults = defaults;
        this.weights = runtime.weights(bundle.weights().folder());
        this.merger = new SegmentMerger(bundle);
        this.fragments = new FragmentSessions(runtime, settings);
    }

    /** Checks the manifest, the weights, the segment models and the execution provider. */
    public static LoadedModel open(Path bundle, SessionSettings settings) {
        Bundle checked = Bundle.open(bundle);
        OrtRuntime runtime = new OrtRuntime(settings.threads());
        runtime.requireProvider(settings);
        return new LoadedModel(checked, settings, runtime, DefaultInputs.load(checked, runtime, settings));
    }

    public Manifest manifest() {
        return manifest;
    }

    public SessionSettings settings() {
        return settings;
    }

    /** What stands for inputs that are not fed, by name. */
    public Map<String, OnnxTensor> defaultInputs() {
        return defaults.byName();
    }

    public FragmentSessions fragments() {
        return fragments;
    }

    public LiveTensors live() {
        return live;
    }

    /** A version that no tensor of this model had before. */
    public long nextVersion() {
        return versions.incrementAndGet();
    }

    /** Opens the sessions for policies that watch these tensors. The caller gives the plan back with {@link #release}. */
    public synchronized StagePlan plan(Set<String> watched) {
        List<Stage> stages = settings.mergeSegments()
                ? Stage.merge(manifest, watched, settings.exactCaching())
                : Stage.separate(manifest);
        Set<Key> wanted = stages.stream().map(Key::of).collect(Collectors.toSet());
        // Before others open: at no time more are open than are in use or soon will be.
        closeIdle(key -> !wanted.contains(key));
        List<SharedSession> taken = new ArrayList<>();
        try {
            for (Stage stage : stages) {
                SharedSession session = session(stage);
                session.take();
                taken.add(session);
            }
            return new StagePlan(manifest, stages, taken);
        } catch (RuntimeException e) {
            taken.forEach(SharedSession::release);
            throw e;
        }
    }

    public synchronized void release(StagePlan plan) {
        plan.sessions().forEach(SharedSession::release);
    }

    private void closeIdle(Predicate<Key> chosen) {
        sessions.entrySet().removeIf(entry -> {
            boolean closing = entry.getValue().isIdle() && chosen.test(entry.getKey());
            if (closing) {
                entry.getValue().close();
            }
            return closing;
        });
    }

    private SharedSession session(Stage stage) {
        SharedSession known = sessions.get(Key.of(stage));
        if (known != null) {
            return known;
        }
        List<Segment> members =
                stage.segments().stream().map(manifest.segments()::get).toList();
        String first = members.get(0).file();
        boolean alone = members.size() == 1;
        String name =
                alone ? first : first + " to " + members.get(members.size() - 1).file();
        // From what was read and checked here, not by file name: the file may be another one when ONNX Runtime opens
        // it.
        ModelProto model =
                alone ? bundle.segment(members.get(0)) : merger.merge(members, stage.inputs(), stage.outputs());
        bundle.weights().requireUnchanged();
        SharedSession session = new SharedSession(runtime.open(name, model.toByteArray(), weights, settings), name);
        sessions.put(Key.of(stage), session);
        return session;
    }

    public synchronized LoadedModel share() {
        if (users == 0) {
            throw new IllegalStateException("the model is closed");
        }
        users++;
        return this;
    }

    public synchronized void close() {
        users--;
        if (users == 0) {
            closeIdle(key -> true);
            defaults.close();
            fragments.close();
            weights.close();
            runtime.releaseFreeMemory();
        }
    }
}
