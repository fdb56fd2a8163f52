package dev.reprise.cli.fuzz;

import com.google.protobuf.ByteString;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.StringStringEntryProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.graph.onnx.TensorShapeProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/** Changes a few things in a model: nodes, attributes, edges, dimensions, stored tensors, versions. It stays valid protobuf. */
final class ModelMutator {
    private static final long[] NUMBERS = {
        0, 1, -1, 2, -2, 3, 16, 1000, Integer.MAX_VALUE, Integer.MIN_VALUE, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE
    };
    private static final List<String> OPERATORS = List.of(
            "Add",
            "MatMul",
            "Gemm",
            "Softmax",
            "Reshape",
            "Transpose",
            "Concat",
            "Slice",
            "Split",
            "Gather",
            "Shape",
            "Identity",
            "Cast",
            "Conv",
            "Einsum",
            "Attention",
            "LayerNormalization",
            "Range",
            "Tile",
            "Expand",
            "Where",
            "Constant",
            "ConstantOfShape",
            "If",
            "Loop",
            "Dropout",
            "RandomNormalLike",
            "SequenceConstruct",
            "Nonsense",
            "");
    private static final List<String> TEXTS = List.of(
            "",
            " ",
            "/",
            "..",
            "../../etc/passwd",
            "a\nb",
            "a\u0000b",
            "\u202e",
            "ä",
            "%s%n",
            "/blocks.0/attn/MatMul",
            "blocks.18446744073709551616",
            "*/_ORT_MEM_ADDR_/*",
            "n".repeat(70_000),
            "ij,jk->ik",
            "...,->",
            "->");

    private final Random random;

    ModelMutator(Random random) {
        this.random = random;
    }

