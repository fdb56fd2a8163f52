package dev.reprise.optimizer;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import com.google.common.collect.Lists;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.RewrittenSegment;
import dev.reprise.graph.bundle.Segment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Runs all segments of a bundle one after the other, the plainest way there is: the oracle for what a cut computes. */
public final class SegmentRunner {
    private SegmentRunner() {}

    public static Map<String, byte[]> runCut(
            Path bundle, Manifest manifest, Path weights, Map<String, OnnxTensor> inputs, SessionOptions.OptLevel level)
            throws OrtException, IOException {
        return run(bundle, manifest, Segment::file, weights, inputs, level);
    }

    /** As {@link #runCut}, with the second models of the segments that have one. */
    public static Map<String, byte[]> runRewritten(
            Path bundle, Manifest manifest, Path weights, Map<String, OnnxTensor> inputs, SessionOptions.OptLevel level)
            throws OrtException, IOException {
        return run(
                bundle,
                manifest,
                segment ->
                        manifest.rewritten(segment).map(RewrittenSegment::file).orElse(segment.file()),
                weights,
                inputs,
                level);
    }

    private static Map<String, byte[]> run(
            Path bundle,
            Manifest manifest,
            Function<Segment, String> file,
            Path weights,
            Map<String, OnnxTensor> inputs,
            SessionOptions.OptLevel level)
            throws OrtException, IOException {
        Map<String, OnnxTensor> values = new HashMap<>(inputs);
        List<AutoCloseable> open = new ArrayList<>();
        try {
            for (Segment segment : manifest.segments()) {
                OrtSession session = open(Files.readAllBytes(bundle.resolve(file.apply(segment))), weights, level);
                open.add(session);
                Map<String, OnnxTensor> fed = new HashMap<>();
                for (String input : segment.inputs()) {
                    fed.put(input, values.get(input));
                }
                OrtSession.Result result = session.run(fed, new HashSet<>(segment.outputs()));
                open.add(result);
                result.forEach(entry -> values.put(entry.getKey(), (OnnxTensor) entry.getValue()));
            }
            Map<String, byte[]> outputs = new LinkedHashMap<>();
            manifest.outputs().forEach(output -> outputs.put(output.name(), bytes(values.get(output.name()))));
            return outputs;
        } finally {
            for (AutoCloseable closeable : Lists.reverse(open)) {
                close(closeable);
            }
        }
    }

    public static Map<String, byte[]> runWhole(
            Path model, Set<String> names, Map<String, OnnxTensor> inputs, SessionOptions.OptLevel level)
            throws OrtException {
        try (OrtSession session = OrtEnvironment.getEnvironment().createSession(model.toString(), options(level));
                OrtSession.Result result = session.run(inputs, names)) {
            Map<String, byte[]> outputs = new LinkedHashMap<>();
            result.forEach(entry -> outputs.put(entry.getKey(), bytes((OnnxTensor) entry.getValue())));
            return outputs;
        }
    }

    private static OrtSession open(byte[] segment, Path weights, SessionOptions.OptLevel level) throws OrtException {
        SessionOptions options = options(level);
        options.addConfigEntry("session.model_external_initializers_file_folder_path", weights.toString());
        return OrtEnvironment.getEnvironment().createSession(segment, options);
    }

    private static SessionOptions options(SessionOptions.OptLevel level) throws OrtException {
        SessionOptions options = new SessionOptions();
        options.setOptimizationLevel(level);
        options.setIntraOpNumThreads(1);
        options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
        return options;
    }

    private static byte[] bytes(OnnxTensor tensor) {
        ByteBuffer buffer = tensor.getByteBuffer();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private static void close(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
