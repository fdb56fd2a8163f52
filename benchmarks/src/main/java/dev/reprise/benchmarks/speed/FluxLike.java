package dev.reprise.benchmarks.speed;

import static dev.reprise.benchmarks.speed.ScriptedGraph.integer;

import dev.reprise.graph.onnx.TensorProto.DataType;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A transformer like FLUX: blocks in which image and text attend to one another jointly, each with layers of its own, then single
 * blocks over both in one stream. Rotary positions, RMS-normed queries and keys. 4 + 6 blocks of 512 channels
 * have 63 million parameters.
 */
final class FluxLike {
    private static final int BATCH = 1;
    private static final int HEAD_SIZE = 64;
    private static final int LATENT_CHANNELS = 16;
    private static final int TEXT_TOKENS = 64;
    private static final int TEXT_CHANNELS = 512;
    private static final int TIMESTEP_SIZE = 256;

    private final ScriptedGraph graph = new ScriptedGraph(2);
    private final Layers layers;
    private final int doubleBlocks;
    private final int singleBlocks;
    private final int heads;
    private final int channels;
    private final int imageTokens;
    private final int tokens;
    private String cos = "";
    private String sin = "";

    private FluxLike(int doubleBlocks, int singleBlocks, int heads, int imageTokens) {
        layers = new Layers(graph, heads, HEAD_SIZE);
        this.doubleBlocks = doubleBlocks;
        this.singleBlocks = singleBlocks;
        this.heads = heads;
        channels = layers.channels();
        this.imageTokens = imageTokens;
        tokens = TEXT_TOKENS + imageTokens;
    }

    /** @param heads of 64 channels each */
    static Path write(Path file, int doubleBlocks, int singleBlocks, int heads, int imageTokens) throws IOException {
        return new FluxLike(doubleBlocks, singleBlocks, heads, imageTokens).write(file);
    }

    /** Both streams between two blocks. */
    private record Streams(String image, String text) {}

    private Path write(Path file) throws IOException {
        String latents = graph.input("hidden_states", DataType.FLOAT_VALUE, BATCH, imageTokens, LATENT_CHANNELS);
        String text = graph.input("encoder_hidden_states", DataType.FLOAT_VALUE, BATCH, TEXT_TOKENS, TEXT_CHANNELS);
        String timestep = graph.input("timestep", DataType.FLOAT_VALUE, BATCH);
        String positions = graph.input("ids", DataType.FLOAT_VALUE, tokens, 1);

        Streams streams = new Streams(
                layers.linear("x_embedder", latents, LATENT_CHANNELS, channels),
                layers.linear("context_embedder", text, TEXT_CHANNELS, channels));
        String scaled = graph.node("", "Mul", timestep, graph.number("", 1000));
        String emb = "time_text_embed/timestep_embedder";
        String embedded = layers.vectorLinear(
                emb + "/linear_1",
                layers.timestep("time_text_embed/time_proj", scaled, TIMESTEP_SIZE),
                TIMESTEP_SIZE,
                channels);
        embedded = layers.vectorLinear(emb + "/linear_2", layers.silu(emb + "/act", embedded), channels, channels);
        rotary("pos_embed", positions);
        // The same in every block, so the exporter shares the first one's.
        String condition = layers.silu("transformer_blocks.0/norm1/silu", embedded);
        for (int block = 0; block < doubleBlocks; block++) {
            streams = doubleBlock("transformer_blocks." + block, streams, condition);
        }
        for (int block = 0; block < singleBlocks; block++) {
            streams = singleBlock("single_transformer_blocks." + block, streams, condition);
        }
        String[] parts = layers.chunk(
                "norm_out", layers.vectorLinear("norm_out/linear", condition, channels, 2 * channels), 1, 2);
        String out = layers.modulate(
                "norm_out",
                layers.norm("norm_out/norm", streams.image),
                row("norm_out", parts[1]),
                row("norm_out", parts[0]));
        graph.output(
                "sample",
                layers.linear("proj_out", out, channels, LATENT_CHANNELS),
                BATCH,
                imageTokens,
                LATENT_CHANNELS);
        return graph.write(file);
    }

    /** Cosines and sines {@code [1, tokens, 1, head size]} of the positions. */
    private void rotary(String path, String positions) {
        double[] frequencies = new double[HEAD_SIZE / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = Math.pow(10_000, -2.0 * i / HEAD_SIZE);
        }
        String phase = graph.node(path, "Mul", positions, graph.numbers(path, frequencies, 1, frequencies.length));
        cos = twice(path, graph.node(path, "Cos", phase));
        sin = twice(path, graph.node(path, "Sin", phase));
    }

    private String twice(String path, String half) {
        String column = graph.node(path, "Unsqueeze", half, graph.integers(path, 2));
        String tiled = graph.node(path, "Tile", column, graph.integers(path, 1, 1, 2));
        return graph.node(path, "Reshape", tiled, graph.integers(path, 1, tokens, 1, HEAD_SIZE));
    }