    ModelProto mutate(ModelProto model) {
        ModelProto.Builder mutated = model.toBuilder();
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            change(mutated);
        }
        return mutated.build();
    }

    private void change(ModelProto.Builder model) {
        GraphProto.Builder graph = model.getGraphBuilder();
        switch (random.nextInt(12)) {
            case 0 -> model.setIrVersion(number());
            case 1 -> {
                if (model.getOpsetImportCount() > 0) {
                    model.getOpsetImportBuilder(0).setVersion(number()).setDomain(text());
                }
            }
            case 2 -> borders(graph);
            case 3, 4 -> withTensor(graph, this::change);
            case 5 -> nodes(graph);
            default -> withNode(graph, node -> change(node, graph));
        }
    }

    /** Inputs and outputs of the graph. */
    private void borders(GraphProto.Builder graph) {
        switch (random.nextInt(6)) {
            case 0 -> graph.clearOutput();
            case 1 -> graph.clearInput();
            case 2 -> graph.addOutput(ValueInfoProto.newBuilder().setName(name(graph)));
            case 3 -> graph.addInput(ValueInfoProto.newBuilder().setName(name(graph)));
            default -> {
                if (graph.getInputCount() > 0) {
                    shape(graph.getInputBuilder(random.nextInt(graph.getInputCount())));
                }
            }
        }
    }

    private void shape(ValueInfoProto.Builder value) {
        TensorShapeProto.Builder shape =
                value.getTypeBuilder().getTensorTypeBuilder().getShapeBuilder();
        switch (random.nextInt(5)) {
            case 0 -> value.clearType();
            case 1 -> value.getTypeBuilder().getTensorTypeBuilder().setElemType((int) number());
            case 2 -> shape.addDimBuilder().setDimValue(number());
            default -> {
                if (shape.getDimCount() > 0) {
                    TensorShapeProto.Dimension.Builder dim = shape.getDimBuilder(random.nextInt(shape.getDimCount()));
                    if (random.nextBoolean()) {
                        dim.setDimValue(number());
                    } else {
                        dim.setDimParam(text());
                    }
                }
            }
        }
    }

    /** The list of nodes as a whole. */
    private void nodes(GraphProto.Builder graph) {
        if (graph.getNodeCount() == 0) {
            return;
        }
        int at = random.nextInt(graph.getNodeCount());
        switch (random.nextInt(4)) {
            case 0 -> graph.removeNode(at);
            case 1 -> graph.addNode(graph.getNode(at));
            case 2 -> {
                int other = random.nextInt(graph.getNodeCount());
                NodeProto moved = graph.getNode(at);
                graph.setNode(at, graph.getNode(other)).setNode(other, moved);
            }
            default -> {
                for (int i = 0; i < 40 && at < graph.getNodeCount(); i++) {
                    graph.removeNode(at);
                }
            }
        }
    }

    private void change(NodeProto.Builder node, GraphProto.Builder graph) {
        switch (random.nextInt(9)) {
            case 0 -> node.setOpType(OPERATORS.get(random.nextInt(OPERATORS.size())));
            case 1 -> node.setName(text());
            case 2 -> node.setDomain(random.nextBoolean() ? "com.microsoft" : text());
            case 3 -> {
                if (node.getInputCount() > 0) {
                    node.setInput(random.nextInt(node.getInputCount()), name(graph));
                }
            }
            case 4 -> {
                if (node.getOutputCount() > 0) {
                    node.setOutput(random.nextInt(node.getOutputCount()), name(graph));
                }
            }
            case 5 -> node.clearInput();
            case 6 ->
                node.addMetadataProps(StringStringEntryProto.newBuilder()
                        .setKey("namespace")
                        .setValue(": M/" + text() + ": C/" + text()));
            case 7 -> node.addInput(name(graph)).addOutput(text());
            default -> attribute(node);
        }
    }

    private void attribute(NodeProto.Builder node) {
        if (node.getAttributeCount() == 0 || random.nextInt(5) == 0) {
            node.addAttribute(AttributeProto.newBuilder()
                    .setName(List.of("axis", "axes", "perm", "equation", "value", "allowzero", "num_heads")
                            .get(random.nextInt(7)))
                    .setType(AttributeProto.AttributeType.forNumber(1 + random.nextInt(8)))
                    .setI(number())
                    .addInts(number())
                    .addInts(number())
                    .setS(ByteString.copyFromUtf8(text())));
            return;
        }
        AttributeProto.Builder attribute = node.getAttributeBuilder(random.nextInt(node.getAttributeCount()));
        switch (random.nextInt(6)) {
            case 0 -> attribute.setI(number());
            case 1 -> attribute.addInts(number());
            case 2 -> attribute.clearInts();
            case 3 -> attribute.setS(ByteString.copyFromUtf8(text()));
            case 4 -> attribute.setType(AttributeProto.AttributeType.forNumber(random.nextInt(14)));
            default -> {
                if (attribute.hasT()) {
                    change(attribute.getTBuilder());
                } else {
                    attribute.setG(GraphProto.newBuilder()
                            .addNode(NodeProto.newBuilder().setOpType("Add").addInput(text())));
                }
            }
        }
    }

    private void change(TensorProto.Builder tensor) {
        switch (random.nextInt(7)) {
            case 0 -> tensor.setDataType((int) number());
            case 1 -> tensor.addDims(number());
            case 2 -> tensor.clearDims();
            case 3 -> tensor.clearRawData();
            case 4 -> tensor.setName(text());
            case 5 ->
                tensor.setDataLocation(TensorProto.DataLocation.EXTERNAL)
                        .clearRawData()
                        .addExternalData(entry("location", text()))
                        .addExternalData(entry("offset", Long.toString(number())))
                        .addExternalData(entry("length", Long.toString(number())));
            default -> {
                if (tensor.getDimsCount() > 0) {
                    tensor.setDims(random.nextInt(tensor.getDimsCount()), number());
                }
            }
        }
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    private void withNode(GraphProto.Builder graph, Consumer<NodeProto.Builder> change) {
        if (graph.getNodeCount() > 0) {
            change.accept(graph.getNodeBuilder(random.nextInt(graph.getNodeCount())));
        }
    }

    private void withTensor(GraphProto.Builder graph, Consumer<TensorProto.Builder> change) {
        if (graph.getInitializerCount() > 0) {
            change.accept(graph.getInitializerBuilder(random.nextInt(graph.getInitializerCount())));
        }
    }

    /** The name of a value that there is, mostly. */
    private String name(GraphProto.Builder graph) {
        if (graph.getNodeCount() > 0 && random.nextInt(4) > 0) {
            NodeProto node = graph.getNode(random.nextInt(graph.getNodeCount()));
            List<String> names = random.nextBoolean() ? node.getInputList() : node.getOutputList();
            if (!names.isEmpty()) {
                return names.get(random.nextInt(names.size()));
            }
        }
        return text();
    }

    private long number() {
        return NUMBERS[random.nextInt(NUMBERS.length)];
    }

    private String text() {
        return TEXTS.get(random.nextInt(TEXTS.size()));
    }
}
