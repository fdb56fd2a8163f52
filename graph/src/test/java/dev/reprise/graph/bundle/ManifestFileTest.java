package dev.reprise.graph.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.json.JsonFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ManifestFileTest {
    @TempDir
    private Path bundle;

    @BeforeEach
    void segments() throws IOException {
        Files.createDirectory(bundle.resolve("segments"));
        Files.createFile(bundle.resolve("segments/000.onnx"));
        Files.createFile(bundle.resolve("segments/001.onnx"));
        Files.createDirectory(bundle.resolve("rewritten"));
        Files.createFile(bundle.resolve("rewritten/001.onnx"));
    }

    @Test
    void readsWhatItWrote() {
        ManifestFile.write(manifest(), bundle);

        assertThat(ManifestFile.read(bundle)).isEqualTo(manifest());
    }

    @Test
    void writesTheSameBytesEachTime() throws IOException {
        ManifestFile.write(manifest(), bundle);
        byte[] first = Files.readAllBytes(bundle.resolve("manifest.json"));
        ManifestFile.write(manifest(), bundle);

        assertThat(bundle.resolve("manifest.json")).hasBinaryContent(first);
        assertThat(bundle).isDirectoryNotContaining("glob:**unfinished");
    }

    @Test
    void leavesNothingWhenPartsDoNotFit() {
        Manifest broken = edited(
                json -> ((ObjectNode) json.at("/modules/0")).putArray("outputs").add("nowhere"));

        assertThatThrownBy(() -> ManifestFile.write(broken, bundle))
                .isInstanceOf(InvalidModelException.class)
                .hasMessage("module 'blocks.0': there is no tensor 'nowhere' in tensors, inputs or outputs");
        assertThat(bundle.resolve("manifest.json")).doesNotExist();
    }

    @Test
    void writesNothingThatItWouldNotRead() {
        String name = "n".repeat(65_536);
        Manifest broken = edited(json -> at(json, "/provenance/opsets").put(name, 1));

        assertThatThrownBy(() -> ManifestFile.write(broken, bundle))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("Name length (65536) exceeds the maximum allowed (50000)");
        assertThat(bundle.resolve("manifest.json")).doesNotExist();
    }

    @Test
    void keepsWhatIsAddedBetweenBlocks() {
        Manifest added =
                edited(json -> at(json, "/chain/blocks/0").putArray("added").add("latents"));
        ManifestFile.write(added, bundle);

        BlockChain chain = ManifestFile.read(bundle).chain();
        assertThat(chain).isNotNull();
        assertThat(chain.first().added()).containsExactly("latents");
    }

    @Test
    void leavesOutWhatIsNotAdded() {
        ObjectNode json = JsonFile.mapper().valueToTree(manifest());

        assertThat(json.at("/chain/blocks/0").has("added")).isFalse();
        assertThat(JsonFile.record(json, Manifest.class)).isEqualTo(manifest());
    }

    @Test
    void namesWhatIsNoBundle() throws IOException {
        Path file = Files.createFile(bundle.resolve("file"));

        assertThatThrownBy(() -> ManifestFile.read(bundle))
                .hasMessage(bundle + ": not a bundle: it has no manifest.json");
        assertThatThrownBy(() -> ManifestFile.read(file))
                .hasMessage(file + ": expected a bundle (a folder), found a file");
        assertThatThrownBy(() -> ManifestFile.read(bundle.resolve("x")))
                .hasMessage(bundle.resolve("x") + ": no such bundle");
    }

    @Test
    void namesAMissingSegmentFile() throws IOException {
        ManifestFile.write(manifest(), bundle);
        Files.delete(bundle.resolve("segments/001.onnx"));

        assertThatThrownBy(() -> ManifestFile.read(bundle))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("file 'segments/001.onnx' is missing in ");
    }

    static Stream<Arguments> notJson() {
        return Stream.of(
                Arguments.of("", ": expected JSON, found nothing"),
                Arguments.of("{\n  \"version\": x}", ":2:14: not valid JSON: Unrecognized token 'x'"),
                Arguments.of("{\"version\": 1", ":1:14: not valid JSON: Unexpected end-of-input"),
                Arguments.of(
                        "{\"version\": 1} 2",
                        ":1:16: not valid JSON: Trailing token (of type VALUE_NUMBER_INT) found after value"),
                Arguments.of("{\"version\": 1, \"version\": 1}", ":1:25: not valid JSON: Duplicate field 'version'"),
                Arguments.of(
                        "[".repeat(100_000),
                        ": not valid JSON: Document nesting depth (65) exceeds the maximum allowed (64)"),
                Arguments.of("[]", ": not a manifest: it has no field 'version'"),
                Arguments.of("{}", ": not a manifest: it has no field 'version'"),
                Arguments.of(
                        "{\"version\": 1}",
                        ": manifest version 1 is older than 2, which this build reads; optimize the model again"),
                Arguments.of(
                        "{\"version\": 3}",
                        ": manifest version 3 is newer than 2, which this build reads; use the Reprise that wrote it, "
                                + "or optimize the model again"));
    }

    @ParameterizedTest
    @MethodSource
    void notJson(String content, String message) throws IOException {
        Files.writeString(bundle.resolve("manifest.json"), content);

        assertThatThrownBy(() -> ManifestFile.read(bundle))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageStartingWith(bundle.resolve("manifest.json") + message)
                .hasMessageNotContaining("\n");
    }

    static Stream<Arguments> doesNotFit() {
        return Stream.of(
                edit(json -> json.remove("tensors"), "field 'tensors' is missing"),
                edit(
                        json -> json.put("segmentz", 1),
                        "unknown field 'segmentz'; known here are [chain, defaults, inputs,"),
                edit(json -> json.putNull("weights"), "field 'weights' must not be null"),
                edit(json -> json.put("segments", "all"), "field 'segments' must be an array"),
                edit(json -> at(json, "/segments/1").remove("file"), "field 'segments[1].file' is missing"),
                edit(json -> at(json, "/segments/1").put("file", 7), "field 'segments[1].file' must be a string"),
                edit(
                        json -> at(json, "/segments/0").put("multiply_adds", 1.5),
                        "field 'segments[0].multiply_adds' must be a whole number of 64 bits"),
                edit(
                        json -> at(json, "/inputs/0").put("element_type", "FLOAT7"),
                        "field 'inputs[0].element_type' must be one of [FLOAT, UINT8,"),
                edit(json -> at(json, "/chain").putArray("blocks"), "a chain of blocks needs at least one block"),
                edit(
                        json -> at(json, "/provenance/opsets").put("", "17"),
                        "field 'provenance.opsets.' must be a whole number of 64 bits"),
                edit(
                        json -> at(json, "/segments/0").put("file", "../000.onnx"),
                        "file name '../000.onnx' must be a relative path inside the folder, without '..'"),
                edit(
                        json -> at(json, "/segments/0").put("file", "/etc/passwd"),
                        "file name '/etc/passwd' must be a relative path inside the folder, without '..'"),
                edit(
                        json -> at(json, "/segments/0").put("file", "C:\\a\\..\\b"),
                        "file name 'C:\\a\\..\\b' must be a relative path inside the folder, without '..'"),
                edit(
                        json -> at(json, "/rewritten/0").put("file", "../001.onnx"),
                        "file name '../001.onnx' must be a relative path inside the folder, without '..'"),
                edit(
                        json -> at(json, "/rewritten/0").put("segment", "segments/007.onnx"),
                        "rewritten: 'segments/007.onnx' is no segment, or is listed twice"),
                edit(
                        json -> at(json, "/measured/rewrites/0").put("segment", "segments/007.onnx"),
                        "measured: 'segments/007.onnx' is no segment"),
                edit(
                        json -> at(json, "/segments/1").put("file", "segments/000.onnx"),
                        "segments[1]: another segment has the file 'segments/000.onnx' too"),
                edit(
                        json -> at(json, "/weights/files/0").put("name", "a/../../b"),
                        "file name 'a/../../b' must be a relative path inside the folder, without '..'"),
                edit(
                        json -> at(json, "/segments/0").putArray("inputs").add("sample"),
                        "segments[0] reads 'sample', which only segments[1] makes: the segments form a cycle"),
                edit(
                        json -> at(json, "/segments/1").putArray("outputs").add("h1"),
                        "segments[1]: tensor 'h1' is already made by segments[0]"),
                edit(
                        json -> at(json, "/segments/1").putArray("outputs").add("latents"),
                        "segments[1]: tensor 'latents' is already an input of the model"),
                edit(
                        json -> at(json, "/segments/1").putArray("outputs"),
                        "segments[1]: a segment needs at least one output"),
                edit(
                        json -> {
                            ((ArrayNode) json.get("tensors"))
                                    .add(at(json, "/tensors/0").deepCopy().put("name", "h2"));
                            at(json, "/segments/1").putArray("outputs").add("h2");
                        },
                        "outputs: no segment makes 'sample'"),
                edit(
                        json -> at(json, "/inputs/0")
                                .putArray("typical")
                                .add(1L << 40)
                                .add(1L << 40),
                        "tensor 'latents': no memory can hold the shape [1099511627776, 1099511627776]"),
                edit(
                        json -> at(json, "/inputs/0").putArray("shape").add(-2),
                        "tensor 'latents': dimensions must be at least -1 (open), were [-2]"),
                edit(
                        json -> at(json, "/segments/0").put("multiply_adds", -1),
                        "segments/000.onnx: multiply-adds and bytes must not be negative, were -1 and 6"),
                edit(json -> json.putArray("outputs"), "outputs: a model needs at least one output"),
                edit(
                        json -> at(json, "/weights").put("directory", "/etc"),
                        "weights: the directory must be '.', or a relative path with '..' at its start only, was"
                                + " '/etc'"),
                edit(
                        json -> at(json, "/weights").put("directory", "../a/../../b"),
                        "weights: the directory must be '.', or a relative path with '..' at its start only, was"),
                edit(
                        json -> at(json, "/weights").put("directory", "C:/models"),
                        "weights: the directory must be '.', or a relative path with '..' at its start only, was"),
                edit(json -> at(json, "/weights").put("directory", ""), "weights: the directory must not be empty"),
                edit(
                        json -> at(json, "/segments/1").putArray("inputs").add("h7"),
                        "segments[1].inputs: there is no tensor 'h7' in tensors, inputs or outputs"),
                edit(
                        json -> at(json, "/segments/1").putArray("depends_on").add("h1"),
                        "segments[1].depends_on: the model has no input 'h1'"),
                edit(
                        json -> at(json, "/modules/0").putArray("segments").add(2),
                        "module 'blocks.0' refers to segment 2; there are 2"),
                edit(
                        json -> ((ArrayNode) json.get("modules")).add(json.at("/modules/0")),
                        "modules: module 'blocks.0' is listed twice"),
                edit(
                        json -> ((ArrayNode) json.get("tensors")).add(json.at("/tensors/0")),
                        "tensors: tensor 'h1' is listed twice"),
                edit(json -> at(json, "/roles").put("timestep", "t"), "roles.timestep: the model has no input 't'"),
                edit(
                        json -> at(json, "/roles").put("timestep_scale", 0),
                        "roles.timestep_scale must be above 0, was 0.0"),
                edit(
                        json -> at(json, "/chain/blocks/0").putArray("added").add("h3"),
                        "chain block 'blocks.0': there is no tensor 'h3' in tensors, inputs or outputs"),
                edit(
                        json -> at(json, "/chain/blocks/0").put("hidden_states", "h2"),
                        "chain block 'blocks.0': there is no tensor 'h2' in tensors, inputs or outputs"));
    }

    @ParameterizedTest
    @MethodSource
    void doesNotFit(Consumer<ObjectNode> edit, String message) throws IOException {
        ObjectNode json = JsonFile.mapper().valueToTree(manifest());
        edit.accept(json);
        JsonFile.write(bundle.resolve("manifest.json"), json);

        assertThatThrownBy(() -> ManifestFile.read(bundle))
                .isInstanceOf(InvalidModelException.class)
                .message()
                // Where it can be told, line and column follow the file.
                .matches(found -> found.replaceFirst("manifest.json:\\d+:\\d+: ", "manifest.json: ")
                        .startsWith(bundle.resolve("manifest.json") + ": " + message))
                .satisfies(found -> assertThat(found).doesNotContain("\n"));
    }

    private static Arguments edit(Consumer<ObjectNode> edit, String message) {
        return Arguments.of(edit, message);
    }

    private static ObjectNode at(JsonNode json, String pointer) {
        return (ObjectNode) json.at(pointer);
    }

    private static Manifest edited(Consumer<ObjectNode> edit) {
        ObjectNode json = JsonFile.mapper().valueToTree(manifest());
        edit.accept(json);
        return JsonFile.record(json, Manifest.class);
    }

    private static Manifest manifest() {
        return new Manifest(
                Manifest.VERSION,
                new Provenance(
                        "reprise 0.1",
                        "model.onnx",
                        "ab12",
                        "pytorch 2.9",
                        8,
                        Map.of("", 17L, "a", 1L),
                        "dynamo",
                        "",
                        null),
                new WeightFiles("..", List.of(new WeightFiles.WeightFile("model.onnx", 12, 34, 56))),
                List.of(
                        tensor("latents"),
                        new TensorSpec("timestep", ElementType.INT64, List.of(), List.of(), List.of())),
                List.of(tensor("sample")),
                new InputRoles("latents", "timestep", 1),
                List.of(tensor("h1")),
                List.of(
                        new Segment("segments/000.onnx", List.of("latents"), List.of("h1"), List.of("latents"), 5, 6),
                        new Segment("segments/001.onnx", List.of("h1"), List.of("sample"), List.of("latents"), 7, 8)),
                List.of(new Module(
                        "blocks.0",
                        ModuleKind.TRANSFORMER_BLOCK,
                        null,
                        List.of("latents"),
                        List.of("h1"),
                        List.of(0),
                        5,
                        6)),
                new BlockChain("latents", null, null, List.of(new BlockChain.Block("blocks.0", "h1", null))),
                null,
                null,
                List.of(new RewrittenSegment("segments/001.onnx", "rewritten/001.onnx", Map.of("fuse_attention", 1))),
                null,
                List.of(new MendedNode("node_squeeze", MendedNode.NO_OP_SQUEEZE)),
                new RewriteMeasurements(
                        "cpu",
                        1,
                        "generated inputs",
                        List.of(new MeasuredRewrite("fuse_attention", "segments/001.onnx", 1, 0.8, 3, true))));
    }

    private static TensorSpec tensor(String name) {
        return new TensorSpec(name, ElementType.FLOAT, List.of(-1L, 4L), List.of("batch", ""), List.of(2L, 4L));
    }
}
