package dev.reprise.cache.reuse;

import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.graph.bundle.BlockChain;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.TensorSpec;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A run of transformer blocks that a policy may skip, by the residual streams that enter and leave it.
 *
 * @param policy id, for messages
 * @param enteringHidden hidden states that enter
 * @param leavingHidden hidden states that leave
 * @param enteringEncoder encoder stream that enters, null where nobody uses the one that leaves
 * @param leavingEncoder encoder stream that leaves, null where nobody uses it
 * @param added what a reuse adds to the hidden states beside the residual, in order: see {@link #passedThrough}
 * @param inputs names of the model inputs, which need not be computed
 */
public record BlockSpan(
        String policy,
        String enteringHidden,
        String leavingHidden,
        @Nullable String enteringEncoder,
        @Nullable String leavingEncoder,
        List<String> added,
        Set<String> inputs) {

    /** Of policies whose reference is a hook of diffusers: see {@link #passedThrough}. */
    public static final Parameter<Boolean> HINTS_TWICE = Parameter.of(
            "hints_twice",
            ParameterType.flag(),
            false,
            "",
            "Add control hints once more at each reuse, as the hooks of diffusers do");

    /**
     * Blocks {@code from+1 … to} of the chain, counted from 1: {@code between(.., 0, L)} is all of them.
     *
     * @throws UnsupportedPolicyException when the model has no such blocks, or their streams change shape
     */
    public static BlockSpan between(String policy, Manifest model, int from, int to) {
        BlockChain chain = chain(policy, model);
        String leavingEncoder = encoder(chain, to);
        String enteringEncoder = leavingEncoder == null ? null : encoder(chain, from);
        if (leavingEncoder != null) {
            if (enteringEncoder == null) {
                throw new UnsupportedPolicyException(policy + " needs the encoder stream that enters block "
                        + chain.blocks().get(from).path() + ", because " + leavingEncoder + " of block "
                        + chain.blocks().get(to - 1).path() + " is used; none was found");
            }
            requireSameShape(policy, model, enteringEncoder, leavingEncoder);
        }
        BlockSpan hidden = hiddenStates(policy, model, from, to);
        return new BlockSpan(
                policy,
                hidden.enteringHidden,
                hidden.leavingHidden,
                enteringEncoder,
                leavingEncoder,
                List.of(),
                hidden.inputs);
    }

    /** All blocks. */
    public static BlockSpan all(String policy, Manifest model) {
        return between(policy, model, 0, chain(policy, model).blocks().size());
    }

    /** The hidden states alone, for a probe. */
    public static BlockSpan hiddenStates(String policy, Manifest model, int from, int to) {
        BlockChain chain = chain(policy, model);
        String entering = hidden(chain, from);
        String leaving = hidden(chain, to);
        requireSameShape(policy, model, entering, leaving);
        Set<String> inputs = new LinkedHashSet<>();
        model.inputs().forEach(input -> inputs.add(input.name()));
        return new BlockSpan(policy, entering, leaving, null, null, List.of(), Set.copyOf(inputs));
    }

    /**
     * As {@link #between}, with what the model adds between the blocks once more on top of the residual, which holds it already. So do
     * the hooks of diffusers: the hidden states pass through the blocks that they skip, and the model's own code adds to them.
     */
    public static BlockSpan passedThrough(String policy, Manifest model, int from, int to) {
        BlockSpan span = between(policy, model, from, to);
        List<String> added = chain(policy, model).addedBetween(from, to);
        return new BlockSpan(
                policy,
                span.enteringHidden,
                span.leavingHidden,
                span.enteringEncoder,
                span.leavingEncoder,
                added,
                span.inputs);
    }

    /** The hidden states of the first blocks, for a probe that leaves at least one block behind it. */
    public static BlockSpan front(String policy, Manifest model, int count) {
        int blocks = chain(policy, model).blocks().size();
        if (count >= blocks) {
            throw new UnsupportedPolicyException(policy + " with a probe of " + count + " blocks needs at least "
                    + (count + 1) + " transformer blocks, found " + blocks);
        }
        return hiddenStates(policy, model, 0, count);
    }

    /** The timestep-modulated input of the first block. */
    public static String modulatedInput(String policy, Manifest model) {
        BlockChain chain = chain(policy, model);
        if (chain.modulatedInput() == null) {
            throw new UnsupportedPolicyException(policy + " needs the timestep-modulated input of "
                    + chain.first().path() + "; none was found in this model. first_block_cache needs no modulation");
        }
        return chain.modulatedInput();
    }

    /** The chain of blocks, which most policies cannot do without. */
    public static BlockChain chain(String policy, Manifest model) {
        BlockChain chain = model.chain();
        if (chain == null) {
            throw new UnsupportedPolicyException(
                    policy + " needs a chain of transformer blocks with a residual stream; "
                            + "none was found in this model. Policies for the whole model work: easycache, output_forecast, step_mask");
        }
        if (chain.blocks().size() < 2) {
            throw new UnsupportedPolicyException(policy + " needs a chain of at least 2 transformer blocks, found "
                    + chain.blocks().size() + ": " + chain.first().path());
        }
        return chain;
    }

    /** Keeps the streams that enter, and what is added, until the step ends. Call it before anything behind them is pulled. */
    public void observeEntering(DenoisingStep step) {
        observe(step, enteringHidden);
        if (enteringEncoder != null) {
            observe(step, enteringEncoder);
        }
        added.forEach(tensor -> observe(step, tensor));
    }

    private void observe(DenoisingStep step, String tensor) {
        if (!inputs.contains(tensor)) {
            step.observe(tensor);
        }
    }

    /** The hidden states that enter, computed when they are not a model input. */
    public Tensor pullEnteringHidden(DenoisingStep step) {
        return pull(step, enteringHidden);
    }

    /** A tensor of the stream: a model input where the first block reads one directly. */
    Tensor pull(DenoisingStep step, String tensor) {
        return inputs.contains(tensor) ? step.input(tensor) : step.pull(tensor);
    }

    public Set<String> provides() {
        return leavingEncoder == null ? Set.of(leavingHidden) : Set.of(leavingHidden, leavingEncoder);
    }

    /** The streams that enter and what is added, where they have to be computed. */
    public Set<String> entering() {
        Set<String> entering = new LinkedHashSet<>();
        entering.add(enteringHidden);
        if (enteringEncoder != null) {
            entering.add(enteringEncoder);
        }
        entering.addAll(added);
        entering.removeAll(inputs);
        return entering;
    }

    /** What enters and what leaves, for a probe of these blocks. */
    public Set<String> probed() {
        Set<String> probed = new LinkedHashSet<>(entering());
        probed.add(leavingHidden);
        return probed;
    }

    /** What {@link BoundPolicy#keeps} says for {@code copies} residuals of each stream. */
    public Map<String, Integer> keeps(int copies) {
        return BoundPolicy.copies(copies, provides());
    }

    private static String hidden(BlockChain chain, int after) {
        return after == 0 ? chain.hiddenStates() : chain.blocks().get(after - 1).hiddenStates();
    }

    private static @Nullable String encoder(BlockChain chain, int after) {
        return after == 0
                ? chain.encoderHiddenStates()
                : chain.blocks().get(after - 1).encoderHiddenStates();
    }

    private static void requireSameShape(String policy, Manifest model, String entering, String leaving) {
        Optional<TensorSpec> in = spec(model, entering);
        Optional<TensorSpec> out = spec(model, leaving);
        if (in.isPresent() && out.isPresent() && !in.get().mayHaveShapeOf(out.get())) {
            throw new UnsupportedPolicyException(policy + " adds a residual to " + entering + " "
                    + in.get().shape() + " to get " + leaving + " " + out.get().shape()
                    + ": their shapes must agree");
        }
    }

    private static Optional<TensorSpec> spec(Manifest model, String tensor) {
        return Stream.of(model.tensors(), model.inputs(), model.outputs())
                .flatMap(List::stream)
                .filter(spec -> spec.name().equals(tensor))
                .findFirst();
    }
}
