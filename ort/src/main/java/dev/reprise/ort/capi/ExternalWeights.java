package dev.reprise.ort.capi;

import ai.onnxruntime.OnnxJavaType;
import dev.reprise.graph.Bodies;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.model.Folder;
import dev.reprise.graph.model.WeightRange;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.ort.element.ElementTypes;
import dev.reprise.ort.element.WeightContent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Which weights of a model can be handed to ONNX Runtime as memory that is mapped here, and their memory.
 *
 * <p>What is left out stays with ONNX Runtime, which then reads it or says what is wrong with it: weights outside the folder or beyond
 * the end of their file, of 2 GiB and more, of element types that ONNX Runtime's Java package has no name for.
 */
public final class ExternalWeights {
    /** Below that a copy per session costs less than the call that shares it. */
    private static final long SMALLEST = 64 << 10;

    private final Folder folder;

    /** One weight: what it is called in its model, and what it is. */
    public record Weight(String name, WeightContent content, OnnxJavaType type) {}

    /** @throws InvalidModelException when there is no such folder */
    public ExternalWeights(Path folder) {
        this.folder = Folder.of(folder);
    }

    /** The weights of a graph that can be mapped. */
    public List<Weight> of(GraphProto graph) {
        // ONNX Runtime looks shared weights up by name alone, so a name must mean one weight.
        Set<String> shadowed = new HashSet<>();
        for (GraphProto body : Bodies.within(graph)) {
            body.getInitializerList().forEach(tensor -> shadowed.add(tensor.getName()));
        }
        List<Weight> weights = new ArrayList<>();
        for (TensorProto tensor : graph.getInitializerList()) {
            if (WeightRange.isExternal(tensor) && !shadowed.contains(tensor.getName())) {
                add(tensor, weights);
            }
        }
        return weights;
    }

    private void add(TensorProto tensor, List<Weight> weights) {
        try {
            WeightContent content = WeightContent.of(tensor);
            OnnxJavaType javaType = ElementTypes.java(content.type());
            WeightRange range = content.range();
            if (javaType != null
                    && range.length() >= SMALLEST
                    && range.length() <= Integer.MAX_VALUE
                    && range.length() == content.type().bytes(content.shape())
                    && range.offset() <= Files.size(folder.file(range.location())) - range.length()) {
                weights.add(new Weight(tensor.getName(), content, javaType));
            }
        } catch (InvalidModelException | IllegalArgumentException | IOException e) {
            // ONNX Runtime refuses such a weight when it opens the model, and says why.
        }
    }

    /** The content, backed by the file: it takes memory as it is read, and the operating system may take that back. */
    public ByteBuffer map(WeightRange range) throws IOException {
        try (FileChannel channel = FileChannel.open(folder.file(range.location()), StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, range.offset(), range.length())
                    .order(ByteOrder.nativeOrder());
        }
    }
}
