package dev.reprise.ort;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.math.Fragment;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.OperatorSetIdProto;
import dev.reprise.graph.onnx.TypeProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import dev.reprise.ort.api.SessionConfig;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Runs fragments of tensor arithmetic. Sessions are made when they are first needed and shared by all generations of a loaded model.
 * A fragment may belong to one size of image alone, so only so many stay open.
 */
public final class FragmentSessions implements AutoCloseable {
    /** Policies that run together use some 20; each size of image adds one. */
    static final int LIMIT = 64;

    private static final String COPY_INPUT = "tensor";
    private static final String COPY_OUTPUT = "copy";

    private final OrtRuntime runtime;
    private final SessionConfig config;
    private final SharedSessions<String> sessions = new SharedSessions<>(LIMIT);

    public FragmentSessions(OrtRuntime runtime, SessionConfig config) {
        this.runtime = runtime;
        this.config = config;
    }

    /** Runs a fragment. The results are the caller's. */
    public List<OnnxTensor> run(Fragment fragment, Map<String, OnnxTensor> inputs) {
        return run("fragment " + fragment.name(), fragment::model, inputs, new LinkedHashSet<>(fragment.outputs()));
    }

    /** Another tensor with the same elements, made where the model runs. */
    public OnnxTensor copy(OnnxTensor tensor, ElementType type) {
        return run("copy of " + type, () -> identity(type), Map.of(COPY_INPUT, tensor), Set.of(COPY_OUTPUT))
                .get(0);
    }

    private List<OnnxTensor> run(
            String name, Supplier<byte[]> model, Map<String, OnnxTensor> inputs, Set<String> outputs) {
        ModelSession session = sessions.take(name, 1, () -> runtime.open(name, model.get(), config));
        try {
            return session.run(inputs, outputs);
        } finally {
            sessions.release(name);
        }
    }

    /** How many sessions are open. */
    public int size() {
        return sessions.size();
    }

    @Override
    public void close() {
        sessions.close();
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
