package dev.reprise.cache.math;

import dev.reprise.graph.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Arithmetic on tensors, as fragments that run where the model runs. Half types are computed in float32 and converted back. Shapes
 * must agree exactly, nothing is broadcast: a residual of another shape is an error, not a bigger tensor.
 *
 * <p>Methods that return a figure read one scalar back and so wait for the device; the others do not.
 */
public final class TensorMath {
    private final FragmentRunner runner;

    public TensorMath(FragmentRunner runner) {
        this.runner = runner;
    }

    /** {@code a + b}. */
    public Tensor add(Tensor a, Tensor b) {
        return elementwise("Add", a, b);
    }

    /** {@code a − b}. */
    public Tensor subtract(Tensor a, Tensor b) {
        return elementwise("Sub", a, b);
    }

    /** {@code a − b} of every {@code stride}-th channel (last axis) only: a cheaper probe. */
    public Tensor subtract(Tensor a, Tensor b, int stride) {
        return stride == 1 ? subtract(a, b) : subtract(channels(a, stride), channels(b, stride));
    }

    /** {@code (now − before) / span}, in the element type of {@code now}. */
    public Tensor differenceQuotient(Tensor now, Tensor before, float span) {
        requireSameShape("differenceQuotient", now, before);
        ElementType compute = TensorFragments.arithmeticType(now, before);
        Fragment fragment = TensorFragments.computing(
                "difference_quotient",
                List.of(now, before),
                now.elementType(),
                (graph, in) -> {
                    String divisor = graph.cast(graph.input("span", ElementType.FLOAT), ElementType.FLOAT, compute);
                    return graph.node("Div", graph.node("Sub", in.get(0), in.get(1)), divisor);
                },
                "span");
        return run(fragment, now, before, runner.floats(span));
    }

    /** {@code Σ cᵢ·tᵢ}, summed from the left, in the element type of the first tensor. New coefficients make no new session. */
    public Tensor combine(List<Float> coefficients, List<Tensor> tensors) {
        ElementType type =
                tensors.isEmpty() ? ElementType.FLOAT : tensors.get(0).elementType();
        return combine(type, coefficients, tensors);
    }

    /** {@code Σ cᵢ·tᵢ} in the given element type; the tensors may differ in theirs. */
    public Tensor combine(ElementType result, List<Float> coefficients, List<Tensor> tensors) {
        if (tensors.isEmpty() || coefficients.size() != tensors.size()) {
            throw new IllegalArgumentException("combine needs one coefficient for each of at least one tensor, found "
                    + coefficients.size() + " coefficients and " + tensors.size() + " tensors");
        }
        tensors.forEach(tensor -> requireSameShape("combine", tensors.get(0), tensor));
        ElementType compute = TensorFragments.arithmeticType(tensors.toArray(Tensor[]::new));
        Fragment fragment = TensorFragments.computing(
                "combine",
                tensors,
                result,
                (graph, in) -> {
                    String all = graph.cast(graph.input("coefficients", ElementType.FLOAT), ElementType.FLOAT, compute);
                    String sum = "";
                    for (int i = 0; i < in.size(); i++) {
                        String coefficient = graph.node("Gather", all, graph.constant(i));
                        String term = graph.node("Mul", in.get(i), coefficient);
                        sum = sum.isEmpty() ? term : graph.node("Add", sum, term);
                    }
                    return sum;
                },
                "coefficients");
        float[] values = new float[coefficients.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = coefficients.get(i);
        }
        List<Tensor> inputs = new ArrayList<>(tensors);
        inputs.add(runner.floats(values));
        return run(fragment, inputs.toArray(Tensor[]::new));
    }

    /** The same values in a tensor of the step's own, which may be kept where the caller's inputs may not. */
    public Tensor copy(Tensor tensor) {
        return combine(List.of(1f), List.of(tensor));
    }

    /** {@code ‖p−q‖ / ‖p‖} with {@code ‖z‖ = mean(|z|)}; NaN for two tensors of zeros. */
    public float relativeDistance(Tensor p, Tensor q) {
        requireSameShape("relativeDistance", p, q);
        return figure(
                "relative_distance",
                List.of(p, q),
                (graph, in) -> graph.node(
                        "Div", graph.sumAbs(graph.node("Sub", in.get(0), in.get(1))), graph.sumAbs(in.get(0))));
    }

    /** {@code ‖p−q‖ = mean(|p−q|)}. */
    public float distance(Tensor p, Tensor q) {
        requireSameShape("distance", p, q);
        return figure("distance", List.of(p, q), (graph, in) -> graph.sumAbs(graph.node("Sub", in.get(0), in.get(1))))
                / elements(p);
    }

