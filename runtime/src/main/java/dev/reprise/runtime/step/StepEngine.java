package dev.reprise.runtime.step;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.ort.Closing;
import dev.reprise.ort.ContentKey;
import dev.reprise.ort.CountedTensor;
import dev.reprise.ort.SessionRun;
import dev.reprise.ort.Transfers;
import dev.reprise.runtime.exact.ExactCache;
import dev.reprise.runtime.plan.StageGraph;
import dev.reprise.runtime.session.LoadedModel;
import dev.reprise.runtime.session.StagePlan;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Computes one step on demand: a stage runs when somebody pulls a tensor that only it can make, at most once.
 *
 * <p>One per generation, reused from step to step: {@link #begin}, any {@link #pull}, {@link #provide}, {@link #observe},
 * {@link #computeOutputs}, then {@link #end} in any case.
 */
final class StepEngine {
    private enum State {
        /** It may still run. */
        IDLE,
        RAN,
        /** Results that exact caching kept stand in for a run. */
        KEPT,
        /** Nobody needs it in this step. */
        UNUSED
    }

    private final LoadedModel model;
    private final Transfers transfers;
    private final StageGraph graph;
    private final SessionRun[] sessions;
    private final StepTensors tensors;
    private final boolean[][] requested;
    private final State[] states;
    /** Whether what a stage reads was compared with what its kept results were made of. */
    private final boolean[] compared;
    /** Of the stages for which kept results stood in, those whose results all generations share. */
    private final BitSet shared = new BitSet();

    private final StepKeys keys;

    private ExactCache.@Nullable Kept exact;
    private boolean pulled;

    StepEngine(LoadedModel model, StagePlan plan, Transfers transfers) {
        this.model = model;
        this.transfers = transfers;
        graph = plan.graph();
        sessions = plan.open(transfers);
        tensors = new StepTensors(graph);
        requested = new boolean[graph.stages()][];
        Arrays.setAll(requested, stage -> new boolean[graph.flow().writes(stage).length]);
        states = new State[graph.stages()];
        compared = new boolean[graph.stages()];
        keys = new StepKeys(graph, tensors, model.live());
    }

    /**
     * Starts a step.
     *
     * @param inputs model inputs; let go at the end
     * @param results what exact caching keeps for this step, null when it is off
     */
    void begin(CountedTensor[] inputs, ExactCache.@Nullable Kept results) {
        tensors.begin(inputs);
        Arrays.fill(states, State.IDLE);
        Arrays.fill(compared, false);
        shared.clear();
        keys.begin();
        exact = results;
        pulled = false;
    }

    /** Lets everything of the step go. */
    void end() {
        tensors.end();
    }

    /** The tensors of the step. */
    StepTensors tensors() {
        return tensors;
    }

    /** Feeds another tensor in place of a model input, and with other kept results. */
    void replaceInput(int tensor, CountedTensor value, ExactCache.@Nullable Kept results) {
        if (pulled) {
            throw new IllegalStateException(
                    "input '" + graph.name(tensor) + "' is replaced after a tensor of this step was pulled");
        }
        tensors.replaceInput(tensor, value);
        exact = results;
    }

    /** Computes a tensor with all it needs and holds it until the step ends. */
    CountedTensor pull(int tensor) {
        pulled = true;
        tensors.pin(tensor);
        if (!tensors.has(tensor)) {
            if (graph.isInput(tensor) || !isIdle(graph.flow().producer(tensor))) {
                throw new IllegalStateException("'" + graph.name(tensor)
                        + "' is pulled too late: it was computed and let go, or provided, earlier in this step");
            }
            BitSet wanted = new BitSet();
            wanted.set(tensor);
            run(needed(wanted));
        }
        return tensors.require(tensor);
    }

    /** A tensor that was pulled or observed. */
    CountedTensor held(int tensor) {
        if (!tensors.isPinned(tensor)) {
            throw new IllegalStateException("'" + graph.name(tensor)
                    + "' is asked for after the outputs were computed, but was neither pulled nor observed before");
        }
        return tensors.require(tensor);
    }

    /** Sets a tensor that was not computed in this step. */
    void provide(int tensor, CountedTensor value) {
        State producer = graph.isInput(tensor) ? State.RAN : states[graph.flow().producer(tensor)];
        if (producer == State.KEPT && !tensors.isProvided(tensor)) {
            // Exact caching has it already: the same value, without being older.
            return;
        }
        if (producer == State.RAN || tensors.has(tensor)) {
            throw new IllegalStateException(
                    "'" + graph.name(tensor) + "' is provided after it was computed in this step");
        }
        tensors.provide(tensor, value);
    }

    /** Holds a tensor until the step ends, if it is computed. */
    void observe(int tensor) {
        tensors.pin(tensor);
    }

    /** A pulled or observed tensor that the model made, now or in a run that exact caching kept; null for all others. */
    @Nullable
    CountedTensor computed(int tensor) {
        return tensors.isPinned(tensor) && !tensors.isProvided(tensor) ? tensors.get(tensor) : null;
    }

    /** Computes the model outputs that nobody provided. After that no stage runs in this step. */
    void computeOutputs() {
        pulled = true;
        tensors.stopProbing();
        BitSet wanted = new BitSet();
        for (int output : graph.outputs()) {
            wanted.set(output);
        }
        BitSet needed = needed(wanted);
        for (int stage = 0; stage < states.length; stage++) {
            if (isIdle(stage) && !needed.get(stage)) {
                finish(stage, State.UNUSED);
            }
        }
        run(needed);
    }

    /** An own copy, for the rest of the step. */
    CountedTensor copy(CountedTensor tensor) {
        return tensors.temporary(model.fragments().copy(tensor, transfers));
    }

    /** What Java reads of a tensor: a copy in the CPU's memory where it is elsewhere. */
    CountedTensor copyToHost(CountedTensor tensor) {
        return tensors.temporary(transfers.toHost(tensor));
    }

    /** A copy on the device that the caller may hold for longer than the model is open. */
    CountedTensor lastingCopy(CountedTensor tensor) {
        return tensors.temporary(transfers.lasting(tensor));
    }

    void close() {
        Closing closing = new Closing();
        for (SessionRun session : sessions) {
            closing.add(session);
        }
        closing.finish();
    }

    /** The stages that ran. */
    BitSet ran() {
        return in(State.RAN);
    }

    /** The stages for which kept results stood in. */
    BitSet kept() {
        return in(State.KEPT);
    }

    /** Those of them whose results this generation had not itself. */
    BitSet shared() {
        return (BitSet) shared.clone();
    }

    private BitSet in(State state) {
        BitSet stages = new BitSet();
        for (int stage = 0; stage < states.length; stage++) {
            stages.set(stage, states[stage] == state);
        }
        return stages;
    }

    private boolean isIdle(int stage) {
        return states[stage] == State.IDLE;
    }

    /** The stages that have to run for some tensors, after exact caching gave what it has. */
    private BitSet needed(BitSet wanted) {
        if (exact != null) {
            // From the inputs on: whether a stage reads the same is known only when its producers are.
            graph.flow().needed((BitSet) wanted.clone(), tensors::has, this::isIdle).stream()
                    .forEach(this::useKept);
        }
        return graph.flow().needed(wanted, tensors::has, this::isIdle);
    }

    private void run(BitSet stages) {
        for (int stage = stages.nextSetBit(0); stage >= 0; stage = stages.nextSetBit(stage + 1)) {
            run(stage);
        }
    }

    private void run(int stage) {
        int[] reads = graph.flow().reads(stage);
        int[] writes = graph.flow().writes(stage);
        CountedTensor[] inputs = new CountedTensor[reads.length];
        Arrays.setAll(inputs, i -> tensors.require(reads[i]));
        boolean keep = exact != null && exact.keeps(stage);
        boolean[] wants = requested[stage];
        for (int i = 0; i < writes.length; i++) {
            wants[i] = keep || tensors.isMissing(writes[i]);
        }
        CountedTensor[] outputs = count(sessions[stage], inputs, wants, writes);
        if (keep && exact != null) {
            exact.ran(stage, Objects.requireNonNull(keys.read(stage, exact)), outputs);
        }
        hand(outputs, writes);
        finish(stage, State.RAN);
    }

    /** Gives tensors to whoever may ask for them in this step, and lets go of them here. */
    private void hand(@Nullable CountedTensor[] outputs, int[] writes) {
        for (int i = 0; i < writes.length; i++) {
            CountedTensor output = outputs[i];
            if (output != null) {
                tensors.set(writes[i], output);
                output.release();
            }
        }
    }

    /** Runs and counts the results; those that were not wanted stay null. */
    private CountedTensor[] count(SessionRun session, CountedTensor[] inputs, boolean[] wants, int[] writes) {
        List<OnnxTensor> results = session.run(inputs, wants, false);
        CountedTensor[] outputs = new CountedTensor[writes.length];
        int position = 0;
        for (int i = 0; i < writes.length; i++) {
            if (wants[i]) {
                outputs[i] = CountedTensor.owned(
                        results.get(position++), graph.type(writes[i]), session.makesOnDevice(i), model.live());
            }
        }
        return outputs;
    }

    private void finish(int stage, State state) {
        states[stage] = state;
        tensors.doneReading(stage);
    }

    /**
     * Puts kept results in place of a run if all that the stage reads is as it was then. What it reads need not be there: of a stage
     * that has to run, the inputs tell what it will make.
     */
    private void useKept(int stage) {
        if (exact == null || compared[stage] || !exact.keeps(stage)) {
            return;
        }
        compared[stage] = true;
        ContentKey[] reads = keys.read(stage, exact);
        if (reads == null) {
            return;
        }
        int[] writes = graph.flow().writes(stage);
        ExactCache.Result result = exact.find(stage, reads);
        if (result != null) {
            for (int i = 0; i < writes.length; i++) {
                tensors.set(writes[i], result.outputs()[i]);
            }
            finish(stage, State.KEPT);
            return;
        }
        CountedTensor[] outputs = exact.findShared(stage, reads);
        if (outputs != null) {
            hand(outputs, writes);
            shared.set(stage);
            finish(stage, State.KEPT);
        } else {
            keys.miss(stage, exact.run(stage, reads));
        }
    }
}
