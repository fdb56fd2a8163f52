package dev.reprise.benchmarks.speed;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.file.Path;
import java.util.Map;

/** The unsplit model as a program without this library runs it: a session with ONNX Runtime's default options but for the threads. */
final class PlainSession implements AutoCloseable {
    private final OrtSession session;

    private PlainSession(OrtSession session) {
        this.session = session;
    }

    static PlainSession open(Path model, int threads) throws OrtException {
        try (OrtSession.SessionOptions options = options(threads)) {
            return new PlainSession(OrtEnvironment.getEnvironment().createSession(model.toString(), options));
        }
    }

    /** As above, and notes what each operator takes. */
    static PlainSession profiled(Path model, int threads, Path profile) throws OrtException {
        try (OrtSession.SessionOptions options = options(threads)) {
            options.enableProfiling(profile.toString());
            return new PlainSession(OrtEnvironment.getEnvironment().createSession(model.toString(), options));
        }
    }

    private static OrtSession.SessionOptions options(int threads) throws OrtException {
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        options.setIntraOpNumThreads(threads);
        return options;
    }

    void run(Map<String, OnnxTensor> inputs) throws OrtException {
        session.run(inputs).close();
    }

    /** Ends the profile. */
    Path profile() throws OrtException {
        return Path.of(session.endProfiling());
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }
}
