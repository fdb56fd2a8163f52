package dev.reprise.optimizer.locate;

import dev.reprise.graph.Graph;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.optimizer.TinyModel;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.optimizer.operators.Dependence;
import dev.reprise.optimizer.paths.ModulePaths;
import dev.reprise.optimizer.shapes.ShapePropagation;
import dev.reprise.optimizer.shapes.TensorTypes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** Parts of transformers, named as TorchScript names them, and what is known of a graph before modules are located. */
final class SmallGraphs {
    private SmallGraphs() {}

    static TinyModel withInputs(String... inputs) {
        TinyModel model = new TinyModel().weight("w");
        for (String input : inputs) {
            model.input(input);
        }
        return model;
    }

    /** Softmax attention with four projections: {@code keys} feeds keys and values. */
    static void attention(TinyModel model, String scope, String in, String keys, String out) {
        model.named(scope + "/to_q/MatMul", "MatMul", out + "_q", in, "w")
                .named(scope + "/to_k/MatMul", "MatMul", out + "_k", keys, "w")
                .named(scope + "/to_v/MatMul", "MatMul", out + "_v", keys, "w")
                .named(scope + "/Transpose", "Transpose", out + "_kt", out + "_k")
                .named(scope + "/MatMul", "MatMul", out + "_scores", out + "_q", out + "_kt")
                .named(scope + "/Softmax", "Softmax", out + "_weights", out + "_scores")
                .named(scope + "/MatMul_1", "MatMul", out + "_heads", out + "_weights", out + "_v")
                .named(scope + "/to_out.0/MatMul", "MatMul", out, out + "_heads", "w");
    }

    static void feedForward(TinyModel model, String scope, String in, String out) {
        model.named(scope + "/net.0/MatMul", "MatMul", out + "_wide", in, "w")
                .named(scope + "/net.1/Relu", "Relu", out + "_relu", out + "_wide")
                .named(scope + "/net.2/MatMul", "MatMul", out, out + "_relu", "w");
    }

    /** Self-attention and feed-forward, each added to what enters it. */
    static void block(TinyModel model, String scope, String in, String out) {
        model.named(scope + "/norm1/LayerNormalization", "LayerNormalization", out + "_norm1", in, "w");
        attention(model, scope + "/attn1", out + "_norm1", out + "_norm1", out + "_attn");
        model.named(scope + "/Add", "Add", out + "_x", in, out + "_attn");
        feedForward(model, scope + "/ff", out + "_x", out + "_ff");
        model.named(scope + "/Add_1", "Add", out, out + "_x", out + "_ff");
    }

    static AnalyzedGraph analyze(TinyModel tiny, Path folder) throws IOException {
        return analyze(tiny, folder, CutOptions.DEFAULTS);
    }

    static AnalyzedGraph analyze(TinyModel tiny, Path folder, CutOptions options) throws IOException {
        OnnxModel model = tiny.write(folder);
        Graph graph = model.graph();
        TensorTypes types = TensorTypes.infer(model, Map.of());
        return new AnalyzedGraph(
                graph,
                ModulePaths.read(graph),
                new Dependence(graph),
                new ShapePropagation(graph, types),
                new InputRoleFinder(graph, types, options.timestep()).find(),
                options);
    }
}
