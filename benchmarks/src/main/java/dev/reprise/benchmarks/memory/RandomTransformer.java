package dev.reprise.benchmarks.memory;

import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.OperatorSetIdProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.graph.onnx.TensorShapeProto;
import dev.reprise.graph.onnx.TypeProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;

/**
 * A diffusion transformer with random weights, of any size, as TorchScript exports it: timestep embedding, blocks of modulated
 * attention and feed-forward, residual sums. Weights lie in a file beside the model.
 *
 * <pre>
 *   hidden_states [1, tokens, 16] ─ proj_in ─ h0 ─ block 0 ─ h1 ─ … ─ norm_out ─ proj_out ─ sample [1, tokens, 16]
 *   timestep [1] ─ sin ─ linear_1 ─ silu ─ linear_2 ─ temb [1, 1, channels] ──▲
 * </pre>
 *
 * Usage: {@code RandomTransformer FOLDER [BLOCKS CHANNELS TOKENS [sparse|dense [HUGE_COLUMNS]]]}. The defaults make 48 million parameters. Every
 * block has {@code 12 · channels²} of them. {@code HUGE_COLUMNS} adds one weight {@code [channels, columns]}.
 */
public final class RandomTransformer {
    /** As a number of tokens: any. */
    static final int OPEN = 0;

    private static final int HEAD = 64;
    private static final int LATENT_CHANNELS = 16;
    private static final int FREQUENCIES = 256;

    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("random transformer");
    private final WeightFile weights;
    private final int channels;

    private RandomTransformer(WeightFile weights, int channels) {
        this.weights = weights;
        this.channels = channels;
    }

    /**
     * @param blocks transformer blocks
     * @param channels of the hidden states, a multiple of 64
     * @param tokens of one sample, {@link #OPEN} for any number of them
     * @param sparse whether the weight file is mostly a hole
     * @param hugeColumns columns of one further weight, 0 for none
     */
    record Size(int blocks, int channels, int tokens, boolean sparse, long hugeColumns) {}

    public static void main(String[] arguments) throws IOException {
        Size size = new Size(
                number(arguments, 1, 12),
                number(arguments, 2, 576),
                number(arguments, 3, 256),
                arguments.length > 4 && arguments[4].equals("sparse"),
                number(arguments, 5, 0));
        Path model = write(Files.createDirectories(Path.of(arguments[0])), size);
        System.out.println(
                model + ", weights " + ProcessMemory.megabytes(Files.size(model.resolveSibling("weights.bin"))));
    }

    private static int number(String[] arguments, int index, int otherwise) {
        return index < arguments.length ? Integer.parseInt(arguments[index]) : otherwise;
    }

    /** Writes {@code model.onnx} and {@code weights.bin}. */
    static Path write(Path folder, Size size) throws IOException {
        try (WeightFile weights = new WeightFile(folder, "weights.bin", size.sparse())) {
            RandomTransformer model = new RandomTransformer(weights, size.channels());
            model.build(size);
            return Files.write(
                    folder.resolve("model.onnx"),
                    ModelProto.newBuilder()
                            .setIrVersion(8)
                            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                            .setGraph(model.graph)
                            .build()
                            .toByteArray());
        }
    }

    private void build(Size size) throws IOException {
        graph.addInput(tensor("hidden_states", 1, size.tokens(), LATENT_CHANNELS))
                .addInput(tensor("timestep", 1))
                .addOutput(tensor("sample", 1, size.tokens(), LATENT_CHANNELS));
        constants();
        timestep(size.hugeColumns());
        linear("proj_in", "h0", "hidden_states", LATENT_CHANNELS, channels);
        for (int block = 0; block < size.blocks(); block++) {
            block("transformer_blocks." + block, "h" + block, "h" + (block + 1));
        }
        norm("norm_out", "normed", "h" + size.blocks());
        linear("proj_out", "sample", "normed", channels, LATENT_CHANNELS);
    }

    private void constants() throws IOException {
        scalar("half", 0.5f);
        scalar("one", 1);
        scalar("sqrt_2", (float) Math.sqrt(2));
        scalar("scale", (float) (1 / Math.sqrt(HEAD)));
        integers("of_one", 1, 1, 1);
        integers("by_head", 0, 0, channels / HEAD, HEAD);
        integers("from_first", 0);
        integers("before_last", 2);
        integers("width", channels);
        graph.addInitializer(weights.add("frequencies", 0.01, 0.004, 1, 1, FREQUENCIES));
    }

    private void timestep(long hugeColumns) throws IOException {
        node("/time_embed/Reshape", "Reshape", "t", "timestep", "of_one");
        node("/time_embed/Mul", "Mul", "angles", "t", "frequencies");
        node("/time_embed/Sin", "Sin", "sines", "angles");
        linear("time_embed.linear_1", "embedded", "sines", FREQUENCIES, channels);
        node("/time_embed/act/Sigmoid", "Sigmoid", "gate", "embedded");
        node("/time_embed/act/Mul", "Mul", "silu", "embedded", "gate");
        linear("time_embed.linear_2", hugeColumns > 0 ? "temb_only" : "temb", "silu", channels, channels);
        if (hugeColumns > 0) {
            linear("time_embed.huge", "wide", "temb_only", channels, hugeColumns);
            node("/time_embed/ReduceMean", "ReduceMean", "mean", "wide");
            node("/time_embed/Add", "Add", "temb", "temb_only", "mean");
        }
    }

    private void block(String path, String in, String out) throws IOException {
        String id = out + "_";
        norm(path + ".norm1", id + "n1", in);
        modulate(path, id, id + "n1", id + "m");
        attention(path + ".attn1", id, id + "m", id + "attn");
        node("/" + path + "/Add_2", "Add", id + "x", in, id + "attn");
        norm(path + ".norm2", id + "n2", id + "x");
        feedForward(path + ".ff", id, id + "n2", id + "ff");
        node("/" + path + "/Add_3", "Add", out, id + "x", id + "ff");
    }