    /** {@code √mean((p−q)²)}. */
    public float rootMeanSquareDistance(Tensor p, Tensor q) {
        requireSameShape("rootMeanSquareDistance", p, q);
        return figure("rms_distance", List.of(p, q), (graph, in) -> {
            String difference = graph.node("Sub", in.get(0), in.get(1));
            return graph.node("Sqrt", graph.mean(graph.node("Mul", difference, difference)));
        });
    }

    /** {@code ‖z‖ = mean(|z|)} over all elements. */
    public float meanAbs(Tensor tensor) {
        return figure("sum_abs", List.of(tensor), (graph, in) -> graph.sumAbs(in.get(0))) / elements(tensor);
    }

    /** {@code mean over tokens of |now|₂ / (|before|₂ + 1e−8)}, norms over the channels [.., channels] of each token. */
    public float meanTokenNormRatio(Tensor now, Tensor before) {
        requireSameShape("meanTokenNormRatio", now, before);
        ElementType compute = TensorFragments.arithmeticType(now, before);
        return figure("mean_token_norm_ratio", List.of(now, before), (graph, in) -> {
            String floor = graph.cast(graph.scalar(1e-8f), ElementType.FLOAT, compute);
            String ratio =
                    graph.node("Div", graph.tokenNorm(in.get(0)), graph.node("Add", graph.tokenNorm(in.get(1)), floor));
            return graph.mean(ratio);
        });
    }

    /** Whether no element is infinite or NaN. */
    public boolean allFinite(Tensor tensor) {
        // z·0 is 0 for finite z and NaN otherwise, and a NaN survives the sum.
        ElementType compute = TensorFragments.arithmeticType(tensor);
        float sum = figure("all_finite", List.of(tensor), (graph, in) -> {
            String zero = graph.cast(graph.scalar(0), ElementType.FLOAT, compute);
            return graph.node(
                    "ReduceSum", List.of(FragmentGraph.attribute("keepdims", 0)), graph.node("Mul", in.get(0), zero));
        });
        return !Float.isNaN(sum);
    }

    /** Zeros of this shape and element type. */
    public Tensor zerosLike(Tensor tensor) {
        return zeros(tensor.elementType(), tensor.shape());
    }

    /** Zeros of this shape and element type. */
    public Tensor zeros(ElementType type, long... shape) {
        float[] dimensions = new float[shape.length];
        for (int i = 0; i < shape.length; i++) {
            // Exact up to 2^24 per dimension, and runners have only one kind of constant.
            dimensions[i] = shape[i];
        }
        String name = "zeros()->" + type;
        Fragment fragment = new Fragment(name, List.of("shape"), List.of("result"), () -> {
            FragmentGraph graph = new FragmentGraph();
            String extent = graph.input("shape", ElementType.FLOAT, ElementType.INT64);
            graph.output("result", graph.node("ConstantOfShape", extent), ElementType.FLOAT, type);
            return graph.model(name);
        });
        return run(fragment, runner.floats(dimensions));
    }

    /**
     * The tensor with zeros behind it up to a shape of the same rank that is nowhere smaller; the tensor itself when that is its own.
     *
     * @throws IllegalArgumentException for another shape
     */
    public Tensor widen(Tensor tensor, long... shape) {
        long[] own = tensor.shape();
        if (Arrays.equals(own, shape)) {
            return tensor;
        }
        float[] pads = new float[2 * own.length];
        for (int i = 0; i < own.length; i++) {
            if (shape.length != own.length || shape[i] < own[i]) {
                throw new IllegalArgumentException("widen needs a shape that is nowhere smaller, found "
                        + Arrays.toString(shape) + " for " + describe(tensor));
            }
            pads[own.length + i] = shape[i] - own[i];
        }
        ElementType type = tensor.elementType();
        return run(
                TensorFragments.computing(
                        "widen",
                        List.of(tensor),
                        type,
                        (graph, in) ->
                                graph.node("Pad", in.get(0), graph.input("pads", ElementType.FLOAT, ElementType.INT64)),
                        "pads"),
                tensor,
                runner.floats(pads));
    }

    /** The first half along the batch (first) axis. */
    public Tensor firstHalf(Tensor tensor) {
        return rows(tensor, 0, half(tensor));
    }

    /** The second half along the batch (first) axis. */
    public Tensor secondHalf(Tensor tensor) {
        return rows(tensor, half(tensor), tensor.shape()[0]);
    }