    /** {@code x · cos + rotated(x) · sin}, where neighbours {@code (a, b)} are rotated to {@code (−b, a)}. */
    private String rotate(String path, String x) {
        String pairs = graph.node(path, "Reshape", x, graph.integers(path, BATCH, tokens, heads, HEAD_SIZE / 2, 2));
        String[] halves = layers.chunk(path, pairs, 4, 2);
        String rotated = graph.node(path, "Concat", integer("axis", -1), graph.node(path, "Neg", halves[1]), halves[0]);
        String flat = graph.node(path, "Reshape", rotated, graph.integers(path, BATCH, tokens, heads, HEAD_SIZE));
        return graph.node(path, "Add", graph.node(path, "Mul", x, cos), graph.node(path, "Mul", flat, sin));
    }

    private Streams doubleBlock(String path, Streams in, String condition) {
        String[] image = modulation(path + "/norm1", condition, 6);
        String[] text = modulation(path + "/norm1_context", condition, 6);
        String[] attended = jointAttention(
                path + "/attn",
                layers.modulate(path + "/norm1", layers.norm(path + "/norm1/norm", in.image), image[0], image[1]),
                layers.modulate(
                        path + "/norm1_context", layers.norm(path + "/norm1_context/norm", in.text), text[0], text[1]));
        return new Streams(
                feedForward(path, "", in.image, attended[0], image),
                feedForward(path, "_context", in.text, attended[1], text));
    }

    private String feedForward(String path, String suffix, String in, String attended, String[] parts) {
        String x = graph.node(path, "Add", in, graph.node(path, "Mul", parts[2], attended));
        String modulated = layers.modulate(path, layers.norm(path + "/norm2" + suffix, x), parts[3], parts[4]);
        String wide = layers.feedForward(path + "/ff" + suffix, modulated);
        return graph.node(path, "Add", x, graph.node(path, "Mul", parts[5], wide));
    }

    /** Rows {@code [batch, 1, channels]}: shift, scale, gate, …. */
    private String[] modulation(String path, String condition, int parts) {
        String all = layers.vectorLinear(path + "/linear", condition, channels, parts * channels);
        String[] rows = layers.chunk(path, all, 1, parts);
        for (int i = 0; i < parts; i++) {
            rows[i] = row(path, rows[i]);
        }
        return rows;
    }

    private String row(String path, String vector) {
        return graph.node(path, "Unsqueeze", vector, graph.integers(path, 1));
    }

    private String[] jointAttention(String path, String image, String text) {
        String q = joint(
                path, heads(path, "to_q", text(path, text, "q"), image), path + "/norm_added_q", path + "/norm_q");
        String k = joint(
                path, heads(path, "to_k", text(path, text, "k"), image), path + "/norm_added_k", path + "/norm_k");
        String[] values = heads(path, "to_v", text(path, text, "v"), image);
        String v = graph.node(path, "Concat", integer("axis", 1), values);
        String core = layers.attention(path, rotate(path, q), rotate(path, k), v, BATCH, tokens);
        String textPart = slice(path, core, 0, TEXT_TOKENS);
        String imagePart = slice(path, core, TEXT_TOKENS, tokens);
        return new String[] {
            layers.linear(path + "/to_out.0", imagePart, channels, channels),
            layers.linear(path + "/to_add_out", textPart, channels, channels)
        };
    }

    private String text(String path, String text, String which) {
        String projected = layers.linear(path + "/add_" + which + "_proj", text, channels, channels);
        return layers.split(path, projected, BATCH, TEXT_TOKENS);
    }

    /** Text, then image. */
    private String[] heads(String path, String projection, String text, String image) {
        String projected = layers.linear(path + "/" + projection, image, channels, channels);
        return new String[] {text, layers.split(path, projected, BATCH, imageTokens)};
    }

    private String joint(String path, String[] parts, String textNorm, String imageNorm) {
        return graph.node(
                path,
                "Concat",
                integer("axis", 1),
                layers.rmsNorm(textNorm, parts[0]),
                layers.rmsNorm(imageNorm, parts[1]));
    }

    private String slice(String path, String x, long from, long to) {
        return graph.node(
                path, "Slice", x, graph.integers(path, from), graph.integers(path, to), graph.integers(path, 1));
    }

    private Streams singleBlock(String path, Streams in, String condition) {
        String x = graph.node(path, "Concat", integer("axis", 1), in.text, in.image);
        String[] parts = modulation(path + "/norm", condition, 3);
        String modulated = layers.modulate(path + "/norm", layers.norm(path + "/norm/norm", x), parts[0], parts[1]);
        String wide =
                layers.gelu(path + "/act_mlp", layers.linear(path + "/proj_mlp", modulated, channels, 4 * channels));
        String attn = path + "/attn";
        String q = layers.rmsNorm(attn + "/norm_q", projected(attn, "to_q", modulated));
        String k = layers.rmsNorm(attn + "/norm_k", projected(attn, "to_k", modulated));
        String v = projected(attn, "to_v", modulated);
        String core = layers.attention(attn, rotate(attn, q), rotate(attn, k), v, BATCH, tokens);
        String both = graph.node(path, "Concat", integer("axis", 2), core, wide);
        String out = layers.linear(path + "/proj_out", both, 5 * channels, channels);
        String sum = graph.node(path, "Add", x, graph.node(path, "Mul", parts[2], out));
        return new Streams(slice(path, sum, TEXT_TOKENS, tokens), slice(path, sum, 0, TEXT_TOKENS));
    }

    private String projected(String path, String projection, String x) {
        return layers.split(path, layers.linear(path + "/" + projection, x, channels, channels), BATCH, tokens);
    }
}
