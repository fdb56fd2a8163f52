package dev.reprise.graph.bundle;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.model.ModelCheck;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/** What must hold between a segment's model and the manifest: the same inputs and outputs, and weights in the listed files only. */
final class SegmentCheck {
    private final Map<String, ElementType> types = new HashMap<>();
    private final Map<String, Long> sizes = new HashMap<>();

    SegmentCheck(Manifest manifest) {
        manifest.weights().files().forEach(file -> sizes.put(file.name(), file.size()));
        manifest.inputs().forEach(this::declare);
        manifest.outputs().forEach(this::declare);
        manifest.tensors().forEach(this::declare);
    }

    private void declare(TensorSpec spec) {
        types.put(spec.name(), spec.elementType());
    }

    /** @throws InvalidModelException naming the first thing that does not hold */
    void check(Segment segment, ModelProto model) {
        if (!model.hasGraph()) {
            throw new InvalidModelException("not an ONNX model: it has no graph");
        }
        border("inputs", segment.inputs(), model.getGraph().getInputList());
        border("outputs", segment.outputs(), model.getGraph().getOutputList());
        new ModelCheck(this::size).check(model);
    }

    private long size(String location) {
        Long size = sizes.get(location);
        if (size == null) {
            throw new InvalidModelException("'" + location + "' is not among the weight files of the manifest, "
                    + sizes.keySet().stream().sorted().toList());
        }
        return size;
    }

    private void border(String what, List<String> expected, List<ValueInfoProto> found) {
        List<String> names = new ArrayList<>();
        for (ValueInfoProto value : found) {
            names.add(value.getName());
            ElementType type = types.get(value.getName());
            int code = value.getType().getTensorType().getElemType();
            if (type != null && type.code() != code) {
                throw new InvalidModelException("'" + value.getName() + "' must be of type " + type
                        + " as in the manifest, found ONNX type " + code);
            }
        }
        if (names.size() != expected.size() || !new HashSet<>(names).equals(new HashSet<>(expected))) {
            throw new InvalidModelException(what + " must be " + expected + " as in the manifest, found " + names);
        }
    }
}
