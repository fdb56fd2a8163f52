package dev.reprise.ort;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.reprise.cache.math.Fragment;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.OperatorSetIdProto;
import dev.reprise.graph.onnx.TypeProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** One session per fragment of tensor arithmetic, made when it is first needed, shared by all generations of a loaded model. */
public final class FragmentSessions {
    private static final String COPY_INPUT = "tensor";
    private static final String COPY_OUTPUT = "copy";

    private final OrtRuntime runtime;
    private final SessionSettings settings;
    private final Map<String, OrtSession> sessions = new ConcurrentHashMap<>();
    private final Map<ElementType, OrtSession> copies = new ConcurrentHashMap<>();

    public FragmentSessions(OrtRuntime runtime, SessionSettings settings) {
        this.runtime = runtime;
        this.settings = settings;
    }

    public OrtRuntime runtime() {
        return runtime;
    }

    public OrtSession session(Fragment fragment) {
        OrtSession session = sessions.get(fragment.name());
        return session != null
                ? session
                : sessions.computeIfAbsent(
                        fragment.name(), name -> runtime.open("fragment " + name, fragment.model(), null, settings));
    }

    /** Another tensor with the same elements, made where the model runs. */
    public OnnxTensor copy(OnnxTensor tensor, ElementType type) {
        OrtSession session =
                copies.computeIfAbsent(type, key -> runtime.open("copy " + key, identity(key), null, settings));
        try {
            // Not closed: the one result is the caller's.
            OrtSession.Result result = session.run(Map.of(COPY_INPUT, tensor), Set.of(COPY_OUTPUT));
            return (OnnxTensor) result.get(0);
        } catch (OrtException e) {
            throw new ModelRunException("copying a tensor of " + type + " failed: " + e.getMessage(), e);
        }
    }

    public void close() {
        for (Map<?, OrtSession> all : List.of(sessions, copies)) {
            all.values().forEach(FragmentSessions::close);
            all.clear();
        }
    }

    private static void close(OrtSession session) {
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException("a session could not be closed", e);
        }
    }

    private static byte[] identity(ElementType type) {
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(18))
                .setGraph(GraphProto.newBuilder()
                        .setName("copy")
                        .addInput(declare(COPY_INPUT, type))
                        .addOutput(declare(COPY_OUTPUT, type))
                        .addNode(NodeProto.newBuilder()
                                .setName("copy")
                                .setOpType("Identity")
                                .addInput(COPY_INPUT)
                                .addOutput(COPY_OUTPUT)))
                .build()
                .toByteArray();
    }

    private static ValueInfoProto declare(String name, ElementType type) {
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder().setElemType(type.code())))
                .build();
    }
}
