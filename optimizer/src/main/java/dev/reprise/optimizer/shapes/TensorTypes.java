package dev.reprise.optimizer.shapes;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.TensorInfo;
import com.google.common.collect.ImmutableMap;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.Value;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.graph.onnx.TensorShapeProto;
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
 * Element types and shapes of all values, learnt from ONNX Runtime itself: the skeleton is opened with every value as an untyped
 * output, see {@link ProbeModels}, optimizations and prepacking off, and asked what its outputs are. No weight is read.
 */
public final class TensorTypes {
    /** ONNX Runtime's Java enum has numbers of its own; the names agree with ONNX. */
    private static final ImmutableMap<String, ElementType> BY_RUNTIME_NAME = Arrays.stream(ElementType.values())
            .collect(ImmutableMap.toImmutableMap(type -> "ONNX_TENSOR_ELEMENT_DATA_TYPE_" + type.name(), type -> type));

    /** Larger graphs are opened in pieces. A smaller piece takes less time per node, and more copies. */
    private static final int NODES_PER_PIECE = 4_000;

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
        return infer(model, dimensions, NODES_PER_PIECE);
    }

    static TensorTypes infer(OnnxModel model, Map<String, Long> dimensions, int nodesPerPiece) {
        TensorTypes types =
                new TensorTypes(new HashMap<>(), declaredScalars(model), new DefaultTypes(model, dimensions));
        ProbeModels probes = new ProbeModels(model, nodesPerPiece);
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
            for (int i = 0; i < probes.pieces(); i++) {
                byte[] probe = probes.piece(i, types::declaration).toByteArray();
                try (OrtSession session = OrtProcess.get(0).environment().createSession(probe, options)) {
                    collect(session.getInputInfo(), types.infos);
                    collect(session.getOutputInfo(), types.infos);
                }
            }
            return types;
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

    /** A value as the input of a model; null where it is no tensor of a known type. */
    private @Nullable ValueInfoProto declaration(Value value) {
        ElementType type = elementType(value);
        if (type == null) {
            return null;
        }
        TypeProto.Tensor.Builder tensor = TypeProto.Tensor.newBuilder().setElemType(type.code());
        List<Long> shape = shape(value);
        if (shape != null) {
            List<String> names = dimensionNames(value);
            TensorShapeProto.Builder declared = TensorShapeProto.newBuilder();
            for (int i = 0; i < shape.size(); i++) {
                TensorShapeProto.Dimension.Builder dimension = TensorShapeProto.Dimension.newBuilder();
                if (shape.get(i) >= 0) {
                    dimension.setDimValue(shape.get(i));
                } else if (i < names.size() && !names.get(i).isEmpty()) {
                    dimension.setDimParam(names.get(i));
                }
                declared.addDim(dimension);
            }
            tensor.setShape(declared);
        }
        return ValueInfoProto.newBuilder()
                .setName(value.name())
                .setType(TypeProto.newBuilder().setTensorType(tensor))
                .build();
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
