package dev.reprise.runtime;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.runtime.api.InvalidInputException;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.step.CallOrder;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32C;

/**
 * A transformer for code that calls {@code OrtSession.run(Map)} and knows no steps: the step is taken from the timestep input.
 *
 * <pre>{@code
 * try (CachedSession session = CachedSession.of(transformer)) {
 *     for (float t : timesteps) {
 *         try (Outputs result = session.run(inputs(latents, t))) { … }
 *     }
 * }
 * }</pre>
 *
 * <ul>
 *   <li>A timestep is a step. Calls with the same timestep are evaluations of the same step, as solvers of second order make them.
 *   <li>Timesteps fall. One that goes up by at least the longest step so far begins a new generation, and drops what was kept; less is
 *       taken for the churn of a solver, and for the same step. {@link #ascending} is for models whose timesteps rise.
 *   <li>Guidance in one batch is one call. Guidance by a call for each branch needs {@link #branches}: the calls at a timestep belong
 *       to them in turn. With a policy and no branches a second call at a timestep with another conditioning is refused: what one branch
 *       kept must not be used in another.
 * </ul>
 *
 * <p>Not for several threads. Closing it closes the transformer.
 */
public final class CachedSession implements AutoCloseable {
    private final CachedTransformer transformer;
    private final String timestepInput;
    private CallOrder order;
    private List<String> branches = List.of();

    private CachedSession(CachedTransformer transformer) {
        this.transformer = transformer;
        List<String> names = transformer.inputs().stream().map(TensorSpec::name).toList();
        String timestep = transformer.manifest().roles().timestep();
        if (timestep == null || !names.contains(timestep)) {
            throw new IllegalArgumentException(
                    "the model has no timestep input, so a call does not tell its step: call run(Step, Map)"
                            + " of the transformer; its inputs are " + names);
        }
        timestepInput = timestep;
        order = new CallOrder(-1, 1);
    }

    /**
     * Of a transformer, with or without policies.
     *
     * @throws IllegalArgumentException when its model has no timestep input
     */
    public static CachedSession of(CachedTransformer transformer) {
        return new CachedSession(Objects.requireNonNull(transformer, "the transformer must be given, was null"));
    }

    /** Guidance branches that are called one after the other at every timestep, by names: {@code cond}, {@code uncond}. */
    public CachedSession branches(String... names) {
        List<String> given = List.of(names);
        if (given.stream().distinct().count() < given.size()) {
            throw new IllegalArgumentException("guidance branches need names of their own, were " + given);
        }
        branches = given;
        order = new CallOrder(order.direction(), Math.max(1, branches.size()));
        return this;
    }

    /** Timesteps rise from step to step. */
    public CachedSession ascending() {
        order = new CallOrder(1, Math.max(1, branches.size()));
        return this;
    }

    /**
     * Evaluates the model, with the tensors of {@code OrtSession.run}.
     *
     * @return the outputs by name; the caller closes them
     * @throws InvalidInputException when the inputs are not what the model expects
     * @throws IllegalStateException when the order of the calls is ambiguous; the message says how to declare it
     */
    public Outputs run(Map<String, ? extends OnnxTensor> inputs) {
        Objects.requireNonNull(inputs, "the inputs must be given, were null");
        double timestep = timestep(inputs);
        CallOrder.Call call = order.next(timestep, conditioning(inputs));
        try {
            if (call.newGeneration()) {
                transformer.resetCache();
            }
            return run(call, Step.at(call.step()).withTimestep(timestep), inputs);
        } catch (RuntimeException e) {
            order.takeBack();
            throw e;
        }
    }

    private Outputs run(CallOrder.Call call, Step step, Map<String, ? extends OnnxTensor> inputs) {
        if (branches.isEmpty()) {
            return transformer.run(step, inputs);
        }
        CacheContext context = transformer.cacheContext(branches.get(call.branch()));
        try {
            return transformer.run(step, inputs);
        } finally {
            context.close();
        }
    }

    private double timestep(Map<String, ? extends OnnxTensor> inputs) {
        if (inputs.get(timestepInput) == null) {
            throw new InvalidInputException(
                    "input '" + timestepInput + "' is the timestep, which tells the step: it must be given");
        }
        return transformer.timestep(inputs).orElse(Double.NaN);
    }

    /**
     * A checksum of all inputs but the latents and the timestep: calls of two guidance branches differ in it. Nobody asks where branches
     * are declared, or no policy keeps anything that must not be used in another one.
     */
    private long conditioning(Map<String, ? extends OnnxTensor> inputs) {
        if (!branches.isEmpty() || !transformer.isCacheEnabled()) {
            return 0;
        }
        CRC32C crc = new CRC32C();
        for (TensorSpec spec : transformer.inputs()) {
            OnnxTensor given = inputs.get(spec.name());
            boolean changes = spec.name().equals(timestepInput)
                    || spec.name().equals(transformer.manifest().roles().latents());
            if (given != null && !changes) {
                ByteBuffer content = transformer.read(given, OnnxTensor::getByteBuffer);
                crc.update(content.remaining() & 0xff);
                crc.update(content);
            }
        }
        return crc.getValue();
    }

    /** The next call begins a new generation, whatever its timestep. */
    public void reset() {
        order.reset();
        transformer.resetCache();
    }

    @Override
    public void close() {
        transformer.close();
    }
}
