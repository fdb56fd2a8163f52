package dev.reprise.optimizer.bundle;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.graph.model.WeightRange;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.FunctionProto;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.SparseTensorProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.optimizer.inline.UniqueNames;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Copies the byte ranges that segments refer to into one file of the bundle, each once, aligned for mapping. Where weights are stored in a
 * type of half the size, a cast stands in front of each large one:
 *
 * <pre>
 *   before   w in float32 ─▶ MatMul
 *   after    w_float16 ─▶ Cast to float32 ─ w ─▶ MatMul
 * </pre>
 */
final class WeightPacker implements Closeable {
    /** Cache lines and vector loads want it. */
    private static final long ALIGNMENT = 64;

    /** Bytes of a weight that is worth a cast. */
    private static final long LARGE = 1 << 10;

    private final String file;
    private final Path source;
    private final FileChannel target;
    private final @Nullable ElementType halves;
    private final UniqueNames unique;
    /** Names of weights in the type of half the size: the same in every segment. */
    private final Map<String, String> halfNames = new HashMap<>();

    /** Names of initializers that {@link #halve} placed. */
    private final Set<String> done = new HashSet<>();

    private final Map<Stored, WeightRange> packed = new HashMap<>();
    private long end;

    /** @param halved whether it is stored in the type of half the size */
    private record Stored(WeightRange range, boolean halved) {}

    /** @param halves the type that large float32 weights are stored in, null for their own */
    WeightPacker(OnnxModel model, Path folder, @Nullable ElementType halves) throws IOException {
        this.file = file(halves);
        this.source = model.directory();
        this.halves = halves;
        this.unique = new UniqueNames(model.proto().getGraph());
        this.target = FileChannel.open(folder.resolve(file), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    /** Name of the file in the bundle: {@code weights.bin}, or {@code weights-float16.bin}. */
    static String file(@Nullable ElementType halves) {
        return halves == null ? "weights.bin" : "weights-" + word(halves) + ".bin";
    }

    private static String word(ElementType type) {
        return type.name().toLowerCase(Locale.ROOT);
    }

    ModelProto pack(ModelProto segment) throws IOException {
        ModelProto.Builder result = segment.toBuilder();
        if (halves != null) {
            halve(result.getGraphBuilder(), halves);
        }
        result.setGraph(pack(result.getGraph()));
        for (FunctionProto.Builder function : result.getFunctionsBuilderList()) {
            for (NodeProto.Builder node : function.getNodeBuilderList()) {
                pack(node);
            }
        }
        return result.build();
    }

    @Override
    public void close() throws IOException {
        target.close();
    }

    /** Large weights of the main graph; what is in the bodies of loops and in functions stays. */
    private void halve(GraphProto.Builder graph, ElementType type) throws IOException {
        List<NodeProto> casts = new ArrayList<>();
        for (TensorProto.Builder tensor : graph.getInitializerBuilderList()) {
            if (!isLarge(tensor)) {
                continue;
            }
            String name = tensor.getName();
            String stored = halfNames.computeIfAbsent(name, weight -> unique.like(weight + "_" + word(type)));
            casts.add(NodeProto.newBuilder()
                    .setOpType("Cast")
                    .setName(stored + "_cast")
                    .addInput(stored)
                    .addOutput(name)
                    .addAttribute(AttributeProto.newBuilder()
                            .setName("to")
                            .setType(AttributeProto.AttributeType.INT)
                            .setI(ElementType.FLOAT.code()))
                    .build());
            WeightRange range = WeightRange.of(tensor.build());
            WeightRange copy = packed.get(new Stored(range, true));
            if (copy == null) {
                copy = place(range.length() / 2);
                HalfWeights.write(source.resolve(range.location()), range, type, target, copy.offset(), name);
                packed.put(new Stored(range, true), copy);
            }
            copy.applyTo(tensor.setName(stored).setDataType(type.code()));
            done.add(stored);
        }
        List<NodeProto> nodes = graph.getNodeList();
        graph.clearNode().addAllNode(casts).addAllNode(nodes);
    }

    private static boolean isLarge(TensorProto.Builder tensor) {
        return tensor.getDataType() == ElementType.FLOAT.code()
                && tensor.getDimsCount() > 1
                && WeightRange.isExternal(tensor.build())
                && WeightRange.of(tensor.build()).length() >= LARGE;
    }

    private WeightRange place(long length) {
        WeightRange range = new WeightRange(file, (end + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT, length);
        end = range.offset() + length;
        return range;
    }

    private GraphProto pack(GraphProto graph) throws IOException {
        GraphProto.Builder result = graph.toBuilder();
        for (TensorProto.Builder tensor : result.getInitializerBuilderList()) {
            pack(tensor);
        }
        for (SparseTensorProto.Builder tensor : result.getSparseInitializerBuilderList()) {
            pack(tensor);
        }
        for (NodeProto.Builder node : result.getNodeBuilderList()) {
            pack(node);
        }
        return result.build();
    }

    private void pack(NodeProto.Builder node) throws IOException {
        for (AttributeProto.Builder attribute : node.getAttributeBuilderList()) {
            if (attribute.hasT()) {
                pack(attribute.getTBuilder());
            }
            if (attribute.hasG()) {
                attribute.setG(pack(attribute.getG()));
            }
            if (attribute.hasSparseTensor()) {
                pack(attribute.getSparseTensorBuilder());
            }
            for (TensorProto.Builder tensor : attribute.getTensorsBuilderList()) {
                pack(tensor);
            }
            for (SparseTensorProto.Builder tensor : attribute.getSparseTensorsBuilderList()) {
                pack(tensor);
            }
            for (int i = 0; i < attribute.getGraphsCount(); i++) {
                attribute.setGraphs(i, pack(attribute.getGraphs(i)));
            }
        }
    }

    private void pack(SparseTensorProto.Builder tensor) throws IOException {
        pack(tensor.getValuesBuilder());
        pack(tensor.getIndicesBuilder());
    }

    private void pack(TensorProto.Builder tensor) throws IOException {
        TensorProto stored = tensor.build();
        if (!WeightRange.isExternal(stored) || done.contains(stored.getName())) {
            return;
        }
        WeightRange range = WeightRange.of(stored);
        WeightRange copy = packed.get(new Stored(range, false));
        if (copy == null) {
            copy = place(range.length());
            copy(range, copy.offset());
            packed.put(new Stored(range, false), copy);
        }
        copy.applyTo(tensor);
    }

    private void copy(WeightRange range, long at) throws IOException {
        target.position(at);
        try (FileChannel from = FileChannel.open(source.resolve(range.location()), StandardOpenOption.READ)) {
            long done = 0;
            while (done < range.length()) {
                long count = from.transferTo(range.offset() + done, range.length() - done, target);
                if (count <= 0) {
                    throw new IOException("weights in " + range.location() + " end early: " + done + " of "
                            + range.length() + " bytes at offset " + range.offset());
                }
                done += count;
            }
        }
    }
}
