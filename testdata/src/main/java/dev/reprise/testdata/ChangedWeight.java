package dev.reprise.testdata;

import com.google.protobuf.ByteString;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.TensorProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** A model with one weight that is another. */
public final class ChangedWeight {
    private ChangedWeight() {}

    /**
     * Writes a copy of a model in which every byte of one weight is 0x3f: 0.747 in single precision.
     *
     * @param weight name of an initializer with raw data
     * @param target the copy
     * @return the copy
     */
    public static Path write(Path model, String weight, Path target) throws IOException {
        ModelProto.Builder changed = ModelProto.parseFrom(Files.readAllBytes(model)).toBuilder();
        TensorProto.Builder tensor = changed.getGraphBuilder().getInitializerBuilderList().stream()
                .filter(initializer -> initializer.getName().equals(weight) && initializer.hasRawData())
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException(model + " has no weight '" + weight + "' with raw data"));
        byte[] bytes = new byte[tensor.getRawData().size()];
        Arrays.fill(bytes, (byte) 0x3f);
        tensor.setRawData(ByteString.copyFrom(bytes));
        return Files.write(target, changed.build().toByteArray());
    }
}
