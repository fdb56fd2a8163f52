package dev.reprise.cache.reuse;

import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.graph.flow.SegmentFlow;
import java.util.Set;

/** Which of some tensors a step still asks for when all of them are provided: those not hidden behind others. */
public final class NeededOutputs {
    private NeededOutputs() {}

    /** Goes from the model's outputs to what they need, and stops at the provided tensors. */
    public static Set<String> of(Manifest model, Set<String> provided) {
        return model.segments().isEmpty()
                ? provided
                : new SegmentFlow(model)
                        .needed(model.outputs().stream().map(TensorSpec::name).toList(), provided)
                        .provided();
    }
}
