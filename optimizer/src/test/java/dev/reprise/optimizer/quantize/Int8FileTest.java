package dev.reprise.optimizer.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.model.WeightRange;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.optimizer.rewrite.Int8Store;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Int8FileTest {
    @TempDir
    private Path folder;

    /** Channels of a layer with 3 inputs: one with its largest number below zero, one of zeros. */
    private static final float[][] CHANNELS = {{0.5f, -2, 1}, {0, 0, 0}};

    @Test
    void scalesEachOutputChannelByItsLargestMagnitude() throws IOException {
        float[] rows = {CHANNELS[0][0], CHANNELS[1][0], CHANNELS[0][1], CHANNELS[1][1], CHANNELS[0][2], CHANNELS[1][2]};
        assertQuantized(put(rows, false, 3, 2).orElseThrow());
    }

    @Test
    void turnsTransposedWeights() throws IOException {
        float[] rows = {0.5f, -2, 1, 0, 0, 0};
        assertQuantized(put(rows, true, 2, 3).orElseThrow());
    }

    @Test
    void refusesNumbersThatAreNotFinite() throws IOException {
        assertThat(put(new float[] {1, 2, Float.NaN, 4}, false, 2, 2)).isEmpty();
        assertThat(put(new float[] {1, 2, Float.POSITIVE_INFINITY, 4}, true, 2, 2))
                .isEmpty();
    }

    private void assertQuantized(Int8Store.Stored stored) throws IOException {
        assertThat(stored.weight().getDimsList()).isEqualTo(List.of(3L, 2L));
        assertThat(content(stored.weight()).array()).containsExactly(32, 0, -127, 0, 64, 0);
        ByteBuffer scales = content(stored.scale());
        assertThat(scales.getFloat()).isEqualTo(2f / 127);
        assertThat(scales.getFloat()).isZero();
    }

    private ByteBuffer content(TensorProto tensor) throws IOException {
        WeightRange range = WeightRange.of(tensor);
        assertThat(range.offset() % 64).isZero();
        byte[] file = Files.readAllBytes(folder.resolve(range.location()));
        byte[] content = new byte[(int) range.length()];
        System.arraycopy(file, (int) range.offset(), content, 0, content.length);
        return ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    }

    private Optional<Int8Store.Stored> put(float[] values, boolean transposed, long... shape) throws IOException {
        ByteBuffer content =
                ByteBuffer.allocate(4 + values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        content.putInt(0);
        for (float value : values) {
            content.putFloat(value);
        }
        String source = "weights" + transposed + ".bin";
        Files.write(folder.resolve(source), content.array());
        TensorProto weight = new WeightRange(source, 4, values.length * (long) Float.BYTES)
                .applyTo(TensorProto.newBuilder()
                        .setName("w")
                        .setDataType(TensorProto.DataType.FLOAT_VALUE)
                        .addDims(shape[0])
                        .addDims(shape[1]))
                .build();
        try (Int8File file = new Int8File(folder, "int8" + transposed + ".bin")) {
            return file.put(weight, transposed, "w_int8", "w_scale");
        }
    }
}
