package dev.reprise.cli.inspect;

import dev.reprise.cache.math.Fragment;
import dev.reprise.cache.math.FragmentRunner;
import dev.reprise.cache.math.Tensor;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.bundle.TensorSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A tensor without elements: arithmetic gives its shape alone, and every difference is next to nothing, as if nothing had changed.
 *
 * @param values of the coefficients of a fragment, empty for all others
 */
record DryTensor(ElementType elementType, List<Long> dimensions, List<Float> values) implements Tensor {
    static final FragmentRunner RUNNER = new Runner();

    /** Axes behind the batch. All tensors have the same: what a model does not tell of its shapes matters to no decision. */
    private static final List<Long> AXES = List.of(4L, 4L, 4L, 4L);

    /** With so many samples. */
    static DryTensor of(TensorSpec spec, long batch) {
        List<Long> dimensions = new ArrayList<>(List.of(batch));
        dimensions.addAll(AXES);
        return new DryTensor(spec.elementType(), dimensions, List.of());
    }

    @Override
    public long[] shape() {
        return dimensions.stream().mapToLong(Long::longValue).toArray();
    }

    @Override
    public long bytes() {
        return elementType.bytes(dimensions.stream().reduce(1L, (a, b) -> a * b));
    }

    /** Not 0: some policies divide one difference by another. */
    private static final float NEXT_TO_NOTHING = 1e-9f;

    private static final class Runner implements FragmentRunner {
        @Override
        public List<Tensor> run(Fragment fragment, List<Tensor> inputs) {
            DryTensor first = (DryTensor) inputs.get(0);
            List<Long> dimensions = first.dimensions();
            if (!first.values().isEmpty()) {
                // Zeros of a shape.
                dimensions = first.values().stream().map(Float::longValue).toList();
            } else if (fragment.name().startsWith("rows")) {
                dimensions = withBatch(dimensions, Math.max(1, dimensions.get(0) / 2));
            } else if (fragment.name().startsWith("concat_batch")) {
                dimensions = withBatch(dimensions, 2 * dimensions.get(0));
            }
            return Collections.nCopies(
                    fragment.outputs().size(), new DryTensor(first.elementType(), dimensions, List.of()));
        }

        private static List<Long> withBatch(List<Long> dimensions, long batch) {
            List<Long> changed = new ArrayList<>(dimensions);
            changed.set(0, batch);
            return changed;
        }

        @Override
        public Tensor floats(float... values) {
            List<Float> boxed = new ArrayList<>();
            for (float value : values) {
                boxed.add(value);
            }
            return new DryTensor(ElementType.FLOAT, List.of((long) values.length), boxed);
        }

        @Override
        public float figure(Fragment fragment, List<Tensor> inputs) {
            String name = fragment.name();
            return name.startsWith("sum_abs") || name.startsWith("mean_token_norm_ratio") ? 1 : NEXT_TO_NOTHING;
        }
    }
}
