package dev.reprise.runtime;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.ManifestFile;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.graph.bundle.WeightCheck;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The sessions of one bundle, shared by all generations that run on it. Counts its users; the last one to close closes the sessions.
 */
final class LoadedModel {
    private final Manifest manifest;
    private final SessionSettings settings;
    private final SegmentGraph graph;
    private final List<OrtSession> sessions;
    private final FragmentSessions fragments;
    private final LiveTensors live = new LiveTensors();
    private final AtomicInteger users = new AtomicInteger(1);
    private final AtomicLong versions = new AtomicLong();

    private LoadedModel(Manifest manifest, SessionSettings settings, List<OrtSession> sessions, OrtRuntime runtime) {
        this.manifest = manifest;
        this.settings = settings;
        this.graph = new SegmentGraph(manifest);
        this.sessions = sessions;
        this.fragments = new FragmentSessions(runtime, settings);
    }

    /** Checks the weights and opens one session per segment. */
    static LoadedModel open(Path bundle, SessionSettings settings) {
        Manifest manifest = ManifestFile.read(bundle);
        Path weights = WeightCheck.verify(bundle, manifest.weights());
        OrtRuntime runtime = OrtRuntime.get(settings.threads());
        List<OrtSession> sessions = new ArrayList<>();
        try {
            for (Segment segment : manifest.segments()) {
                sessions.add(runtime.open(bundle.resolve(segment.file()), weights, settings));
            }
            return new LoadedModel(manifest, settings, sessions, runtime);
        } catch (RuntimeException e) {
            close(sessions, e);
            throw e;
        }
    }

    Manifest manifest() {
        return manifest;
    }

    SessionSettings settings() {
        return settings;
    }

    SegmentGraph graph() {
        return graph;
    }

    FragmentSessions fragments() {
        return fragments;
    }

    LiveTensors live() {
        return live;
    }

    /** A version that no tensor of this model had before. */
    long nextVersion() {
        return versions.incrementAndGet();
    }

    /** The sessions for one generation. */
    SegmentSession[] segmentSessions() {
        SegmentSession[] segments = new SegmentSession[sessions.size()];
        for (int s = 0; s < segments.length; s++) {
            Segment segment = manifest.segments().get(s);
            segments[s] = new SegmentSession(
                    sessions.get(s),
                    segment.file(),
                    segment.inputs().toArray(String[]::new),
                    segment.outputs().toArray(String[]::new));
        }
        return segments;
    }

    LoadedModel share() {
        if (users.getAndUpdate(count -> count == 0 ? 0 : count + 1) == 0) {
            throw new IllegalStateException("the model is closed");
        }
        return this;
    }

    void close() {
        if (users.decrementAndGet() == 0) {
            fragments.close();
            IllegalStateException failure = new IllegalStateException("a session could not be closed");
            close(sessions, failure);
            if (failure.getSuppressed().length > 0) {
                throw failure;
            }
        }
    }

    private static void close(List<OrtSession> sessions, RuntimeException failure) {
        for (OrtSession session : sessions) {
            try {
                session.close();
            } catch (OrtException e) {
                failure.addSuppressed(e);
            }
        }
    }
}
