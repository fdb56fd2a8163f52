package dev.reprise.optimizer.bundle;

import dev.reprise.graph.model.OnnxModel;
import dev.reprise.graph.model.WeightRange;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.FunctionProto;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.SparseTensorProto;
import dev.reprise.graph.onnx.TensorProto;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Copies the byte ranges that segments refer to into one file of the bundle, each once, aligned for mapping. */
final class WeightPacker implements Closeable {
    private static final String FILE = "weights.bin";
    /** Cache lines and vector loads want it. */
    private static final long ALIGNMENT = 64;

    private final Path source;
    private final FileChannel target;
    private final Map<WeightRange, WeightRange> packed = new HashMap<>();
    private long end;

    WeightPacker(OnnxModel model, Path folder) throws IOException {
        this.source = model.directory();
        this.target = FileChannel.open(folder.resolve(FILE), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    static List<String> files() {
        return List.of(FILE);
    }

    ModelProto pack(ModelProto segment) throws IOException {
        ModelProto.Builder result = segment.toBuilder().setGraph(pack(segment.getGraph()));
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
        if (!WeightRange.isExternal(stored)) {
            return;
        }
        WeightRange range = WeightRange.of(stored);
        WeightRange copy = packed.get(range);
        if (copy == null) {
            copy = new WeightRange(FILE, (end + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT, range.length());
            copy(range, copy.offset());
            packed.put(range, copy);
            end = copy.offset() + copy.length();
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