    private void modulate(String path, String id, String in, String out) throws IOException {
        graph.addInitializer(weights.add(path + ".scale", 1, 0.1, 1, 1, channels))
                .addInitializer(weights.add(path + ".shift", 0, 0.1, 1, 1, channels));
        node("/" + path + "/Add", "Add", id + "scale", "temb", path + ".scale");
        node("/" + path + "/Mul", "Mul", id + "scaled", in, id + "scale");
        node("/" + path + "/Add_1", "Add", id + "shift", "temb", path + ".shift");
        node("/" + path + "/Add_4", "Add", out, id + "scaled", id + "shift");
    }

    private void attention(String path, String id, String in, String out) throws IOException {
        for (String part : new String[] {"q", "k", "v"}) {
            linear(path + ".to_" + part, id + part, in, channels, channels);
            node("/" + path + "/Reshape_" + part, "Reshape", id + part + "_heads", id + part, "by_head");
            transpose(
                    path + "/Transpose_" + part,
                    id + part + "t",
                    id + part + "_heads",
                    part.equals("k") ? new int[] {0, 2, 3, 1} : new int[] {0, 2, 1, 3});
        }
        node("/" + path + "/MatMul", "MatMul", id + "products", id + "qt", id + "kt");
        node("/" + path + "/Mul", "Mul", id + "scores", id + "products", "scale");
        node("/" + path + "/Softmax", "Softmax", id + "weights", id + "scores");
        node("/" + path + "/MatMul_1", "MatMul", id + "mixed", id + "weights", id + "vt");
        transpose(path + "/Transpose", id + "back", id + "mixed", 0, 2, 1, 3);
        // As exporters do it: from the shape of what came in, which nobody knows before it runs or is folded.
        node("/" + path + "/Shape", "Shape", id + "shape", in);
        node("/" + path + "/Slice", "Slice", id + "sample", id + "shape", "from_first", "before_last");
        NodeProto concat = nodeOf("/" + path + "/Concat", "Concat", id + "together", id + "sample", "width");
        graph.addNode(concat.toBuilder()
                .addAttribute(AttributeProto.newBuilder()
                        .setName("axis")
                        .setType(AttributeProto.AttributeType.INT)
                        .setI(0)));
        node("/" + path + "/Reshape", "Reshape", id + "heads", id + "back", id + "together");
        linear(path + ".to_out.0", out, id + "heads", channels, channels);
    }

    private void feedForward(String path, String id, String in, String out) throws IOException {
        linear(path + ".net.0.proj", id + "up", in, channels, 4L * channels);
        String gelu = "/" + path + "/net.0";
        node(gelu + "/Div", "Div", id + "u", id + "up", "sqrt_2");
        node(gelu + "/Erf", "Erf", id + "erf", id + "u");
        node(gelu + "/Add", "Add", id + "erf1", id + "erf", "one");
        node(gelu + "/Mul", "Mul", id + "upper", id + "up", id + "erf1");
        node(gelu + "/Mul_1", "Mul", id + "gelu", id + "upper", "half");
        linear(path + ".net.2", out, id + "gelu", 4L * channels, channels);
    }

    private void linear(String path, String out, String in, long rows, long columns) throws IOException {
        graph.addInitializer(weights.add(path + ".weight", 0, 1 / Math.sqrt((double) rows), rows, columns))
                .addInitializer(weights.add(path + ".bias", 0, 0.02, columns));
        String scope = "/"
                + path.replace(".linear", "/linear")
                        .replace(".to_", "/to_")
                        .replace(".net", "/net")
                        .replace(".huge", "/huge");
        node(scope + "/MatMul", "MatMul", out + "_product", in, path + ".weight");
        node(scope + "/Add", "Add", out, out + "_product", path + ".bias");
    }

    private void norm(String path, String out, String in) throws IOException {
        graph.addInitializer(weights.add(path + ".weight", 1, 0.02, channels));
        node("/" + path + "/LayerNormalization", "LayerNormalization", out, in, path + ".weight");
    }

    private void transpose(String scope, String out, String in, int... order) {
        graph.addNode(nodeOf("/" + scope, "Transpose", out, in).toBuilder()
                .addAttribute(AttributeProto.newBuilder()
                        .setName("perm")
                        .setType(AttributeProto.AttributeType.INTS)
                        .addAllInts(Arrays.stream(order).asLongStream().boxed().toList())));
    }

    private void scalar(String name, float value) {
        graph.addInitializer(TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.FLOAT_VALUE)
                .addAllFloatData(Collections.singleton(value)));
    }

    private void integers(String name, long... values) {
        graph.addInitializer(TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.INT64_VALUE)
                .addDims(values.length)
                .addAllInt64Data(Arrays.stream(values).boxed().toList()));
    }

    private void node(String name, String operator, String output, String... inputs) {
        graph.addNode(nodeOf(name, operator, output, inputs));
    }

    private static NodeProto nodeOf(String name, String operator, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setName(name)
                .setOpType(operator)
                .addAllInput(Arrays.asList(inputs))
                .addOutput(output)
                .build();
    }

    private static ValueInfoProto tensor(String name, long... dimensions) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long dimension : dimensions) {
            shape.addDim(
                    dimension == OPEN
                            ? TensorShapeProto.Dimension.newBuilder().setDimParam("tokens")
                            : TensorShapeProto.Dimension.newBuilder().setDimValue(dimension));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(TensorProto.DataType.FLOAT_VALUE)
                                .setShape(shape)))
                .build();
    }
}
