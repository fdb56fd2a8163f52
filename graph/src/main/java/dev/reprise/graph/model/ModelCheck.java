package dev.reprise.graph.model;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.Node;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.FunctionProto;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.OperatorSetIdProto;
import dev.reprise.graph.onnx.SparseTensorProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.graph.onnx.TrainingInfoProto;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;

/** Walks a skeleton once: every tensor must be sane and its content where it says; collects the weight files on the way. */
public final class ModelCheck {
    /** The newest versions that ONNX Runtime 1.29 accepts. */
    private static final long NEWEST_IR = 13;

    private static final long NEWEST_OPSET = 26;

    private final ToLongFunction<String> sizeOf;
    /** Size of every weight file seen so far, by location. */
    private final Map<String, Long> sizes = new LinkedHashMap<>();

    private final List<String> warnings = new ArrayList<>();

    /**
     * @param sizeOf bytes of the weight file at a location; throws {@link InvalidModelException} where weights must not lie
     */
    public ModelCheck(ToLongFunction<String> sizeOf) {
        this.sizeOf = sizeOf;
    }

    ImmutableSet<String> weightFiles() {
        return ImmutableSet.copyOf(sizes.keySet());
    }

    ImmutableList<String> warnings() {
        return ImmutableList.copyOf(warnings);
    }

    /** @throws InvalidModelException naming the first tensor that does not hold */
    public void check(ModelProto model) {
        if (!model.hasIrVersion()) {
            throw new InvalidModelException("not an ONNX model: it has no ir_version");
        }
        if (model.getIrVersion() > NEWEST_IR) {
            warnings.add("ONNX IR version " + model.getIrVersion() + " is newer than " + NEWEST_IR
                    + ", the newest that ONNX Runtime 1.29 accepts");
        }
        for (OperatorSetIdProto opset : model.getOpsetImportList()) {
            if (Node.domain(opset.getDomain()).isEmpty() && opset.getVersion() > NEWEST_OPSET) {
                warnings.add("ONNX opset " + opset.getVersion() + " is newer than " + NEWEST_OPSET
                        + ", the newest that ONNX Runtime 1.29 accepts");
            }
        }
        graph(model.getGraph());
        for (FunctionProto function : model.getFunctionsList()) {
            function.getAttributeProtoList().forEach(this::attribute);
            function.getNodeList().forEach(this::node);
        }
        for (TrainingInfoProto training : model.getTrainingInfoList()) {
            graph(training.getInitialization());
            graph(training.getAlgorithm());
        }
    }

    private void graph(GraphProto graph) {
        Set<String> names = new HashSet<>();
        for (TensorProto tensor : graph.getInitializerList()) {
            initializer(names, tensor.getName());
            tensor(tensor);
        }
        for (SparseTensorProto sparse : graph.getSparseInitializerList()) {
            initializer(names, sparse.getValues().getName());
            sparse(sparse);
        }
        graph.getNodeList().forEach(this::node);
    }

    private static void initializer(Set<String> names, String name) {
        if (name.isEmpty()) {
            throw new InvalidModelException("an initializer has no name");
        }
        if (!names.add(name)) {
            throw new InvalidModelException("initializer '" + name + "' is defined twice");
        }
    }

    private void node(NodeProto node) {
        node.getAttributeList().forEach(this::attribute);
    }

    private void attribute(AttributeProto attribute) {
        if (attribute.hasT()) {
            tensor(attribute.getT());
        }
        if (attribute.hasG()) {
            graph(attribute.getG());
        }
        if (attribute.hasSparseTensor()) {
            sparse(attribute.getSparseTensor());
        }
        attribute.getTensorsList().forEach(this::tensor);
        attribute.getGraphsList().forEach(this::graph);
        attribute.getSparseTensorsList().forEach(this::sparse);
    }

    private void sparse(SparseTensorProto sparse) {
        tensor(sparse.getValues());
        tensor(sparse.getIndices());
    }

    private void tensor(TensorProto tensor) {
        long bytes = bytes(tensor);
        if (WeightRange.isExternal(tensor)) {
            WeightRange range = WeightRange.of(tensor);
            long length = range.length();
            requireLength(tensor, bytes, length);
            if (tensor.hasRawData()) {
                throw new InvalidModelException(
                        "tensor '" + tensor.getName() + "' has both raw_data and data_location EXTERNAL");
            }
            long size = size(tensor, range.location());
            if (range.offset() > size || length > size - range.offset()) {
                throw new InvalidModelException(
                        "tensor '" + tensor.getName() + "' is stored at offset " + range.offset()
                                + ", length " + length + " of '" + range.location() + "', which has only " + size
                                + " bytes (truncated?)");
            }
        } else if (tensor.hasRawData()) {
            requireLength(tensor, bytes, tensor.getRawData().size());
        }
    }

    /** Bytes that shape and element type ask for. */
    private static long bytes(TensorProto tensor) {
        try {
            return ElementType.of(tensor.getDataType()).bytes(tensor.getDimsList());
        } catch (IllegalArgumentException | InvalidModelException e) {
            throw new InvalidModelException("tensor '" + tensor.getName() + "': " + e.getMessage(), e);
        }
    }

    private static void requireLength(TensorProto tensor, long expected, long found) {
        ElementType type = ElementType.of(tensor.getDataType());
        if (type == ElementType.STRING) {
            throw new InvalidModelException("tensor '" + tensor.getName() + "' holds strings outside of string_data");
        }
        if (expected != found) {
            throw new InvalidModelException("tensor '" + tensor.getName() + "' of type " + type + " and shape "
                    + tensor.getDimsList() + " needs " + expected + " bytes, found " + found);
        }
    }

    private long size(TensorProto tensor, String location) {
        Long known = sizes.get(location);
        if (known != null) {
            return known;
        }
        try {
            long size = sizeOf.applyAsLong(location);
            sizes.put(location, size);
            return size;
        } catch (InvalidModelException e) {
            throw new InvalidModelException("weights of tensor '" + tensor.getName() + "': " + e.getMessage(), e);
        }
    }
}
