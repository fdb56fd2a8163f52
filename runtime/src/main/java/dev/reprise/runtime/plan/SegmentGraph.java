package dev.reprise.runtime.plan;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who produces and who reads which tensor, as indices: tensors are numbered with the model inputs first, then the outputs of the
 * groups of segments in their order. Made once per plan, so that a step looks nothing up by name.
 */
public final class SegmentGraph {
    /** In {@link #producer}: nobody, it is a model input. */
    public static final int INPUT = -1;

    private final List<String> names = new ArrayList<>();
    private final List<ElementType> types = new ArrayList<>();
    private final Map<String, Integer> indices = new HashMap<>();
    private final int[][] reads;
    private final int[][] writes;
    private final int[] producer;
    private final int[] consumers;
    private final int[] outputs;
    private final int inputCount;
    /** Tensors inside of groups. */
    private final Set<String> inside = new HashSet<>();

    public SegmentGraph(Manifest manifest, List<SegmentGroup> segments) {
        Map<String, TensorSpec> specs = new HashMap<>();
        manifest.tensors().forEach(spec -> specs.put(spec.name(), spec));
        manifest.outputs().forEach(spec -> specs.put(spec.name(), spec));
        manifest.inputs().forEach(spec -> add(spec.name(), spec));
        inputCount = names.size();

        reads = new int[segments.size()][];
        writes = new int[segments.size()][];
        for (int s = 0; s < segments.size(); s++) {
            SegmentGroup segment = segments.get(s);
            String reader = manifest.segments().get(segment.members().get(0)).file();
            reads[s] = segment.inputs().stream()
                    .mapToInt(name -> require(name, reader))
                    .toArray();
            writes[s] = segment.outputs().stream()
                    .mapToInt(name -> add(name, specs.get(name)))
                    .toArray();
        }
        inside.addAll(specs.keySet());
        inside.removeAll(indices.keySet());
        outputs = manifest.outputs().stream()
                .mapToInt(spec -> require(spec.name(), "the model"))
                .toArray();

        producer = new int[names.size()];
        consumers = new int[names.size()];
        Arrays.fill(producer, INPUT);
        for (int s = 0; s < segments.size(); s++) {
            for (int value : writes[s]) {
                producer[value] = s;
            }
            for (int value : reads[s]) {
                consumers[value]++;
            }
        }
    }

    private int add(String name, @Nullable TensorSpec spec) {
        if (spec == null) {
            throw new InvalidModelException("the manifest does not describe tensor '" + name + "'");
        }
        if (indices.putIfAbsent(name, names.size()) != null) {
            throw new InvalidModelException("the manifest has two producers of tensor '" + name + "'");
        }
        names.add(name);
        types.add(spec.elementType());
        return names.size() - 1;
    }

    private int require(String name, String reader) {
        Integer index = indices.get(name);
        if (index == null) {
            throw new InvalidModelException("the manifest names no input and no earlier segment that produces tensor '"
                    + name + "', which " + reader + " needs");
        }
        return index;
    }

    public int segments() {
        return reads.length;
    }

    public int values() {
        return names.size();
    }

    public int inputs() {
        return inputCount;
    }

    /** Tensors a segment reads. Shared array, not to be written to; as all of these. */
    public int[] reads(int segment) {
        return reads[segment];
    }

    public int[] writes(int segment) {
        return writes[segment];
    }

    /** The segment that produces a tensor, {@link #INPUT} for a model input. */
    public int producer(int value) {
        return producer[value];
    }

    /** How many segments read each tensor. */
    public int[] consumers() {
        return consumers;
    }

    /** The model outputs. */
    public int[] outputs() {
        return outputs;
    }

    public String name(int value) {
        return names.get(value);
    }

    public ElementType type(int value) {
        return types.get(value);
    }

    /**
     * @throws UnwatchedTensorException when the tensor is inside of a group
     * @throws IllegalArgumentException when no tensor that a policy can name is called so
     */
    public int index(String name) {
        Integer index = indices.get(name);
        if (index == null) {
            throw inside.contains(name)
                    ? new UnwatchedTensorException(name)
                    : new IllegalArgumentException(
                            "'" + name + "' is neither a model input nor a cut tensor of this bundle");
        }
        return index;
    }
}