    /** {@code [a; b]} along the batch (first) axis. */
    public Tensor concatBatch(Tensor a, Tensor b) {
        if (a.elementType() != b.elementType()) {
            throw new IllegalArgumentException(
                    "concatBatch needs one element type, found " + describe(a) + " and " + describe(b));
        }
        return run(
                TensorFragments.moving(
                        "concat_batch",
                        a.elementType(),
                        2,
                        List.of(),
                        (graph, in) -> graph.node(
                                "Concat", List.of(FragmentGraph.attribute("axis", 0)), in.get(0), in.get(1))),
                a,
                b);
    }

    /** The same values in another element type; the tensor itself when it already has it. */
    public Tensor cast(Tensor tensor, ElementType type) {
        if (tensor.elementType() == type) {
            return tensor;
        }
        return run(TensorFragments.cast(tensor.elementType(), type), tensor);
    }

    /**
     * The spatial frequencies of the last two axes {@code [.., height, width]} up to a fifth of the shorter one, as float32.
     */
    public Tensor lowPass(Tensor tensor) {
        long[] shape = tensor.shape();
        if (shape.length < 2) {
            throw new IllegalArgumentException("lowPass needs [.., height, width], found " + describe(tensor));
        }
        LowPass filter =
                new LowPass(Math.toIntExact(shape[shape.length - 2]), Math.toIntExact(shape[shape.length - 1]));
        return run(filter.fragment(tensor.elementType()), tensor);
    }

    /** What {@link SpectralFilter} leaves of {@code [batch, channels, .., height, width]}, as float32. */
    public Tensor filter(Tensor tensor, SpectralFilter filter) {
        long[] shape = tensor.shape();
        if (shape.length < 3) {
            throw new IllegalArgumentException("filter needs [batch, channels, .., width], found " + describe(tensor));
        }
        List<Tensor> inputs = new ArrayList<>(List.of(tensor));
        filter.matrices(shape).forEach(matrix -> inputs.add(runner.floats(matrix)));
        return run(SpectralFilter.fragment(tensor.elementType(), shape), inputs.toArray(Tensor[]::new));
    }

    private Tensor elementwise(String operator, Tensor a, Tensor b) {
        requireSameShape(operator, a, b);
        return run(
                TensorFragments.computing(
                        operator,
                        List.of(a, b),
                        a.elementType(),
                        (graph, in) -> graph.node(operator, in.get(0), in.get(1))),
                a,
                b);
    }

    private Tensor channels(Tensor tensor, int stride) {
        return run(
                TensorFragments.moving(
                        "every_" + stride + "th_channel",
                        tensor.elementType(),
                        1,
                        List.of(),
                        (graph, in) -> graph.node(
                                "Slice",
                                in.get(0),
                                graph.constant(0),
                                graph.constant(Long.MAX_VALUE),
                                graph.constant(-1),
                                graph.constant(stride))),
                tensor);
    }

    private Tensor rows(Tensor tensor, long from, long to) {
        Fragment fragment = TensorFragments.moving(
                "rows",
                tensor.elementType(),
                1,
                List.of("from", "to"),
                (graph, in) -> graph.node(
                        "Slice",
                        in.get(0),
                        graph.cast("from", ElementType.FLOAT, ElementType.INT64),
                        graph.cast("to", ElementType.FLOAT, ElementType.INT64),
                        graph.constant(0)));
        return run(fragment, tensor, runner.floats((float) from), runner.floats((float) to));
    }

    private static long half(Tensor tensor) {
        long[] shape = tensor.shape();
        if (shape.length == 0 || shape[0] % 2 != 0) {
            throw new IllegalArgumentException("only an even batch axis can be halved, found " + describe(tensor));
        }
        return shape[0] / 2;
    }

    private float figure(String operation, List<Tensor> tensors, TensorFragments.Expression expression) {
        return runner.figure(TensorFragments.computing(operation, tensors, ElementType.FLOAT, expression), tensors);
    }

    private Tensor run(Fragment fragment, Tensor... inputs) {
        return runner.run(fragment, List.of(inputs)).get(0);
    }

    /** How many elements it has. */
    public static long elements(Tensor tensor) {
        long elements = 1;
        for (long dimension : tensor.shape()) {
            elements *= dimension;
        }
        return elements;
    }

    private static void requireSameShape(String operation, Tensor a, Tensor b) {
        if (!Arrays.equals(a.shape(), b.shape())) {
            throw new IllegalArgumentException(
                    operation + " needs tensors of one shape, found " + describe(a) + " and " + describe(b));
        }
    }

    public static String describe(Tensor tensor) {
        return tensor.elementType() + Arrays.toString(tensor.shape());
    }
}
