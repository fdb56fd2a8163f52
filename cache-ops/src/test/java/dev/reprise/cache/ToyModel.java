package dev.reprise.cache;

import dev.reprise.cache.math.Tensor;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.bundle.BlockChain;
import dev.reprise.graph.bundle.InputRoles;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Module;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.graph.bundle.Provenance;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.graph.bundle.UNet;
import dev.reprise.graph.bundle.WeightFiles;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A transformer of four blocks whose tensors are sums, so that every value can be worked out by hand:
 *
 * <pre>
 *   x  = 2·latents                e⁰ = text
 *   a_k = w·x_{k−1}               attention of block k, w = 0.1·k·(1 + timestep/1000)
 *   h^k = h^{k−1} + a_k + 0.1·e   e^k = e^{k−1} + 0.1·a_k
 *   proj_out = −h⁴                output = proj_out
 * </pre>
 *
 * {@link #withHint} adds a control hint of {@code 0.1·text} to the hidden states between blocks 2 and 3.
 */
public final class ToyModel {
    static final int BLOCKS = 4;

    private final Map<String, Function<TestStep, Tensor>> tensors = new LinkedHashMap<>();
    private final List<Segment> segments = new ArrayList<>();
    private final List<Module> modules = new ArrayList<>();
    private final List<String> outputs = new ArrayList<>(List.of("sample"));
    private BlockChain chain;
    private UNet unet;
    private final boolean dynamicBatch;
    private final String list;

    private ToyModel(String list, boolean text, boolean dynamicBatch) {
        this.list = list;
        this.dynamicBatch = dynamicBatch;
        tensors.put("x", step -> combine(step, 2, step.input("hidden_states")));
        if (text) {
            tensors.put("e0", step -> step.input("encoder_hidden_states"));
        }
        segment("x", "hidden_states");
        segment("e0", "encoder_hidden_states");
        segment("m", "x");
        List<BlockChain.Block> blocks = new ArrayList<>();
        for (int k = 1; k <= BLOCKS; k++) {
            String before = k == 1 ? "x" : "h" + (k - 1);
            String path = list + "." + (k - 1);
            int block = k;
            String textBefore = "e" + (k - 1);
            tensors.put(
                    "a" + k,
                    step -> combine(step, (float) (0.1 * block * (1 + step.timestep() / 1000)), step.value(before)));
            tensors.put("h" + k, step -> {
                Tensor sum = step.math().add(step.value(before), step.value("a" + block));
                return text ? step.math().combine(List.of(1f, 0.1f), List.of(sum, step.value(textBefore))) : sum;
            });
            if (text) {
                tensors.put(
                        "e" + k,
                        step -> step.math()
                                .combine(List.of(1f, 0.1f), List.of(step.value(textBefore), step.value("a" + block))));
            }
            segment("a" + k, before);
            segment("h" + k, text ? List.of(before, "a" + k, textBefore) : List.of(before, "a" + k));
            if (text) {
                segment("e" + k, textBefore, "a" + k);
            }
            List<String> outputs = text ? List.of("h" + k, "e" + k) : List.of("h" + k);
            modules.add(module(path, ModuleKind.TRANSFORMER_BLOCK, outputs));
            modules.add(module(path + ".attn1", ModuleKind.SELF_ATTENTION, List.of("a" + k)));
            blocks.add(new BlockChain.Block(path, "h" + k, text ? "e" + k : null));
        }
        modules.add(module("proj_out", ModuleKind.FINAL_PROJECTION, List.of("sample")));
        tensors.put("m", step -> combine(step, (float) (1 + step.timestep() / 1000), step.value("x")));
        segment("sample", text ? List.of("h" + BLOCKS, "e" + BLOCKS) : List.of("h" + BLOCKS));
        tensors.put("sample", step -> {
            Tensor end = combine(step, -1, step.value("h" + BLOCKS));
            return text ? step.math().subtract(end, step.value("e" + BLOCKS)) : end;
        });
        chain = new BlockChain("x", text ? "e0" : null, "m", blocks);
    }

    private void segment(String output, String... inputs) {
        segment(output, List.of(inputs));
    }

    private void segment(String output, List<String> inputs) {
        segments.add(new Segment(output + ".onnx", inputs, List.of(output), List.of(), 0, 0));
    }

    /** One stream of hidden states. */
    public static ToyModel singleStream() {
        return new ToyModel("transformer_blocks", false, true);
    }

    /** Hidden states and an encoder stream, whose end the output needs. */
    public static ToyModel doubleStream() {
        return new ToyModel("transformer_blocks", true, true);
    }

    /** Blocks in a list of another name. */
    public static ToyModel named(String list) {
        return new ToyModel(list, false, true);
    }

    public static ToyModel staticBatch() {
        return new ToyModel("transformer_blocks", false, false);
    }

    /** Makes every second attention one of another kind. */
    public ToyModel withCrossAttention() {
        for (int k = 2; k <= BLOCKS; k += 2) {
            String path = list + "." + (k - 1) + ".attn1";
            modules.replaceAll(module ->
                    module.path().equals(path) ? module(path, ModuleKind.CROSS_ATTENTION, module.outputs()) : module);
        }
        return this;
    }

    /** Takes away what locating blocks would have found. */
    public ToyModel withoutBlocks() {
        modules.clear();
        chain = null;
        return this;
    }

    /** Adds a hint to the hidden states on their way from block 2 to block 3. */
    public ToyModel withHint() {
        tensors.put("hint", step -> combine(step, 0.1f, step.input("encoder_hidden_states")));
        tensors.put("s2", step -> step.math().add(step.value("h2"), step.value("hint")));
        tensors.put("a3", step -> combine(step, (float) (0.1 * 3 * (1 + step.timestep() / 1000)), step.value("s2")));
        tensors.put("h3", step -> step.math().add(step.value("s2"), step.value("a3")));
        segment("hint", "encoder_hidden_states");
        segment("s2", "h2", "hint");
        segments.removeIf(
                segment -> segment.outputs().contains("a3") || segment.outputs().contains("h3"));
        segment("a3", "s2");
        segment("h3", "s2", "a3");
        List<BlockChain.Block> blocks = new ArrayList<>(chain.blocks());
        blocks.set(1, new BlockChain.Block(blocks.get(1).path(), "h2", null, List.of("hint")));
        chain = new BlockChain("x", null, "m", blocks);
        return this;
    }

    /** Adds a second output, {@code pair}, of twice the batch. */
    public ToyModel withPair() {
        tensors.put("pair", step -> step.math().concatBatch(step.value("x"), step.value("x")));
        segment("pair", "x");
        outputs.add("pair");
        return this;
    }

    /** As if the last two blocks read skip connections too: what enters them is {@code h2} and {@code h3}. */
    public ToyModel asUNet() {
        unet = new UNet(List.of(
                new UNet.Skip(0, 0, "conv_in", list + ".3", "h3"),
                new UNet.Skip(1, 0, list + ".0", list + ".2", "h2")));
        return this;
    }

    public ToyModel withoutModulatedInput() {
        chain = new BlockChain("x", chain.encoderHiddenStates(), null, chain.blocks());
        return this;
    }

    List<String> outputs() {
        return outputs;
    }

    Tensor compute(String tensor, TestStep step) {
        Function<TestStep, Tensor> function = tensors.get(tensor);
        if (function == null) {
            throw new AssertionError("no tensor " + tensor);
        }
        return function.apply(step);
    }

    public Manifest manifest() {
        List<Long> shape = dynamicBatch ? List.of(-1L, 1L, 4L, 4L) : List.of(2L, 1L, 4L, 4L);
        List<TensorSpec> inputs = List.of(
                spec("hidden_states", shape),
                spec("encoder_hidden_states", shape),
                spec("timestep", dynamicBatch ? List.of(-1L) : List.of(2L)));
        return new Manifest(
                Manifest.VERSION,
                new Provenance("test", "toy.onnx", "", "", 8, Map.of("", 17L), "torchscript", "", null),
                new WeightFiles(".", List.of()),
                inputs,
                outputs.stream().map(name -> spec(name, shape)).toList(),
                new InputRoles("hidden_states", "timestep", 1),
                tensors.keySet().stream().map(name -> spec(name, shape)).toList(),
                segments,
                modules,
                chain,
                unet,
                null,
                List.of(),
                null,
                List.of(),
                null);
    }

    private static TensorSpec spec(String name, List<Long> shape) {
        return new TensorSpec(name, ElementType.FLOAT, shape, List.of(), null);
    }

    private static Module module(String path, ModuleKind kind, List<String> outputs) {
        return new Module(path, kind, null, List.of(), outputs, List.of(), 0, 0);
    }

    private static Tensor combine(TestStep step, float factor, Tensor tensor) {
        return step.math().combine(List.of(factor), List.of(tensor));
    }
}
