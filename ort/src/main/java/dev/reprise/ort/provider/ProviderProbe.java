package dev.reprise.ort.provider;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.OperatorSetIdProto;
import dev.reprise.graph.onnx.TensorShapeProto;
import dev.reprise.graph.onnx.TypeProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import java.util.Map;

/**
 * Tries a provider on a model of one operator. Whether a device is there, and whether its driver is new enough, shows only when a
 * session is opened and run.
 */
public final class ProviderProbe {
    private static final String INPUT = "x";
    private static final String OUTPUT = "y";

    private ProviderProbe() {}

    /** @throws OrtException when a session with these options cannot be opened or run */
    public static void run(OrtEnvironment environment, SessionOptions options) throws OrtException {
        try (OrtSession session = environment.createSession(model(), options);
                OnnxTensor x = OnnxTensor.createTensor(environment, new float[] {-1, 1});
                OrtSession.Result result = session.run(Map.of(INPUT, x))) {
            float[] y = (float[]) result.get(0).getValue();
            if (y[0] != 0 || y[1] != 1) {
                throw new OrtException("Relu of [-1, 1] came out as [" + y[0] + ", " + y[1] + "]");
            }
        }
    }

    private static byte[] model() {
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(14))
                .setGraph(GraphProto.newBuilder()
                        .setName("probe")
                        .addInput(vector(INPUT))
                        .addOutput(vector(OUTPUT))
                        .addNode(NodeProto.newBuilder()
                                .setName("probe")
                                .setOpType("Relu")
                                .addInput(INPUT)
                                .addOutput(OUTPUT)))
                .build()
                .toByteArray();
    }

    /** Float, {@code [2]}. */
    private static ValueInfoProto vector(String name) {
        TensorShapeProto shape = TensorShapeProto.newBuilder()
                .addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(2))
                .build();
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(ElementType.FLOAT.code())
                                .setShape(shape)))
                .build();
    }
}
