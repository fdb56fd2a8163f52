package dev.reprise.ort;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions;
import com.google.protobuf.ByteString;
import dev.reprise.graph.Bodies;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.model.Folder;
import dev.reprise.graph.model.WeightRange;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.ort.capi.WeightReaders;
import dev.reprise.ort.element.WeightContent;
import dev.reprise.ort.provider.ExecutionProvider;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Weights that are read into memory once and shared by all sessions, where {@link WeightReaders} lets them. Afterwards nothing depends on the files: a mapped file that
 * somebody truncates ends the process.
 */
public final class WeightsInMemory implements Weights {
    private final Folder folder;
    private final Map<WeightContent, OnnxTensor> tensors = new HashMap<>();

    /** @param folder that the locations of external weights are relative to */
    public WeightsInMemory(Path folder) {
        this.folder = Folder.of(folder);
    }

    @Override
    public Opened open(OrtEnvironment environment, ModelProto model, SessionOptions options, ExecutionProvider provider)
            throws OrtException {
        refuseBodies(model.getGraph());
        // ONNX Runtime looks whether the files are there, but reads none of them.
        WeightFolder.resolve(folder.path(), options);
        Set<String> sharable = WeightReaders.readAlone(model.getGraph(), WeightReaders.LEAVING_WEIGHTS_ALONE);
        GraphProto.Builder graph = model.getGraph().toBuilder();
        for (int i = 0; i < graph.getInitializerCount(); i++) {
            TensorProto weight = graph.getInitializer(i);
            if (!WeightRange.isExternal(weight)) {
                continue;
            }
            if (sharable.contains(weight.getName())) {
                options.addInitializer(weight.getName(), tensor(weight));
            } else {
                graph.setInitializer(i, inMessage(weight));
            }
        }
        ModelProto read = model.toBuilder().setGraph(graph).build();
        return new Opened(environment.createSession(read.toByteArray(), options), Map.of());
    }

    /** The weight with its content, for ONNX Runtime to change as it likes. */
    private TensorProto inMessage(TensorProto weight) {
        ByteBuffer content = read(weight.getName(), WeightContent.of(weight).range());
        return weight.toBuilder()
                .clearExternalData()
                .clearDataLocation()
                .setRawData(ByteString.copyFrom(content))
                .build();
    }

    private synchronized OnnxTensor tensor(TensorProto weight) throws OrtException {
        WeightContent content = WeightContent.of(weight);
        OnnxTensor known = tensors.get(content);
        if (known == null) {
            known = NativeTensors.create(read(weight.getName(), content.range()), content.type(), content.shape());
            tensors.put(content, known);
        }
        return known;
    }

    private ByteBuffer read(String name, WeightRange range) {
        if (range.length() > Integer.MAX_VALUE) {
            throw new InvalidModelException(
                    "weight '" + name + "' has " + range.length()
                            + " bytes; ONNX Runtime's Java API takes less than 2 GiB from memory: open the model without weights in memory");
        }
        Path file = folder.file(range.location());
        ByteBuffer content = ByteBuffer.allocateDirect((int) range.length()).order(ByteOrder.nativeOrder());
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            range.read(channel, 0, content);
        } catch (IOException e) {
            throw new InvalidModelException(file + ": cannot be read: " + e.getMessage(), e);
        }
        return content.flip();
    }

    /** ONNX Runtime takes initializers from memory by name alone, and none of a body. */
    private static void refuseBodies(GraphProto graph) {
        for (GraphProto body : Bodies.within(graph)) {
            for (TensorProto weight : body.getInitializerList()) {
                if (WeightRange.isExternal(weight)) {
                    throw new InvalidModelException("weight '" + weight.getName()
                            + "' belongs to the body of an If, Loop or Scan: it cannot be held in memory");
                }
            }
        }
    }

    @Override
    public synchronized void close() {
        tensors.values().forEach(OnnxTensor::close);
        tensors.clear();
    }
}
