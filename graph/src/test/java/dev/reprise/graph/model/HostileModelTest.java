package dev.reprise.graph.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.TensorProto;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is wrong with a file, one line says so. */
class HostileModelTest {
    @TempDir
    private Path temp;

    private Path folder;

    @BeforeEach
    void weights() throws IOException {
        folder = temp.toRealPath();
        Files.write(folder.resolve("short.bin"), new byte[100]);
        Path outside = Files.createDirectory(folder.resolve("outside"));
        Files.createDirectory(folder.resolve("inside"));
        Files.write(outside.resolve("w.bin"), new byte[4 * ModelFiles.ELEMENTS]);
        Files.createSymbolicLink(folder.resolve("inside/link.bin"), outside.resolve("w.bin"));
    }

    static Stream<Arguments> notOnnx() {
        return Stream.of(
                arguments("", "the file is empty"),
                arguments(
                        "<!DOCTYPE html><html>404</html>", "not an ONNX model: it looks like an HTML or XML document"),
                arguments("  {\"error\": \"not found\"}", "not an ONNX model: it looks like a JSON document"),
                arguments("PK\3\4rest of it", "not an ONNX model: it looks like a zip archive"),
                arguments("\u0089PNG\r\n\u001a\nrest", "not an ONNX model: it looks like a PNG image"),
                arguments("\u00ff\u00d8\u00ff\u00e0rest", "not an ONNX model: it looks like a JPEG image"),
                arguments("GGUF\3\0\0\0", "not an ONNX model: it looks like a GGUF model"),
                arguments("\u0089HDF\r\n\u001a\n", "not an ONNX model: it looks like an HDF5 file"),
                arguments("\u0080\2}q\0.", "not an ONNX model: it looks like a Python pickle"),
                arguments("\20\0\0\0\0\0\0\0{\"a\":{}}        ", "not an ONNX model: it looks like a safetensors file"),
                arguments("\b\0\0\0\0\0\0\0{      }", "not an ONNX model: it looks like a safetensors file"),
                arguments("\30\0\0\0ORTM\0\0", "not an ONNX model: it looks like a model in ONNX Runtime's own format"),
                arguments(
                        "version https://git-lfs.github.com/spec/v1\noid",
                        "not an ONNX model: it looks like a Git LFS pointer"),
                arguments("Dear reader\n", "not an ONNX model: it looks like a text file"),
                arguments(
                        "\0\0\0\0",
                        "not a valid ONNX model at offset 0: expected a protobuf field, found the number 0"),
                arguments(
                        "\b\u00ff",
                        "not a valid ONNX model at offset 1: expected a complete varint, found the end of the file"),
                arguments(
                        "\b" + "\u00ff".repeat(11),
                        "not a valid ONNX model at offset 1: expected a varint of at most 10 bytes"),
                arguments(
                        "\b\10\13\1\14",
                        "not a valid ONNX model at offset 3: expected a protobuf field of ModelProto, found wire"
                                + " type 3"),
                arguments(
                        "\b\10\15\1\1",
                        "not a valid ONNX model at offset 3: expected 4 bytes, found the end of the file (5 bytes"),
                arguments("\b\10", "not an ONNX model: it has no graph"),
                arguments("\72\0", "not an ONNX model: it has no ir_version"),
                arguments(
                        "\b\10\72\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\1",
                        "not a valid ONNX model at offset 3: graph of ModelProto should be 18446744073709551615 bytes"
                                + " long, found 0 up to the end of the file (13 bytes; truncated?)"));
    }

    @ParameterizedTest
    @MethodSource
    void notOnnx(String content, String message) throws IOException {
        refuses(content.getBytes(StandardCharsets.ISO_8859_1), message);
    }

