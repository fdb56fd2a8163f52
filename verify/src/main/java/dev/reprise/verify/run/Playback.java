package dev.reprise.verify.run;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.DenoisingModel;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.api.StepTrace;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The denoising loop of every command whose inputs are known before it runs. Native inputs live as long as the loop needs them; an
 * input that does not change stays the same tensor.
 */
public final class Playback {
    private Playback() {}

    /** What happens at a step. The tensors are the loop's: keep none. */
    @FunctionalInterface
    public interface StepAction<E extends Exception> {
        void accept(Step step, Map<String, OnnxTensor> inputs) throws E;
    }

    /** What happens with the outputs of a step. The loop closes them. */
    @FunctionalInterface
    public interface OutputsAction<E extends Exception> {
        void accept(Step step, Outputs outputs) throws E;
    }

    /** What happens with the outputs of a step and its trace. The loop closes the outputs. */
    @FunctionalInterface
    public interface TraceAction<E extends Exception> {
        void accept(StepTrace trace, Outputs outputs) throws E;
    }

    /** Visits the first steps of a source. The number of steps of the generation stays the source's. */
    public static <E extends Exception> void forEachStep(InputSource source, int count, StepAction<E> action) throws E {
        try (StepInputs inputs = new StepInputs()) {
            for (int step = 0; step < count; step++) {
                Step at = Step.at(step, source.steps())
                        .withTimestep(source.timesteps().get(step));
                action.accept(at, inputs.next(source.inputs(step)));
            }
        }
    }

    /** Runs every step on a model. */
    public static <E extends Exception> void run(DenoisingModel model, InputSource source, OutputsAction<E> action)
            throws E {
        forEachStep(source, source.steps(), (step, inputs) -> {
            try (Outputs outputs = model.run(step, inputs)) {
                action.accept(step, outputs);
            }
        });
    }

    /** Runs every step on a generation. Every step's trace is handed over: the generation itself keeps the last ones only. */
    public static <E extends Exception> void runTraced(
            CachedTransformer generation, InputSource source, TraceAction<E> action) throws E {
        AtomicReference<@Nullable StepTrace> last = new AtomicReference<>();
        generation.onStep(last::set);
        run(generation, source, (step, outputs) -> {
            StepTrace trace = last.getAndSet(null);
            if (trace == null) {
                throw new IllegalStateException("step " + step.index() + " ended without a trace");
            }
            action.accept(trace, outputs);
        });
    }
}
