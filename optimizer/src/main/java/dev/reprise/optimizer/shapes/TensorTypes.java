package dev.reprise.optimizer.shapes;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.TensorInfo;
import com.google.common.collect.ImmutableMap;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.Graph;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.TypeProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import dev.reprise.ort.OrtProcess;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Element types and shapes of all values, learnt from ONNX Runtime itself: the skeleton is opened once with every value as an
 * untyped output, optimizations and prepacking off, and asked what its outputs are. No weight is read.
 */
public final class TensorTypes {
    /** ONNX Runtime's Java enum has numbers of its own; the names agree with ONNX. */
    private static final ImmutableMap<String, ElementType> BY_RUNTIME_NAME = Arrays.stream(ElementType.values())
            .collect(ImmutableMap.toImmutableMap(type -> "ONNX_TENSOR_ELEMENT_DATA_TYPE_" + type.name(), type -> type));

    private final Map<String, TensorInfo> infos;
    private final Set<String> declaredScalars;
    /** Inputs with default values, which ONNX Runtime's Java interface does not list. */
    private final DefaultTypes defaults;

    private TensorTypes(Map<String, TensorInfo> infos, Set<String> declaredScalars, DefaultTypes defaults) {
        this.infos = infos;
        this.declaredScalars = declaredScalars;
        this.defaults = defaults;
    }

    /**
     * Infers with dynamic dimensions left open ({@code dimensions} empty) or set to values.
     *
     * @throws InvalidModelException when ONNX Runtime refuses the model, with its reason
     */
    public static TensorTypes infer(OnnxModel model, Map<String, Long> dimensions) {
        ModelProto probe = withAllOutputs(model);
        try (SessionOptions options = new SessionOptions()) {
            options.setOptimizationLevel(SessionOptions.OptLevel.NO_OPT);
            options.setIntraOpNumThreads(1);
            options.setCPUArenaAllocator(false);
            options.addConfigEntry("session.disable_prepacking", "1");
            options.addConfigEntry(
                    "session.model_external_initializers_file_folder_path",
                    model.directory().toAbsolutePath().toString());
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            for (Map.Entry<String, Long> dimension : dimensions.entrySet()) {
                options.setSymbolicDimensionValue(dimension.getKey(), dimension.getValue());
            }
            try (OrtSession session = OrtProcess.get(0).environment().createSession(probe.toByteArray(), options)) {
                Map<String, TensorInfo> infos = new HashMap<>();
                collect(session.getInputInfo(), infos);
                collect(session.getOutputInfo(), infos);
                return new TensorTypes(infos, declaredScalars(model), new DefaultTypes(model, dimensions));
            }
        } catch (OrtException e) {
            throw new InvalidModelException(
                    model.fileName() + ": ONNX Runtime does not accept the model: " + firstLine(e.getMessage()), e);
        }
    }

    /** Element type, null where it is no tensor of a known type. */
    @Nullable
    public ElementType elementType(Value value) {
        if (value.initializer() != null) {
            return ElementType.of(value.initializer().getDataType());
        }
        if (value.defaultValue() != null) {
            return ElementType.of(value.defaultValue().getDataType());
        }
        TensorInfo info = infos.get(value.name());
        return info == null ? null : BY_RUNTIME_NAME.get(info.onnxType.name());
    }

    /** Shape with −1 for what is open, null where unknown. */
    @Nullable
    public List<Long> shape(Value value) {
        if (value.initializer() != null) {
            return value.initializer().getDimsList();
        }
        if (value.defaultValue() != null) {
            return defaults.shape(value);
        }
        TensorInfo info = infos.get(value.name());
        // A value of unknown rank looks like a scalar in ONNX Runtime's Java interface; only declared scalars are
        // believed.
        if (info == null || (info.getShape().length == 0 && !declaredScalars.contains(value.name()))) {
            return null;
        }
        List<Long> shape = new ArrayList<>();
        for (long dimension : info.getShape()) {
            shape.add(dimension);
        }
        return shape;
    }

    /** Names of the open dimensions, "" for fixed ones. */
    public List<String> dimensionNames(Value value) {
        if (value.defaultValue() != null) {
            return defaults.dimensionNames(value);
        }
        TensorInfo info = infos.get(value.name());
        return info == null || info.getDimensionNames() == null ? List.of() : List.of(info.getDimensionNames());
    }

    private static ModelProto withAllOutputs(OnnxModel model) {
        Graph graph = model.graph();
        GraphProto.Builder body = model.proto().getGraph().toBuilder();
        for (Node node : graph.nodes()) {
            for (Value output : node.writes()) {
                if (!output.isOutput()) {
                    body.addOutput(ValueInfoProto.newBuilder().setName(output.name()));
                }
            }
        }
        return model.proto().toBuilder().setGraph(body).build();
    }

    private static Set<String> declaredScalars(OnnxModel model) {
        Set<String> scalars = new HashSet<>();
        for (ValueInfoProto input : model.proto().getGraph().getInputList()) {
            TypeProto.Tensor type = input.getType().getTensorType();
            if (type.hasShape() && type.getShape().getDimCount() == 0) {
                scalars.add(input.getName());
            }
        }
        return scalars;
    }

    private static void collect(Map<String, NodeInfo> nodes, Map<String, TensorInfo> infos) {
        for (Map.Entry<String, NodeInfo> node : nodes.entrySet()) {
            if (node.getValue().getInfo() instanceof TensorInfo info) {
                infos.put(node.getKey(), info);
            }
        }
    }

    private static String firstLine(@Nullable String message) {
        return message == null ? "no reason given" : message.lines().findFirst().orElse("no reason given");
    }
}
