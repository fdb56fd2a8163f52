package dev.reprise.cache.reuse;

import dev.reprise.cache.Decision;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.Reason;
import dev.reprise.cache.math.Tensor;
import dev.reprise.graph.ElementType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Modules that return zeros, in the shapes of their last computed step, where only predicted modules would have used their outputs.
 * State of one context.
 */
public final class ModuleZeros {
    private final List<SkippedModule> modules;
    private final Map<String, Shape> shapes = new HashMap<>();

    private record Shape(ElementType type, List<Long> dimensions) {
        static Shape of(Tensor tensor) {
            List<Long> dimensions = new ArrayList<>();
            for (long dimension : tensor.shape()) {
                dimensions.add(dimension);
            }
            return new Shape(tensor.elementType(), List.copyOf(dimensions));
        }

        Tensor zeros(DenoisingStep step) {
            return step.math()
                    .zeros(type, dimensions.stream().mapToLong(Long::longValue).toArray());
        }
    }

    public ModuleZeros(List<SkippedModule> modules) {
        this.modules = modules;
    }

    public boolean isEmpty() {
        return modules.isEmpty();
    }

    /** Provides zeros, or lets the modules run: those whose shapes are unknown, and all where there is a reason to compute. */
    public void before(DenoisingStep step, @Nullable Reason compute) {
        Map<Shape, Tensor> made = new HashMap<>();
        for (SkippedModule module : modules) {
            boolean known =
                    module.outputs().isEmpty() || module.outputs().stream().anyMatch(shapes::containsKey);
            if (compute == null && known) {
                provide(step, module, made);
                step.decide(module.path(), Decision.PREDICT, Reason.INACTIVE);
            } else {
                module.outputs().forEach(step::observe);
                step.decide(module.path(), Decision.COMPUTE, compute == null ? Reason.FIRST_STEP : compute);
            }
        }
    }

    private void provide(DenoisingStep step, SkippedModule module, Map<Shape, Tensor> made) {
        for (String output : module.outputs()) {
            Shape shape = shapes.get(output);
            if (shape != null) {
                step.provide(output, made.computeIfAbsent(shape, missing -> missing.zeros(step)));
            }
        }
    }

    /** Takes in the shapes of what ran. */
    public void after(DenoisingStep step) {
        for (SkippedModule module : modules) {
            for (String output : module.outputs()) {
                Tensor tensor = step.computed(output);
                if (tensor != null) {
                    shapes.put(output, Shape.of(tensor));
                }
            }
        }
    }
}
