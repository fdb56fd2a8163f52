package dev.reprise.optimizer.rewrite;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.TensorShapeProto.Dimension;
import dev.reprise.graph.onnx.ValueInfoProto;
import dev.reprise.optimizer.RangeError;
import dev.reprise.optimizer.inline.UniqueNames;
import dev.reprise.optimizer.shapes.ShapePropagation;
import dev.reprise.optimizer.shapes.TensorTypes;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;

/** One rewrite on one small model, and what both compute from the same random inputs. */
final class RewriteRun {
    private static final int SEED = 7;
    /** For dimensions that are open. */
    private static final long OPEN = 3;

    private final ModelProto before;
    private final ModelProto after;

    RewriteRun(Rewrite rewrite, OnnxModel model) {
        before = model.proto();
        TensorTypes types = TensorTypes.infer(model, Map.of());
        Map<String, Long> open = new HashMap<>();
        before.getGraph().getInputList().stream()
                .flatMap(input -> input.getType().getTensorType().getShape().getDimList().stream())
                .map(Dimension::getDimParam)
                .filter(name -> !name.isEmpty())
                .forEach(name -> open.put(name, OPEN));
        TensorTypes typical = open.isEmpty() ? types : TensorTypes.infer(model, open);
        Rewriter rewriter = new Rewriter(
                List.of(rewrite),
                new SegmentGraph.ModelFacts(
                        model.graph(),
                        types,
                        new ShapePropagation(model.graph(), typical),
                        new UniqueNames(before.getGraph())));
        after = rewriter.rewrite(before).model();
    }

    boolean fired() {
        return !after.equals(before);
    }

    /** Operators after the rewrite, in order. */
    List<String> operators() {
        return after.getGraph().getNodeList().stream().map(NodeProto::getOpType).toList();
    }

    /** The largest difference of the first output, as a share of its range. */
    double error() throws OrtException {
        return RangeError.of(FloatBuffer.wrap(run(before)), FloatBuffer.wrap(run(after)));
    }

    private static float[] run(ModelProto model) throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        Random random = new Random(SEED);
        Map<String, OnnxTensor> inputs = new HashMap<>();
        try (OrtSession session = environment.createSession(model.toByteArray())) {
            for (ValueInfoProto input : model.getGraph().getInputList()) {
                long[] shape = input.getType().getTensorType().getShape().getDimList().stream()
                        .mapToLong(dimension -> dimension.hasDimValue() ? dimension.getDimValue() : OPEN)
                        .toArray();
                float[] data = new float[(int) LongStream.of(shape).reduce(1, (a, b) -> a * b)];
                for (int i = 0; i < data.length; i++) {
                    data[i] = (float) random.nextGaussian();
                }
                inputs.put(input.getName(), OnnxTensor.createTensor(environment, FloatBuffer.wrap(data), shape));
            }
            try (OrtSession.Result result = session.run(inputs)) {
                FloatBuffer buffer = ((OnnxTensor) result.get(0)).getFloatBuffer();
                float[] output = new float[buffer.remaining()];
                buffer.get(output);
                return output;
            }
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }
}
