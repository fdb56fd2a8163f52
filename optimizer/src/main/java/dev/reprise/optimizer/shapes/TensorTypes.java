package dev.reprise.optimizer.shapes;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.Value;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.graph.onnx.TensorShapeProto;
import dev.reprise.graph.onnx.TypeProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import dev.reprise.ort.ValueTypes;
import dev.reprise.ort.ValueTypes.ValueType;
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
    /** Larger graphs are opened in pieces. A smaller piece takes less time per node, and more copies. */
    private static final int NODES_PER_PIECE = 4_000;

    private final Map<String, ValueType> infos;
    private final Set<String> declaredScalars;
    /** Inputs with default values, which ONNX Runtime's Java interface does not list. */
    private final DefaultTypes defaults;

    private TensorTypes(Map<String, ValueType> infos, Set<String> declaredScalars, DefaultTypes defaults) {
        this.infos = infos;
        this.declaredScalars = declaredScalars;
        this.defaults = defaults;
    }

    /**
     * Infers with dynamic dimensions left open ({@code dimensions} empty) or set to values. Operators that only a device has kernels
     * for are no obstacle, see {@link KernelStandIns}.
     *
     * @throws InvalidModelException when ONNX Runtime refuses the model, with its reason
     */
    public static TensorTypes infer(OnnxModel model, Map<String, Long> dimensions) {
        // ONNX Runtime names one such operator at a time; those that are known need no try.
        Set<String> withoutKernel = KernelStandIns.known(model);
        while (true) {
            try {
                return infer(KernelStandIns.replace(model, withoutKernel), dimensions, NODES_PER_PIECE);
            } catch (InvalidModelException e) {
                String operator = ValueTypes.operatorWithoutKernel(e);
                if (operator == null || !withoutKernel.add(operator)) {
                    throw e;
                }
            }
        }
    }

    static TensorTypes infer(OnnxModel model, Map<String, Long> dimensions, int nodesPerPiece) {
        TensorTypes types =
                new TensorTypes(new HashMap<>(), declaredScalars(model), new DefaultTypes(model, dimensions));
        ProbeModels probes = new ProbeModels(model, nodesPerPiece);
        for (int i = 0; i < probes.pieces(); i++) {
            byte[] probe = probes.piece(i, types::declaration).toByteArray();
            types.infos.putAll(ValueTypes.infer(model.fileName(), probe, model.directory(), dimensions));
        }
        return types;
    }

    /** Element type, null where it is no tensor of a known type. */
    @Nullable
    public ElementType elementType(Value value) {
        if (value.content() != null) {
            return ElementType.of(value.content().getDataType());
        }
        ValueType info = infos.get(value.name());
        return info == null ? null : info.elementType();
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
        ValueType info = infos.get(value.name());
        // A value of unknown rank looks like a scalar in ONNX Runtime's Java interface; only declared scalars are
        // believed.
        if (info == null || (info.shape().isEmpty() && !declaredScalars.contains(value.name()))) {
            return null;
        }
        return info.shape();
    }

    /** Names of the open dimensions, "" for fixed ones. */
    public List<String> dimensionNames(Value value) {
        if (value.defaultValue() != null) {
            return defaults.dimensionNames(value);
        }
        ValueType info = infos.get(value.name());
        return info == null ? List.of() : info.dimensionNames();
    }

    /** A value as the input or output of a model; null where it is no tensor of a known type. */
    public @Nullable ValueInfoProto declaration(Value value) {
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
}
