package dev.reprise.runtime;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.bundle.BlockChain;
import dev.reprise.graph.bundle.InputRoles;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.ManifestFile;
import dev.reprise.graph.bundle.Module;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.graph.bundle.Provenance;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.graph.bundle.WeightCheck;
import dev.reprise.graph.bundle.WeightFiles;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.OperatorSetIdProto;
import dev.reprise.graph.onnx.StringStringEntryProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.graph.onnx.TensorShapeProto;
import dev.reprise.graph.onnx.TypeProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A transformer of two blocks that one can calculate in one's head, cut by hand. Its one weight stands in a file beside the bundle.
 *
 * <pre>
 *   latents [batch, 4]   timestep [1]        text [2, 4]
 *        │                  │ s0 ·0.5             │ s1 MatMul(W), sum over all
 *        │                temb [1]            context [1]
 *        └── s2 add ───────┘                      │
 *               x ── s3 · ── attn1 ◀──────────────┤
 *               x + attn1 ── s4 ── h1             │
 *                   h1 ── s5 · ── attn2 ◀─────────┘
 *                   h1 + attn2 ── s6 ── h2
 *                   h2 · 2 ── s7 ── sample [batch, 4]
 * </pre>
 */
public final class TinyModel {
    public static final int SEGMENTS = 8;
    public static final int MULTIPLY_ADDS = 10;
    private static final float WEIGHT = 0.25f;

    private static final List<Part> PARTS = List.of(
            new Part(
                    List.of("timestep"), "temb", List.of("timestep"), List.of(node("Mul", "temb", "timestep", "half"))),
            new Part(
                    List.of("text"),
                    "context",
                    List.of("text"),
                    List.of(
                            node("MatMul", "projected", "text", "weight"),
                            node("ReduceSum", "total", "projected"),
                            node("Reshape", "context", "total", "one"))),
            new Part(
                    List.of("latents", "temb"),
                    "x",
                    List.of("latents", "timestep"),
                    List.of(node("Add", "x", "latents", "temb"))),
            new Part(
                    List.of("x", "context"),
                    "attn1",
                    List.of("latents", "timestep", "text"),
                    List.of(node("Mul", "attn1", "x", "context"))),
            new Part(
                    List.of("x", "attn1"),
                    "h1",
                    List.of("latents", "timestep", "text"),
                    List.of(node("Add", "h1", "x", "attn1"))),
            new Part(
                    List.of("h1", "context"),
                    "attn2",
                    List.of("latents", "timestep", "text"),
                    List.of(node("Mul", "attn2", "h1", "context"))),
            new Part(
                    List.of("h1", "attn2"),
                    "h2",
                    List.of("latents", "timestep", "text"),
                    List.of(node("Add", "h2", "h1", "attn2"))),
            new Part(
                    List.of("h2"),
                    "sample",
                    List.of("latents", "timestep", "text"),
                    List.of(node("Mul", "sample", "h2", "two"))));

    private final Path bundle;
    private final Path original;

    private TinyModel(Path bundle, Path original) {
        this.bundle = bundle;
        this.original = original;
    }

    private record Part(List<String> inputs, String output, List<String> dependsOn, List<NodeProto> nodes) {}

    /** Writes the bundle, its weight file and the unsplit model. */
    public static TinyModel write(Path folder) {
        return write(folder, "latents");
    }

