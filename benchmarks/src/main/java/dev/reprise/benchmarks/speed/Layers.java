package dev.reprise.benchmarks.speed;

import static dev.reprise.benchmarks.speed.ScriptedGraph.integer;
import static dev.reprise.benchmarks.speed.ScriptedGraph.integerList;

import java.util.Arrays;

/** The layers that transformers of diffusers share, as TorchScript writes them. All tensors are {@code [batch, tokens, channels]}. */
final class Layers {
    private static final double EPSILON = 1e-6;
    /** A frequency of the timestep's embedding is this to the power of −1 … 0. */
    private static final double LONGEST_PERIOD = 10_000;

    private final ScriptedGraph graph;
    private final int heads;
    private final int headSize;

    Layers(ScriptedGraph graph, int heads, int headSize) {
        this.graph = graph;
        this.heads = heads;
        this.headSize = headSize;
    }

    int channels() {
        return heads * headSize;
    }

    String linear(String path, String x, int in, int out) {
        String weight = graph.product(0, 0.9 / Math.sqrt(in), in, out);
        String product = graph.node(path, "MatMul", x, weight);
        return graph.node(path, "Add", graph.weight(path + ".bias", 0, 0.02, out), product);
    }

    /** Of a vector per sample: TorchScript writes a Gemm then. */
    String vectorLinear(String path, String x, int in, int out) {
        return graph.node(
                path,
                "Gemm",
                integer("transB", 1),
                x,
                graph.weight(path + ".weight", 0, 0.9 / Math.sqrt(in), out, in),
                graph.weight(path + ".bias", 0, 0.02, out));
    }

    String silu(String path, String x) {
        return graph.node(path, "Mul", x, graph.node(path, "Sigmoid", x));
    }

    /** GELU by its tanh formula. */
    String gelu(String path, String x) {
        String cube = graph.node(path, "Mul", x, graph.node(path, "Mul", x, x));
        String inner = graph.node(path, "Add", x, graph.node(path, "Mul", graph.number(path, 0.044715), cube));
        String tanh =
                graph.node(path, "Tanh", graph.node(path, "Mul", graph.number(path, Math.sqrt(2 / Math.PI)), inner));
        String one = graph.node(path, "Add", graph.number(path, 1), tanh);
        return graph.node(path, "Mul", graph.number(path, 0.5), graph.node(path, "Mul", x, one));
    }

    String feedForward(String path, String x) {
        String wide = gelu(path + "/net.0", linear(path + "/net.0/proj", x, channels(), 4 * channels()));
        return linear(path + "/net.2", wide, 4 * channels(), channels());
    }

    /** Layer norm without weights of its own. */
    String norm(String path, String x) {
        double[] ones = new double[channels()];
        Arrays.fill(ones, 1);
        return graph.node(
                path,
                "LayerNormalization",
                x,
                graph.numbers(path, ones, channels()),
                graph.numbers(path, new double[channels()], channels()));
    }

    /** {@code x · (1 + scale) + shift}. */
    String modulate(String path, String x, String shift, String scale) {
        String factor = graph.node(path, "Add", scale, graph.number(path, 1));
        return graph.node(path, "Add", graph.node(path, "Mul", x, factor), shift);
    }

    /** Parts of equal size along an axis: TorchScript computes the borders from the shape. */
    String[] chunk(String path, String x, int axis, int parts) {
        String size = graph.node(
                path, "Gather", integer("axis", 0), graph.node(path, "Shape", x), graph.integers(path, axis));
        String step = graph.node(
                path,
                "Div",
                graph.node(path, "Add", size, graph.integers(path, parts - 1)),
                graph.integers(path, parts));
        String[] chunks = new String[parts];
        String from = graph.integers(path, 0);
        String along = graph.integers(path, axis);
        for (int i = 0; i < parts; i++) {
            String to = graph.node(path, "Mul", step, graph.integers(path, i + 1));
            chunks[i] = graph.node(path, "Slice", x, from, to, along);
            from = to;
        }
        return chunks;
    }

    /** {@code [batch, tokens, heads, head size]}. */
    String split(String path, String x, int batch, int tokens) {
        return graph.node(path, "Reshape", x, graph.integers(path, batch, tokens, heads, headSize));
    }

    /** Scaled dot-product attention of tensors {@code [batch, tokens, heads, head size]}, decomposed as in opset 17. */
    String attention(String path, String q, String k, String v, int batch, int tokens) {
        String query = graph.node(path, "Transpose", integerList("perm", 0, 2, 1, 3), q);
        String value = graph.node(path, "Transpose", integerList("perm", 0, 2, 1, 3), v);
        String key = graph.node(path, "Transpose", integerList("perm", 0, 2, 3, 1), k);
        String scale = graph.number(path, Math.pow(headSize, -0.25));
        String scores =
                graph.node(path, "MatMul", graph.node(path, "Mul", query, scale), graph.node(path, "Mul", key, scale));
        String weights = graph.node(path, "Softmax", integer("axis", -1), scores);
        String result = graph.node(path, "MatMul", weights, value);
        String merged = graph.node(path, "Transpose", integerList("perm", 0, 2, 1, 3), result);
        return graph.node(path, "Reshape", merged, graph.integers(path, batch, tokens, channels()));
    }

    /** RMS norm over the last axis of {@code [batch, tokens, heads, head size]}. */
    String rmsNorm(String path, String x) {
        String square = graph.node(path, "Pow", x, graph.number(path, 2));
        String mean = graph.node(path, "ReduceMean", integerList("axes", -1), square);
        String root = graph.node(path, "Sqrt", graph.node(path, "Add", mean, graph.number(path, EPSILON)));
        return graph.node(
                path, "Mul", graph.node(path, "Div", x, root), graph.weight(path + ".weight", 1, 0.1, headSize));
    }

    /** The timestep {@code [batch]} as {@code [batch, size]} of sines and cosines. */
    String timestep(String path, String timestep, int size) {
        int half = size / 2;
        double[] frequencies = new double[half];
        for (int i = 0; i < half; i++) {
            frequencies[i] = Math.pow(LONGEST_PERIOD, -(double) i / half);
        }
        String column = graph.node(path, "Unsqueeze", timestep, graph.integers(path, 1));
        String number = graph.node(path, "Cast", integer("to", 1), column);
        String phase = graph.node(path, "Mul", number, graph.numbers(path, frequencies, 1, half));
        return graph.node(
                path, "Concat", integer("axis", -1), graph.node(path, "Cos", phase), graph.node(path, "Sin", phase));
    }
}
