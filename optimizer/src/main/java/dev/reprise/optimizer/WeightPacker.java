package dev.reprise.optimizer;

import dev.reprise.graph.OnnxModel;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.StringStringEntryProto;
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

    private record Range(String location, long offset, long length) {}

    private final OnnxModel model;
    private final FileChannel target;
    private final Map<Range, Long> packed = new HashMap<>();
    private long end;

    WeightPacker(OnnxModel model, Path folder) throws IOException {
        this.model = model;
        this.target = FileChannel.open(folder.resolve(FILE), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    List<String> files() {
        return List.of(FILE);
    }

    ModelProto pack(ModelProto segment) throws IOException {
        return segment.toBuilder().setGraph(pack(segment.getGraph())).build();
    }

    @Override
    public void close() throws IOException {
        target.close();
    }

    private GraphProto pack(GraphProto graph) throws IOException {
        GraphProto.Builder packedGraph = graph.toBuilder();
        for (int i = 0; i < graph.getInitializerCount(); i++) {
            packedGraph.setInitializer(i, pack(graph.getInitializer(i)));
        }
        for (int i = 0; i < graph.getNodeCount(); i++) {
            NodeProto node = graph.getNode(i);
            NodeProto.Builder packedNode = node.toBuilder();
            for (int j = 0; j < node.getAttributeCount(); j++) {
                AttributeProto attribute = node.getAttribute(j);
                if (attribute.hasT()) {
                    packedNode.setAttribute(j, attribute.toBuilder().setT(pack(attribute.getT())));
                } else if (attribute.hasG()) {
                    packedNode.setAttribute(j, attribute.toBuilder().setG(pack(attribute.getG())));
                }
            }
            packedGraph.setNode(i, packedNode);
        }
        return packedGraph.build();
    }

    private TensorProto pack(TensorProto tensor) throws IOException {
        if (tensor.getDataLocation() != TensorProto.DataLocation.EXTERNAL) {
            return tensor;
        }
        Map<String, String> entries = new HashMap<>();
        tensor.getExternalDataList().forEach(entry -> entries.put(entry.getKey(), entry.getValue()));
        String location = entries.getOrDefault("location", "");
        Path source = model.directory().resolve(location);
        try (FileChannel from = FileChannel.open(source, StandardOpenOption.READ)) {
            long offset = Long.parseLong(entries.getOrDefault("offset", "0"));
            long length = entries.containsKey("length") ? Long.parseLong(entries.get("length")) : from.size() - offset;
            Range range = new Range(location, offset, length);
            Long at = packed.get(range);
            if (at == null) {
                at = (end + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
                copy(from, offset, length, at);
                packed.put(range, at);
                end = at + length;
            }
            return tensor.toBuilder()
                    .clearExternalData()
                    .addExternalData(entry("location", FILE))
                    .addExternalData(entry("offset", Long.toString(at)))
                    .addExternalData(entry("length", Long.toString(length)))
                    .build();
        }
    }

    private void copy(FileChannel from, long offset, long length, long at) throws IOException {
        target.position(at);
        long done = 0;
        while (done < length) {
            long count = from.transferTo(offset + done, length - done, target);
            if (count <= 0) {
                throw new IOException("weights end early: " + done + " of " + length + " bytes at offset " + offset);
            }
            done += count;
        }
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }
}
