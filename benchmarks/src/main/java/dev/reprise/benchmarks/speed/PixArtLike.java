package dev.reprise.benchmarks.speed;

import static dev.reprise.benchmarks.speed.ScriptedGraph.integer;
import static dev.reprise.benchmarks.speed.ScriptedGraph.integerList;

import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.TensorProto.DataType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A transformer like PixArt-α: self-attention, cross-attention and feed-forward in every block, all modulated by one projection of
 * the timestep. 12 blocks of 512 channels have 50 million parameters. A batch of two: both guidance branches.
 */
final class PixArtLike {
    private static final int BATCH = 2;
    private static final int HEAD_SIZE = 64;
    private static final int LATENT_CHANNELS = 4;
    private static final int PATCH = 2;
    private static final int TEXT_TOKENS = 64;
    private static final int TEXT_CHANNELS = 256;
    private static final int TIMESTEP_SIZE = 256;

    private final ScriptedGraph graph = new ScriptedGraph(1);
    private final Layers layers;
    private final int blocks;
    private final int channels;
    private final int side;
    private final int tokens;

    private PixArtLike(int blocks, int heads, int side) {
        layers = new Layers(graph, heads, HEAD_SIZE);
        this.blocks = blocks;
        channels = layers.channels();
        this.side = side;
        tokens = side * side;
    }

    /**
     * @param heads of 64 channels each
     * @param side tokens along one side of the image
     */
    static Path write(Path file, int blocks, int heads, int side) throws IOException {
        return new PixArtLike(blocks, heads, side).write(file);
    }

    private Path write(Path file) throws IOException {
        long pixels = (long) side * PATCH;
        String latents = graph.input("hidden_states", DataType.FLOAT_VALUE, BATCH, LATENT_CHANNELS, pixels, pixels);
        String timestep = graph.input("timestep", DataType.INT64_VALUE, BATCH);
        String text = graph.input("encoder_hidden_states", DataType.FLOAT_VALUE, BATCH, TEXT_TOKENS, TEXT_CHANNELS);

        String hidden = patches(latents);
        String emb = "adaln_single/emb/timestep_embedder";
        String embedded = layers.vectorLinear(
                emb + "/linear_1",
                layers.timestep("adaln_single/emb/time_proj", timestep, TIMESTEP_SIZE),
                TIMESTEP_SIZE,
                channels);
        embedded = layers.vectorLinear(emb + "/linear_2", layers.silu(emb + "/act", embedded), channels, channels);
        String modulation = layers.vectorLinear(
                "adaln_single/linear", layers.silu("adaln_single/silu", embedded), channels, 6 * channels);
        String caption = layers.linear("caption_projection/linear_1", text, TEXT_CHANNELS, channels);
        caption = layers.linear(
                "caption_projection/linear_2", layers.gelu("caption_projection/act_1", caption), channels, channels);
        for (int block = 0; block < blocks; block++) {
            hidden = block("transformer_blocks." + block, hidden, modulation, caption);
        }
        graph.output("sample", pixels(hidden, embedded), BATCH, LATENT_CHANNELS, pixels, pixels);
        return graph.write(file);
    }

    private String patches(String latents) {
        String path = "pos_embed";
        List<AttributeProto> strides = new ArrayList<>(integerList("strides", PATCH, PATCH));
        strides.addAll(integerList("kernel_shape", PATCH, PATCH));
        String patches = graph.node(
                path + "/proj",
                "Conv",
                strides,
                latents,
                graph.weight("pos_embed.proj.weight", 0, 0.3, channels, LATENT_CHANNELS, PATCH, PATCH),
                graph.weight("pos_embed.proj.bias", 0, 0.02, channels));
        String flat = graph.node(path, "Reshape", patches, graph.integers(path, BATCH, channels, tokens));
        String rows = graph.node(path, "Transpose", integerList("perm", 0, 2, 1), flat);
        return graph.node(path, "Add", rows, graph.weight("pos_embed.pos_embed", 0, 1, 1, tokens, channels));
    }

    private String block(String path, String hidden, String modulation, String caption) {
        String rows = graph.node(path, "Reshape", modulation, graph.integers(path, BATCH, 6, -1));
        String table = graph.weight(path + ".scale_shift_table", 0, 0.1, 1, 6, channels);
        String[] parts = layers.chunk(path, graph.node(path, "Add", table, rows), 1, 6);

        String entering = layers.modulate(path, layers.norm(path + "/norm1", hidden), parts[0], parts[1]);
        String self = attention(path + "/attn1", entering, entering, tokens);
        String x = graph.node(path, "Add", graph.node(path, "Mul", parts[2], self), hidden);
        x = graph.node(path, "Add", attention(path + "/attn2", x, caption, TEXT_TOKENS), x);
        String modulated = layers.modulate(path, layers.norm(path + "/norm2", x), parts[3], parts[4]);
        String wide = layers.feedForward(path + "/ff", modulated);
        return graph.node(path, "Add", graph.node(path, "Mul", parts[5], wide), x);
    }

    private String attention(String path, String x, String context, int keys) {
        String q = layers.split(path, layers.linear(path + "/to_q", x, channels, channels), BATCH, tokens);
        String k = layers.split(path, layers.linear(path + "/to_k", context, channels, channels), BATCH, keys);
        String v = layers.split(path, layers.linear(path + "/to_v", context, channels, channels), BATCH, keys);
        String core = layers.attention(path, q, k, v, BATCH, tokens);
        String out = layers.linear(path + "/to_out.0", core, channels, channels);
        return graph.node(path, "Div", out, graph.number(path, 1));
    }

    private String pixels(String hidden, String embedded) {
        String row = graph.node("", "Unsqueeze", embedded, graph.integers("", 1));
        String table = graph.weight("scale_shift_table", 0, 0.1, 1, 2, channels);
        String[] parts = layers.chunk("", graph.node("", "Add", table, row), 1, 2);
        String modulated = layers.modulate("", layers.norm("norm_out", hidden), parts[0], parts[1]);
        int values = PATCH * PATCH * LATENT_CHANNELS;
        String patches = layers.linear("proj_out", modulated, channels, values);
        String grid = graph.node(
                "", "Reshape", patches, graph.integers("", BATCH, side, side, PATCH, PATCH, LATENT_CHANNELS));
        String ordered = graph.node("", "Transpose", integerList("perm", 0, 5, 1, 3, 2, 4), grid);
        return graph.node(
                "",
                "Reshape",
                integer("allowzero", 0),
                ordered,
                graph.integers("", BATCH, LATENT_CHANNELS, (long) side * PATCH, (long) side * PATCH));
    }
}
