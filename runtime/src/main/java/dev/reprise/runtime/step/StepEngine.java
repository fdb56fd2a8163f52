package dev.reprise.runtime.step;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtSession;
import dev.reprise.ort.CountedTensor;
import dev.reprise.runtime.exact.ExactCache;
import dev.reprise.runtime.plan.SegmentGraph;
import dev.reprise.runtime.session.LoadedModel;
import dev.reprise.runtime.session.SegmentSession;
import dev.reprise.runtime.session.SessionPlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Computes one step on demand: a segment runs when somebody pulls a tensor that only it can make, at most once. Tensors are let go
 * as soon as no segment can read them any more, so that a step needs little more memory than one session over the whole model.
 *
 * <p>One per generation, reused from step to step: {@link #begin}, any {@link #pull}, {@link #provide}, {@link #observe},
 * {@link #computeOutputs}, then {@link #end} in any case.
 */
final class StepEngine {
    private enum State {
        IDLE,
        NEEDED,
        RAN,
        /** Its kept results stand in for a run. */
        KEPT,
        /** Nobody needs it in this step. */
        UNUSED
    }

    private final LoadedModel model;
    private final SegmentGraph graph;
    private final SegmentSession[] sessions;
    private final boolean[][] requested;
    private final @Nullable CountedTensor[] values;
    private final State[] states;
    /** Segments that may still read a tensor in this step. */
    private final int[] pending;
    /** Tensors to hold until the step ends: outputs, pulled and observed ones. */
    private final boolean[] pinned;

    private final boolean[] provided;
    /** Whether a segment's inputs were compared with its kept results already. */
    private final boolean[] compared;

    private final boolean[] wanted;
    private final List<CountedTensor> temporaries = new ArrayList<>();
    private final BitSet ran = new BitSet();
    private final BitSet kept = new BitSet();
    private ExactCache.@Nullable Kept exact;
    private boolean pulled;
    /** Before the outputs: what a probe computed on its way is held, because a later probe may ask for it. */
    private boolean probing;

    StepEngine(LoadedModel model, SessionPlan plan) {
        this.model = model;
        graph = plan.graph();
        sessions = plan.segmentSessions();
        requested = new boolean[graph.segments()][];
        for (int s = 0; s < requested.length; s++) {
            requested[s] = new boolean[graph.writes(s).length];
        }
        values = new @Nullable CountedTensor[graph.values()];
        states = new State[graph.segments()];
        pending = new int[graph.values()];
        pinned = new boolean[graph.values()];
        provided = new boolean[graph.values()];
        compared = new boolean[graph.segments()];
        wanted = new boolean[graph.values()];
    }

    /**
     * Starts a step.
     *
     * @param inputs model inputs; the engine lets them go at the end
     * @param results what exact caching keeps for this step, null when it is off
     */
    void begin(CountedTensor[] inputs, ExactCache.@Nullable Kept results) {
        System.arraycopy(inputs, 0, values, 0, inputs.length);
        System.arraycopy(graph.consumers(), 0, pending, 0, pending.length);
        Arrays.fill(states, State.IDLE);
        Arrays.fill(pinned, false);
        Arrays.fill(provided, false);
        Arrays.fill(compared, false);
        for (int output : graph.outputs()) {
            pinned[output] = true;
        }
        ran.clear();
        kept.clear();
        exact = results;
        pulled = false;
        probing = true;
    }

    CountedTensor input(int value) {
        CountedTensor tensor = values[value];
        if (tensor == null || graph.producer(value) != SegmentGraph.INPUT) {
            throw new IllegalArgumentException("'" + graph.name(value) + "' is not a model input");
        }
        return tensor;
    }

    /** Feeds another tensor in place of a model input, and with other kept results. */
    void replaceInput(int value, CountedTensor tensor, ExactCache.@Nullable Kept results) {
        if (pulled) {
            throw new IllegalStateException(
                    "input '" + graph.name(value) + "' is replaced after a tensor of this step was pulled");
        }
        temporaries.add(input(value));
        values[value] = tensor.retain();
        // Made anew in every step: what it holds tells whether it is the same, not which tensor it is.
        tensor.version(0);
        exact = results;
    }

    /** Computes a tensor with all it needs and holds it until the step ends. */
    CountedTensor pull(int value) {
        pulled = true;
        pinned[value] = true;
        if (values[value] == null) {
            requireComputable(value);
            wanted[value] = true;
            int producer = graph.producer(value);
            collect(producer);
            runNeeded(producer);
        }
        return require(value);
    }

    /** A tensor that was pulled or observed. */
    CountedTensor held(int value) {
        if (!pinned[value]) {
            throw new IllegalStateException("'" + graph.name(value)
                    + "' is asked for after the outputs were computed, but was neither pulled nor observed before");
        }
        return require(value);
    }

    /** Sets a tensor that was not computed in this step. */
    void provide(int value, CountedTensor tensor) {
        int producer = graph.producer(value);
        if (producer != SegmentGraph.INPUT && states[producer] == State.KEPT && !provided[value]) {
            // Exact caching has it already: the same value, without being older.
            return;
        }
        if (values[value] != null || producer == SegmentGraph.INPUT || states[producer] == State.RAN) {
            throw new IllegalStateException(
                    "'" + graph.name(value) + "' is provided after it was computed in this step");
        }
        provided[value] = true;
        if (pending[value] > 0 || pinned[value]) {
            values[value] = tensor.retain();
        }
    }

    /** Holds a tensor until the step ends, if it is computed. */
    void observe(int value) {
        pinned[value] = true;
    }

    /** A pinned tensor that a segment made in this step, or would have made again. */
    @Nullable
    CountedTensor computed(int value) {
        return pinned[value] && !provided[value] ? values[value] : null;
    }

    /** Computes the model outputs that nobody provided. After that no segment runs in this step. */
    void computeOutputs() {
        pulled = true;
        probing = false;
        for (int value = 0; value < values.length; value++) {
            letGoIfUnread(value);
        }
        for (int output : graph.outputs()) {
            wanted[output] = values[output] == null;
        }
        int last = graph.segments() - 1;
        collect(last);
        for (int s = 0; s <= last; s++) {
            if (states[s] == State.IDLE) {
                finish(s, State.UNUSED);
            }
        }
        runNeeded(last);
    }

    CountedTensor require(int value) {
        CountedTensor tensor = values[value];
        if (tensor == null) {
            throw new IllegalStateException("'" + graph.name(value) + "' was not computed in this step");
        }
        return tensor;
    }

    /** Takes over a tensor that lives until the step ends. */
    CountedTensor temporary(CountedTensor tensor) {
        temporaries.add(tensor);
        return tensor;
    }

    /** An own copy, for the rest of the step. */
    CountedTensor copy(CountedTensor tensor) {
        OnnxTensor copy = model.fragments().copy(tensor.tensor(), tensor.elementType());
        return temporary(CountedTensor.owned(copy, tensor.elementType(), model.live(), model.nextVersion()));
    }

    BitSet ran() {
        return ran;
    }

    BitSet kept() {
        return kept;
    }

    /** Lets everything of the step go. */
    void end() {
        for (int value = 0; value < values.length; value++) {
            CountedTensor tensor = values[value];
            values[value] = null;
            wanted[value] = false;
            if (tensor != null) {
                tensor.release();
            }
        }
        temporaries.forEach(CountedTensor::release);
        temporaries.clear();
    }

    private void requireComputable(int value) {
        int producer = graph.producer(value);
        if (producer == SegmentGraph.INPUT || states[producer] != State.IDLE) {
            throw new IllegalStateException("'" + graph.name(value)
                    + "' is pulled too late: it was computed and let go, or provided, earlier in this step");
        }
    }

    /** Marks the segments up to {@code last} that the wanted tensors need, from the outputs to the inputs. */
    private void collect(int last) {
        for (int s = last; s >= 0; s--) {
            boolean needed = false;
            for (int value : graph.writes(s)) {
                needed |= wanted[value] && values[value] == null;
                wanted[value] = false;
            }
            if (!needed || states[s] != State.IDLE || useKept(s)) {
                continue;
            }
            states[s] = State.NEEDED;
            for (int value : graph.reads(s)) {
                wanted[value] |= values[value] == null;
            }
        }
    }

    private void runNeeded(int last) {
        for (int s = 0; s <= last; s++) {
            if (states[s] == State.NEEDED) {
                run(s);
            }
        }
    }

    private void run(int segment) {
        SegmentSession session = sessions[segment];
        int[] reads = graph.reads(segment);
        int[] writes = graph.writes(segment);
        for (int i = 0; i < reads.length; i++) {
            session.feed(i, require(reads[i]).tensor());
        }
        boolean keep = exact != null && exact.keeps(segment);
        boolean[] wants = requested[segment];
        for (int i = 0; i < writes.length; i++) {
            int value = writes[i];
            wants[i] = keep || (values[value] == null && (pending[value] > 0 || pinned[value]));
        }
        CountedTensor[] outputs = take(segment, session.run(wants), wants);
        if (keep && exact != null) {
            exact.keep(segment, versions(reads), outputs);
        }
        for (int i = 0; i < writes.length; i++) {
            CountedTensor output = outputs[i];
            if (wants[i]) {
                set(writes[i], output);
                output.release();
            }
        }
        ran.set(segment);
        finish(segment, State.RAN);
    }

    /** Counts the results of a run; absent ones stay null. */
    private CountedTensor[] take(int segment, OrtSession.Result result, boolean[] wants) {
        int[] writes = graph.writes(segment);
        CountedTensor[] outputs = new CountedTensor[writes.length];
        int position = 0;
        for (int i = 0; i < writes.length; i++) {
            if (wants[i]) {
                OnnxTensor tensor = (OnnxTensor) result.get(position++);
                outputs[i] = CountedTensor.owned(tensor, graph.type(writes[i]), model.live(), model.nextVersion());
            }
        }
        return outputs;
    }

    /** Sets a tensor for whoever may still read it. A provided one stays. */
    private void set(int value, CountedTensor tensor) {
        if (values[value] == null && (pending[value] > 0 || pinned[value])) {
            values[value] = tensor.retain();
        }
    }

    /** After a segment ran or cannot run any more: what only it would have read is let go. */
    private void finish(int segment, State state) {
        states[segment] = state;
        for (int value : graph.reads(segment)) {
            pending[value]--;
            letGoIfUnread(value);
        }
    }

    private void letGoIfUnread(int value) {
        CountedTensor tensor = values[value];
        if (tensor != null
                && pending[value] == 0
                && !probing
                && !pinned[value]
                && graph.producer(value) != SegmentGraph.INPUT) {
            values[value] = null;
            tensor.release();
        }
    }

    /** Puts kept results in place of a run if all that the segment reads is as it was then. */
    private boolean useKept(int segment) {
        if (states[segment] == State.KEPT) {
            return true;
        }
        if (exact == null || compared[segment] || states[segment] != State.IDLE || !exact.keeps(segment)) {
            return false;
        }
        compared[segment] = true;
        for (int value : graph.reads(segment)) {
            // A producer that has to run makes new tensors: then nothing kept fits.
            if (values[value] == null && !useKept(graph.producer(value))) {
                return false;
            }
        }
        ExactCache.Result result = exact.find(segment, versions(graph.reads(segment)));
        if (result == null) {
            return false;
        }
        int[] writes = graph.writes(segment);
        for (int i = 0; i < writes.length; i++) {
            set(writes[i], result.outputs()[i]);
        }
        kept.set(segment);
        finish(segment, State.KEPT);
        return true;
    }

    private long[] versions(int[] reads) {
        long[] versions = new long[reads.length];
        for (int i = 0; i < reads.length; i++) {
            versions[i] = version(reads[i]);
        }
        return versions;
    }

    private long version(int value) {
        CountedTensor tensor = require(value);
        if (graph.producer(value) == SegmentGraph.INPUT && exact != null) {
            return exact.version(tensor, value);
        }
        if (tensor.version() == 0) {
            tensor.version(model.nextVersion());
        }
        return tensor.version();
    }
}