    static Stream<Arguments> models() {
        return Stream.of(
                arguments(ModelFiles.nested(40), "messages are nested deeper than 100 levels"),
                arguments(weight().setDims(0, -512), "tensor 'w': dimensions must not be negative, were [-512]"),
                arguments(
                        weight().addDims(Long.MAX_VALUE),
                        "tensor 'w': no memory can hold the shape [512, 9223372036854775807]"),
                arguments(
                        weight().setDims(0, Long.MAX_VALUE),
                        "tensor 'w': no memory can hold the shape [9223372036854775807]"),
                arguments(
                        weight().setDims(0, 500),
                        "tensor 'w' of type FLOAT and shape [500] needs 2000 bytes, found 2048"),
                arguments(weight().setDims(0, 5), "tensor 'w' of type FLOAT and shape [5] needs 20 bytes, found 2048"),
                arguments(weight().setDataType(77), "tensor 'w': unknown tensor element type code 77"),
                arguments(weight().setDataType(0), "tensor 'w': unknown tensor element type code 0"),
                arguments(weight().setDataType(8), "tensor 'w' holds strings outside of string_data"),
                arguments(weight().setName(""), "an initializer has no name"),
                arguments(twice(), "initializer 'w' is defined twice"),
                arguments(
                        weight().setDataLocation(TensorProto.DataLocation.EXTERNAL),
                        "a tensor has both raw_data and data_location EXTERNAL"),
                arguments(
                        external(null, "0", "2048"),
                        "tensor 'w' is external and has no external_data entry 'location'"),
                arguments(external("gone.bin", "0", "2048"), "weights of tensor 'w': file 'gone.bin' is missing in "),
                arguments(external("outside", "0", "2048"), "weights of tensor 'w': file 'outside' in "),
                arguments(
                        external("../w.bin", "0", "2048"),
                        "weights of tensor 'w': file name '../w.bin' must be a relative path inside the folder,"
                                + " without '..'"),
                arguments(
                        external("/etc/passwd", "0", "2048"),
                        "weights of tensor 'w': file name '/etc/passwd' must be a relative path inside the folder,"
                                + " without '..'"),
                arguments(external("", "0", "2048"), "weights of tensor 'w': file name '' must be a relative path"),
                arguments(
                        external("a\0b\nc", "0", "2048"), "weights of tensor 'w': file name 'a?b?c' is no valid path"),
                arguments(
                        external("short.bin", "0", "2048"),
                        "tensor 'w' is stored at offset 0, length 2048 of 'short.bin', which has only 100 bytes"),
                arguments(
                        external("short.bin", "9223372036854775807", "2048"),
                        "tensor 'w' is stored at offset 9223372036854775807, length 2048 of 'short.bin', which has"
                                + " only"),
                arguments(
                        external("short.bin", "-1", "2048"),
                        "external_data entry 'offset' of tensor 'w' must be a number of bytes, was '-1'"),
                arguments(
                        external("short.bin", "0", "many"),
                        "external_data entry 'length' of tensor 'w' must be a number of bytes, was 'many'"),
                arguments(
                        external("short.bin", "0", "100"),
                        "tensor 'w' of type FLOAT and shape [512] needs 2048 bytes, found 100"),
                arguments(
                        new WeightRange("short.bin", 0, 100)
                                .applyTo(weight().setDims(0, 25))
                                .setRawData(ByteString.copyFromUtf8("merged in")),
                        "a tensor has both raw_data and data_location EXTERNAL"),
                arguments(weight().setName("a\nb\u001b[31m").setDims(0, 5), "tensor 'a?b?[31m' of type FLOAT"),
                arguments(merged(), "tensor 'w' has both raw_data and data_location EXTERNAL"),
                arguments(repeated(), "tensor 'w' has two external_data entries 'location'"),
                arguments(unmade(), "reads 'nowhere', but no node, input or initializer makes it"));
    }

    @ParameterizedTest
    @MethodSource
    void models(Object model, String message) throws IOException {
        ModelProto.Builder whole = model instanceof TensorProto.Builder weight
                ? ModelFiles.withWeight(weight)
                : (ModelProto.Builder) model;
        refuses(whole.build().toByteArray(), message);
    }

