package dev.reprise.runtime.plan;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.graph.flow.Flow;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Which stage makes and which stages read which tensor, by numbers: stages in their order, tensors with the model inputs first.
 * Made once per plan, so that a step looks nothing up by name.
 */
public final class StageGraph {
    private final Flow<String> flow;
    private final List<ElementType> types = new ArrayList<>();
    private final int inputs;
    private final int[] outputs;

    public StageGraph(Manifest manifest, List<Stage> stages) {
        flow = new Flow<>(
                manifest.inputs().stream().map(TensorSpec::name).toList(),
                stages.stream()
                        .map(stage -> new Flow.Unit<>(stage.inputs(), stage.outputs()))
                        .toList());
        Map<String, TensorSpec> specs = new HashMap<>();
        manifest.tensors().forEach(spec -> specs.put(spec.name(), spec));
        manifest.outputs().forEach(spec -> specs.put(spec.name(), spec));
        manifest.inputs().forEach(spec -> specs.put(spec.name(), spec));
        for (int tensor = 0; tensor < flow.values(); tensor++) {
            String name = flow.value(tensor);
            types.add(Objects.requireNonNull(specs.get(name), name).elementType());
        }
        inputs = manifest.inputs().size();
        outputs = manifest.outputs().stream()
                .mapToInt(output -> index(output.name()))
                .toArray();
    }

    /** Stages are its units, tensors its values. */
    public Flow<String> flow() {
        return flow;
    }

    public int stages() {
        return flow.units();
    }

    public int tensors() {
        return flow.values();
    }

    /** How many model inputs there are; they are the first tensors. */
    public int inputs() {
        return inputs;
    }

    public boolean isInput(int tensor) {
        return flow.producer(tensor) == Flow.NONE;
    }

    /** The model outputs. Shared array, not to be written to. */
    public int[] outputs() {
        return outputs;
    }

    public String name(int tensor) {
        return flow.value(tensor);
    }

    public ElementType type(int tensor) {
        return types.get(tensor);
    }

    /** @throws IllegalArgumentException when no stage reads or makes a tensor of this name */
    public int index(String name) {
        int index = flow.index(name);
        if (index == Flow.NONE) {
            throw new IllegalArgumentException(
                    "'" + name + "' is neither a model input nor a cut tensor of this bundle");
        }
        return index;
    }
}