    /** The same with a manifest that names another input as the latents, or none. */
    public static TinyModel write(Path folder, @Nullable String latents) {
        try {
            Path bundle = Files.createDirectory(folder.resolve("bundle"));
            ByteBuffer weights = ByteBuffer.allocate(16 * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            while (weights.hasRemaining()) {
                weights.putFloat(WEIGHT);
            }
            Files.write(folder.resolve("weights.bin"), weights.array());
            List<Segment> segments = new ArrayList<>();
            List<NodeProto> all = new ArrayList<>();
            for (Part part : PARTS) {
                String file = "s" + segments.size() + ".onnx";
                Files.write(
                        bundle.resolve(file),
                        model(part.inputs(), List.of(part.output()), part.nodes())
                                .toByteArray());
                segments.add(
                        new Segment(file, part.inputs(), List.of(part.output()), part.dependsOn(), MULTIPLY_ADDS, 0));
                all.addAll(part.nodes());
            }
            Path original = folder.resolve("model.onnx");
            Files.write(
                    original,
                    model(List.of("latents", "timestep", "text"), List.of("sample"), all)
                            .toByteArray());
            WeightFiles found = new WeightFiles("..", WeightCheck.fingerprint(folder, List.of("weights.bin")));
            ManifestFile.write(manifest(segments, found, latents), bundle);
            return new TinyModel(bundle, original);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Path bundle() {
        return bundle;
    }

    Path original() {
        return original;
    }

    /** What the model computes, by hand. */
    public static float[] expected(float[] latents, float timestep, float[] text) {
        float context = 0;
        for (float element : text) {
            context += element * WEIGHT * 4;
        }
        float[] sample = new float[latents.length];
        for (int i = 0; i < sample.length; i++) {
            float x = latents[i] + timestep / 2;
            float h1 = x + x * context;
            sample[i] = 2 * (h1 + h1 * context);
        }
        return sample;
    }

    private static Manifest manifest(List<Segment> segments, WeightFiles weights, @Nullable String latents) {
        List<TensorSpec> tensors = new ArrayList<>();
        for (Part part : PARTS) {
            tensors.add(spec(part.output()));
        }
        return new Manifest(
                Manifest.VERSION,
                new Provenance("test", "model.onnx", "0", "test", 8, Map.of("", 18L), "unknown", "", null),
                weights,
                List.of(spec("latents"), spec("timestep"), spec("text")),
                List.of(spec("sample")),
                new InputRoles(latents, "timestep", 1),
                tensors,
                segments,
                List.of(
                        module("blocks.0", ModuleKind.TRANSFORMER_BLOCK, "h1", 3, 4),
                        module("blocks.0.attn", ModuleKind.SELF_ATTENTION, "attn1", 3),
                        module("blocks.1", ModuleKind.TRANSFORMER_BLOCK, "h2", 5, 6),
                        module("blocks.1.attn", ModuleKind.SELF_ATTENTION, "attn2", 5)),
                new BlockChain(
                        "x",
                        null,
                        null,
                        List.of(
                                new BlockChain.Block("blocks.0", "h1", null),
                                new BlockChain.Block("blocks.1", "h2", null))),
                null,
                null,
                List.of(),
                null,
                List.of(),
                null);
    }

    private static Module module(String path, ModuleKind kind, String output, Integer... segments) {
        return new Module(
                path,
                kind,
                null,
                List.of(),
                List.of(output),
                List.of(segments),
                (long) MULTIPLY_ADDS * segments.length,
                0);
    }

    private static TensorSpec spec(String name) {
        return switch (name) {
            case "timestep", "temb", "context" ->
                new TensorSpec(name, ElementType.FLOAT, List.of(1L), List.of(), List.of(1L));
            case "text" -> new TensorSpec(name, ElementType.FLOAT, List.of(2L, 4L), List.of(), List.of(2L, 4L));
            default -> new TensorSpec(name, ElementType.FLOAT, List.of(-1L, 4L), List.of("batch", ""), List.of(1L, 4L));
        };
    }

    private static ModelProto model(List<String> inputs, List<String> outputs, List<NodeProto> nodes) {
        GraphProto.Builder graph = GraphProto.newBuilder().setName("tiny").addAllNode(nodes);
        inputs.forEach(input -> graph.addInput(declare(input)));
        outputs.forEach(output -> graph.addOutput(declare(output)));
        for (NodeProto node : nodes) {
            for (String input : node.getInputList()) {
                switch (input) {
                    case "half" -> graph.addInitializer(scalar(input, 0.5f));
                    case "two" -> graph.addInitializer(scalar(input, 2));
                    case "one" ->
                        graph.addInitializer(TensorProto.newBuilder()
                                .setName(input)
                                .setDataType(TensorProto.DataType.INT64_VALUE)
                                .addDims(1)
                                .addInt64Data(1));
                    case "weight" -> graph.addInitializer(weight());
                    default -> {
                        // A value.
                    }
                }
            }
        }
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(18))
                .setGraph(graph)
                .build();
    }

    private static NodeProto node(String operator, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setOpType(operator)
                .setName(output)
                .addAllInput(List.of(inputs))
                .addOutput(output)
                .build();
    }

    private static TensorProto scalar(String name, float value) {
        return TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.FLOAT_VALUE)
                .addFloatData(value)
                .build();
    }

    private static TensorProto weight() {
        return TensorProto.newBuilder()
                .setName("weight")
                .setDataType(TensorProto.DataType.FLOAT_VALUE)
                .addDims(4)
                .addDims(4)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(entry("location", "weights.bin"))
                .addExternalData(entry("offset", "0"))
                .addExternalData(entry("length", "64"))
                .build();
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    private static ValueInfoProto declare(String name) {
        TypeProto.Tensor.Builder type = TypeProto.Tensor.newBuilder().setElemType(TensorProto.DataType.FLOAT_VALUE);
        if (name.equals("latents") || name.equals("timestep") || name.equals("text")) {
            TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
            for (long dimension : spec(name).shape()) {
                shape.addDim(
                        dimension < 0
                                ? TensorShapeProto.Dimension.newBuilder().setDimParam("batch")
                                : TensorShapeProto.Dimension.newBuilder().setDimValue(dimension));
            }
            type.setShape(shape);
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder().setTensorType(type))
                .build();
    }
}