    @Test
    void refusesLinksThatLeaveTheFolder() throws IOException {
        byte[] content =
                ModelFiles.withWeight(external("link.bin", "0", "2048")).build().toByteArray();
        Path file = Files.write(folder.resolve("inside/model.onnx"), content);

        assertThatThrownBy(() -> OnnxModel.read(file))
                .isInstanceOf(InvalidModelException.class)
                .hasMessage(file + ": weights of tensor 'w': file 'link.bin' is a link that leaves "
                        + folder.resolve("inside") + ": it points to " + folder.resolve("outside/w.bin"));
    }

    @Test
    void refusesWhatIsNoFile() {
        assertThatThrownBy(() -> OnnxModel.read(folder))
                .isInstanceOf(InvalidModelException.class)
                .hasMessage(folder + ": expected an ONNX file, found a folder");
        assertThatThrownBy(() -> OnnxModel.read(folder.resolve("gone.onnx")))
                .isInstanceOf(InvalidModelException.class)
                .hasMessage(folder.resolve("gone.onnx") + ": no such file");
    }

    /** A prefix is refused unless it happens to end behind the graph, where only trailing fields are lost. */
    @Test
    void refusesEveryTruncation() throws IOException {
        byte[] whole = ModelFiles.add().build().toByteArray();
        int graph = ModelFiles.add().build().getGraph().getSerializedSize();
        for (int length = 0; length < 5 + graph; length++) {
            refuses(Arrays.copyOf(whole, length), "");
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void survivesRandomDamage(long seed) throws IOException {
        Random random = new Random(seed);
        byte[] whole =
                ModelFiles.nested(3).mergeFrom(ModelFiles.add().build()).build().toByteArray();
        for (int round = 0; round < 500; round++) {
            byte[] damaged = whole.clone();
            for (int i = random.nextInt(4); i >= 0; i--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            try {
                OnnxModel.read(Files.write(folder.resolve("model.onnx"), damaged));
            } catch (InvalidModelException e) {
                assertThat(e).hasMessageNotContaining("\n");
            }
        }
    }

    private void refuses(byte[] content, String message) throws IOException {
        Path file = Files.write(folder.resolve("model.onnx"), content);
        assertThatThrownBy(() -> OnnxModel.read(file))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining(message)
                .hasMessageNotContaining("\n");
    }

    private static TensorProto.Builder weight() {
        return ModelFiles.weight("w");
    }

    private static TensorProto.Builder external(String location, String offset, String length) {
        return ModelFiles.external(location, offset, length);
    }

    private static TensorProto.Builder repeated() {
        TensorProto.Builder weight = external("short.bin", "0", "2048");
        ModelFiles.entry(weight, "location", "short.bin");
        return weight;
    }

    private static ModelProto.Builder twice() {
        ModelProto.Builder model = ModelFiles.add();
        model.getGraphBuilder().addInitializer(weight());
        return model;
    }

    /** Protobuf merges the two halves: an external tensor with raw data, which the scanner sees one after the other. */
    private static ModelProto.Builder merged() {
        ByteString second = TensorProto.newBuilder()
                .setRawData(ByteString.copyFromUtf8("second"))
                .build()
                .toByteString();
        AttributeProto.Builder halves = AttributeProto.newBuilder()
                .setT(weight())
                .setUnknownFields(UnknownFieldSet.newBuilder()
                        .addField(
                                AttributeProto.T_FIELD_NUMBER,
                                UnknownFieldSet.Field.newBuilder()
                                        .addLengthDelimited(second)
                                        .build())
                        .build());
        ModelProto.Builder model = ModelFiles.add();
        model.getGraphBuilder().getNodeBuilder(0).addAttribute(halves);
        return model;
    }

    private static ModelProto.Builder unmade() {
        return ModelFiles.model(GraphProto.newBuilder()
                .addNode(NodeProto.newBuilder()
                        .setOpType("Relu")
                        .addInput("nowhere")
                        .addOutput("y")));
    }
}
