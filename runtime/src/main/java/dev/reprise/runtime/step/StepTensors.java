package dev.reprise.runtime.step;

import dev.reprise.ort.CountedTensor;
import dev.reprise.runtime.plan.StageGraph;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tensors of one step. Each is let go as soon as no stage can read it any more, so that a step needs little more memory than one
 * session over the whole model; pinned ones are held until the step ends.
 */
final class StepTensors {
    private final StageGraph graph;
    private final @Nullable CountedTensor[] held;
    /** Stages that may still read a tensor in this step. */
    private final int[] pending;

    private final boolean[] pinned;
    private final boolean[] provided;
    private final List<CountedTensor> temporaries = new ArrayList<>();
    /** Before the outputs: what a probe computed on its way is held, because a later probe may ask for it. */
    private boolean probing;

    StepTensors(StageGraph graph) {
        this.graph = graph;
        held = new @Nullable CountedTensor[graph.tensors()];
        pending = new int[graph.tensors()];
        pinned = new boolean[graph.tensors()];
        provided = new boolean[graph.tensors()];
    }

    /** @param inputs model inputs; let go at the end */
    void begin(CountedTensor[] inputs) {
        System.arraycopy(inputs, 0, held, 0, inputs.length);
        Arrays.setAll(pending, tensor -> graph.flow().readers(tensor).length);
        Arrays.fill(pinned, false);
        Arrays.fill(provided, false);
        for (int output : graph.outputs()) {
            pinned[output] = true;
        }
        probing = true;
    }

    /** From now on nobody probes: tensors that no stage reads are let go at once. */
    void stopProbing() {
        probing = false;
        for (int tensor = 0; tensor < held.length; tensor++) {
            letGoIfUnread(tensor);
        }
    }

    /** Lets everything of the step go. */
    void end() {
        for (int tensor = 0; tensor < held.length; tensor++) {
            CountedTensor last = held[tensor];
            held[tensor] = null;
            if (last != null) {
                last.release();
            }
        }
        temporaries.forEach(CountedTensor::release);
        temporaries.clear();
    }

    boolean has(int tensor) {
        return held[tensor] != null;
    }

    @Nullable
    CountedTensor get(int tensor) {
        return held[tensor];
    }

    CountedTensor require(int tensor) {
        CountedTensor found = held[tensor];
        if (found == null) {
            throw new IllegalStateException("'" + graph.name(tensor) + "' was not computed in this step");
        }
        return found;
    }

    CountedTensor input(int tensor) {
        CountedTensor input = held[tensor];
        if (input == null || !graph.isInput(tensor)) {
            throw new IllegalArgumentException("'" + graph.name(tensor) + "' is not a model input");
        }
        return input;
    }

    /** Feeds another tensor in place of a model input. */
    void replaceInput(int tensor, CountedTensor value) {
        temporary(input(tensor));
        held[tensor] = value.retain();
        // Made anew in every step: what it holds tells whether it is the same, not which tensor it is.
        value.key(null);
    }

    /** Holds a tensor until the step ends, once it is there. */
    void pin(int tensor) {
        pinned[tensor] = true;
    }

    boolean isPinned(int tensor) {
        return pinned[tensor];
    }

    /** Whether a policy gave this tensor. */
    boolean isProvided(int tensor) {
        return provided[tensor];
    }

    /** Takes a tensor from a policy. */
    void provide(int tensor, CountedTensor value) {
        provided[tensor] = true;
        set(tensor, value);
    }

    /** Whether the tensor is not there and somebody may ask for it. */
    boolean isMissing(int tensor) {
        return held[tensor] == null && (pending[tensor] > 0 || pinned[tensor]);
    }

    /** Holds a tensor for whoever may still ask for it. One that is there already stays. */
    void set(int tensor, CountedTensor value) {
        if (isMissing(tensor)) {
            held[tensor] = value.retain();
        }
    }

    /** A stage ran, or cannot run any more in this step: what only it would have read is let go. */
    void doneReading(int stage) {
        for (int tensor : graph.flow().reads(stage)) {
            pending[tensor]--;
            letGoIfUnread(tensor);
        }
    }

    private void letGoIfUnread(int tensor) {
        CountedTensor last = held[tensor];
        if (last != null && pending[tensor] == 0 && !probing && !pinned[tensor] && !graph.isInput(tensor)) {
            held[tensor] = null;
            last.release();
        }
    }

    /** Takes over a tensor that lives until the step ends. */
    CountedTensor temporary(CountedTensor tensor) {
        temporaries.add(tensor);
        return tensor;
    }
}
