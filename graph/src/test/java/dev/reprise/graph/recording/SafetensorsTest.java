package dev.reprise.graph.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.InvalidModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SafetensorsTest {
    @TempDir
    private Path folder;

    @Test
    void readsWhatItWrote() throws IOException {
        Path file = folder.resolve("a.safetensors");
        try (SafetensorsWriter writer = SafetensorsWriter.create(file)) {
            writer.add("flag", tensor(ElementType.BOOL, List.of(3L)));
            writer.add("none", tensor(ElementType.FLOAT, List.of(0L, 4L)));
            writer.add("scalar", tensor(ElementType.INT64, List.of()));
            writer.add("matrix", tensor(ElementType.FLOAT16, List.of(2L, 3L)));
            writer.finish();
        }

        Safetensors read = Safetensors.read(file);
        assertThat(read.names()).containsExactly("flag", "none", "scalar", "matrix");
        assertThat(read.tensor("flag")).isEqualTo(tensor(ElementType.BOOL, List.of(3L)));
        assertThat(read.tensor("none")).isEqualTo(tensor(ElementType.FLOAT, List.of(0L, 4L)));
        assertThat(read.tensor("scalar")).isEqualTo(tensor(ElementType.INT64, List.of()));
        assertThat(read.tensor("matrix")).isEqualTo(tensor(ElementType.FLOAT16, List.of(2L, 3L)));
        assertThat(read.tensor("matrix").data().order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
        assertThat(folder).isDirectoryContaining("glob:**a.safetensors");
        assertThat(folder.toFile().list()).containsExactly("a.safetensors");
    }

    @Test
    void aTensorThatWasReadIsNotTiedToTheFile() throws IOException {
        Path file = folder.resolve("a.safetensors");
        try (SafetensorsWriter writer = SafetensorsWriter.create(file)) {
            writer.add("x", tensor(ElementType.FLOAT, List.of(5L)));
            writer.finish();
        }
        StoredTensor read = Safetensors.read(file).tensor("x");

        Files.write(file, new byte[(int) Files.size(file)], StandardOpenOption.WRITE);

        assertThat(read).isEqualTo(tensor(ElementType.FLOAT, List.of(5L)));
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {
                "BOOL",
                "U?INT(8|16|32|64)",
                "FLOAT",
                "FLOAT16",
                "BFLOAT16",
                "DOUBLE",
                "FLOAT8E4M3FN",
                "FLOAT8E5M2",
                "COMPLEX64"
            },
            mode = EnumSource.Mode.MATCH_ANY)
    void keepsEveryElementType(ElementType type) throws IOException {
        Path file = folder.resolve("a.safetensors");
        try (SafetensorsWriter writer = SafetensorsWriter.create(file)) {
            writer.add("x", tensor(type, List.of(5L)));
            writer.finish();
        }

        assertThat(Safetensors.read(file).tensor("x")).isEqualTo(tensor(type, List.of(5L)));
    }

    @Test
    void leavesNothingUnlessFinished() throws IOException {
        try (SafetensorsWriter writer = SafetensorsWriter.create(folder.resolve("a.safetensors"))) {
            writer.add("x", tensor(ElementType.FLOAT, List.of(2L)));
            assertThatThrownBy(() -> writer.add("x", tensor(ElementType.FLOAT, List.of(2L))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("tensor 'x' is written twice");
            assertThatThrownBy(() -> writer.add("y", tensor(ElementType.UINT4, List.of(2L))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("tensor 'y': safetensors has no element type UINT4");
        }

        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void refusesContentThatDoesNotFitTheShape() {
        assertThatThrownBy(() -> new StoredTensor(ElementType.FLOAT, List.of(2L), ByteBuffer.allocate(4)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a tensor of type FLOAT and shape [2] needs 8 bytes, found 4");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[]                                                                  | the header must be an object",
                "{\"x\"                                                              | not valid JSON: Unexpected"
                        + " end-of-input",
                "{\"x\":1}                                                           | tensor 'x': the document must"
                        + " be an object",
                "{\"x\":{\"shape\":[1],\"data_offsets\":[0,4]}}                      | tensor 'x': field 'dtype' is"
                        + " missing",
                "{\"x\":{\"dtype\":\"F7\",\"shape\":[1],\"data_offsets\":[0,4]}}     | tensor 'x': dtype must be one"
                        + " of [BOOL, U8,",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}   | tensor 'x': dimensions must not"
                        + " be negative, were [-1]",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,8],\"data_offsets\":[0,4]}} | tensor 'x': no"
                        + " memory can hold the shape",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}    | tensor 'x': F32 of shape [2]"
                        + " needs 8 bytes, data_offsets hold 4",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}    | tensor 'x': data_offsets must"
                        + " be begin and end, were [4, 0]",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}      | tensor 'x': data_offsets must"
                        + " be begin and end, were [0]",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}   | tensor 'x': data_offsets must"
                        + " be begin and end, were [-4, 0]",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}}   | tensor 'x': data ends at 12,"
                        + " but the file holds only 8 bytes of data",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,99999999999999999999]}} | tensor 'x':"
                        + " field 'data_offsets[1]': Numeric value (99999999999999999999) out of range of long",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"y\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[3,5]}}"
                        + " | tensor 'y' overlaps another one",
                "{\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}"
                        + " | not valid JSON: Duplicate field 'x'",
            })
    void refusesHeadersThatDoNotFit(String header, String message) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        Path file = file(json.length, json, 8);

        assertThatThrownBy(() -> Safetensors.read(file))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(message)
                .hasMessageNotContaining("\n");
    }

    @Test
    void refusesWhatIsNoSafetensorsFile() throws IOException {
        Path shortFile = Files.write(folder.resolve("short"), new byte[3]);

        assertThatThrownBy(() -> Safetensors.read(folder.resolve("gone"))).hasMessageEndingWith("gone: no such file");
        assertThatThrownBy(() -> Safetensors.read(folder)).hasMessageEndingWith(": no such file");
        assertThatThrownBy(() -> Safetensors.read(shortFile))
                .hasMessageEndingWith("expected a header of 2 to 2 bytes, found a file of 3 bytes");
        assertThatThrownBy(() -> Safetensors.read(file(100, new byte[10], 0)))
                .hasMessageEndingWith("expected a header of 2 to 10 bytes, found 100 bytes");
        assertThatThrownBy(() -> Safetensors.read(file(-1, new byte[10], 0)))
                .hasMessageEndingWith("expected a header of 2 to 10 bytes, found 18446744073709551615 bytes");
    }

    @Test
    void ignoresMetadataAndNamesWhatIsMissing() throws IOException {
        byte[] json = "{\"__metadata__\":{\"format\":\"pt\"}}".getBytes(StandardCharsets.UTF_8);
        Safetensors read = Safetensors.read(file(json.length, json, 0));

        assertThat(read.names()).isEmpty();
        assertThatThrownBy(() -> read.tensor("x"))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageEndingWith("there is no tensor 'x'");
    }

    private Path file(long length, byte[] header, int data) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(8 + header.length + data).order(ByteOrder.LITTLE_ENDIAN);
        content.putLong(length).put(header);
        return Files.write(folder.resolve("file"), content.array());
    }

    private static StoredTensor tensor(ElementType type, List<Long> shape) {
        byte[] content = new byte[(int) type.bytes(shape)];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) (i * 7 + 1);
        }
        return new StoredTensor(type, shape, ByteBuffer.wrap(content));
    }
}
