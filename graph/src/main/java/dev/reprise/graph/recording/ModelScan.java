package dev.reprise.graph.recording;

import com.google.common.hash.Hashing;
import com.google.protobuf.ByteString;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.bundle.Bundle;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.graph.model.Folder;
import dev.reprise.graph.model.WeightRange;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.SparseTensorProto;
import dev.reprise.graph.onnx.TensorProto;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Takes the fingerprint of a cut model: reads every segment, and every weight once. Names, documentation and metadata that change no
 * result do not count.
 */
public final class ModelScan {
    private static final int CHUNK = 1 << 20;

    private final Folder folder;
    private final Map<String, String> nodes = new HashMap<>();
    private final Map<String, String> weights = new HashMap<>();

    private ModelScan(Path weightFolder) {
        folder = Folder.of(weightFolder);
    }

    /**
     * The fingerprint of a bundle's model.
     *
     * @throws InvalidModelException when a segment or its weights cannot be read
     */
    public static ModelFingerprint of(Bundle bundle) {
        ModelScan scan = new ModelScan(bundle.weights().folder());
        for (Segment segment : bundle.manifest().segments()) {
            scan.add(bundle.segment(segment).getGraph(), "");
        }
        Segment defaults = bundle.manifest().defaults();
        if (defaults != null) {
            scan.add(bundle.segment(defaults).getGraph(), "");
        }
        return new ModelFingerprint(scan.nodes, scan.weights);
    }

    /** @param within what stands before the names inside of a body: they need not be unique in the model */
    private void add(GraphProto graph, String within) {
        for (TensorProto tensor : graph.getInitializerList()) {
            weight(within + tensor.getName(), tensor);
        }
        for (SparseTensorProto sparse : graph.getSparseInitializerList()) {
            String name = within + sparse.getValues().getName();
            weight(name, sparse.getValues());
            weight(name + "/indices", sparse.getIndices());
        }
        for (NodeProto node : graph.getNodeList()) {
            String name = within + name(node);
            // Constants are copied into every segment that reads them.
            if (!nodes.containsKey(name)) {
                nodes.put(name, describe(node, name));
            }
        }
    }

    private static String name(NodeProto node) {
        return node.getOutputList().stream()
                .filter(output -> !output.isEmpty())
                .findFirst()
                .orElse(node.getName());
    }

    private String describe(NodeProto node, String name) {
        NodeProto.Builder plain = node.toBuilder()
                .clearName()
                .clearDocString()
                .clearMetadataProps()
                .clearAttribute();
        for (AttributeProto attribute : node.getAttributeList()) {
            plain.addAttribute(plain(attribute, name));
        }
        String hash = Hashing.sha256()
                .hashBytes(plain.build().toByteArray())
                .toString()
                .substring(0, 12);
        return node.getOpType() + " " + hash;
    }

    /** An attribute without the contents of tensors, which count as weights, and without bodies, whose nodes count by themselves. */
    private AttributeProto plain(AttributeProto attribute, String node) {
        AttributeProto.Builder plain = attribute.toBuilder().clearDocString().clearGraphs();
        if (attribute.hasT()) {
            weight(node, attribute.getT());
            plain.clearT();
        }
        if (attribute.hasG()) {
            add(attribute.getG(), node + "/" + attribute.getName() + "/");
            plain.clearG();
        }
        for (int i = 0; i < attribute.getGraphsCount(); i++) {
            add(attribute.getGraphs(i), node + "/" + attribute.getName() + i + "/");
        }
        return plain.build();
    }

    private void weight(String name, TensorProto tensor) {
        if (weights.containsKey(name)) {
            return;
        }
        CRC32C crc = new CRC32C();
        if (WeightRange.isExternal(tensor)) {
            read(WeightRange.of(tensor), crc);
        } else if (tensor.hasRawData()) {
            update(crc, tensor.getRawData());
        } else {
            update(crc, tensor.toBuilder().clearName().clearDocString().build().toByteString());
        }
        String shape = String.join(
                "x", tensor.getDimsList().stream().map(String::valueOf).toList());
        weights.put(
                name,
                ElementType.of(tensor.getDataType()).name().toLowerCase(Locale.ROOT) + " " + shape
                        + String.format(Locale.ROOT, " %08x", crc.getValue()));
    }

    private static void update(CRC32C crc, ByteString bytes) {
        bytes.asReadOnlyByteBufferList().forEach(crc::update);
    }

    private void read(WeightRange range, CRC32C crc) {
        Path file = folder.file(range.location());
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(CHUNK, Math.max(1, range.length())));
            for (long done = 0; done < range.length(); ) {
                chunk.clear().limit((int) Math.min(chunk.capacity(), range.length() - done));
                int count = channel.read(chunk, range.offset() + done);
                if (count < 0) {
                    throw new InvalidModelException(file + ": the file became shorter while it was read");
                }
                crc.update(chunk.flip());
                done += count;
            }
        } catch (IOException e) {
            throw new InvalidModelException(file + ": cannot be read: " + e, e);
        }
    }
}
