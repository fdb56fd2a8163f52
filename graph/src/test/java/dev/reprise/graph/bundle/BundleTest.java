package dev.reprise.graph.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.model.WeightRange;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.graph.onnx.TypeProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bundle of one segment, {@code y = x + w}, whose weight stands in a file above it. */
class BundleTest {
    private static final int BYTES = 64;

    @TempDir
    private Path temp;

    private Path folder;
    private Path path;
    private Path weights;

    @BeforeEach
    void write() throws IOException {
        folder = temp.toRealPath();
        path = Files.createDirectory(folder.resolve("bundle"));
        weights = Files.write(folder.resolve("weights.bin"), new byte[BYTES]);
        Files.write(folder.resolve("secret.bin"), new byte[BYTES]);
        write(new WeightRange("weights.bin", 0, BYTES));
        ManifestFile.write(manifest(), path);
    }

    @Test
    void opensWhatFits() {
        Bundle bundle = Bundle.open(path);

        assertThat(bundle.weights().folder()).isEqualTo(folder);
        assertThat(bundle.segment(bundle.manifest().segments().get(0))
                        .getGraph()
                        .getNodeCount())
                .isEqualTo(1);
    }

    @Test
    void refusesWeightsInFilesThatTheManifestDoesNotList() throws IOException {
        write(new WeightRange("secret.bin", 0, BYTES));

        refuses(
                "0.onnx: weights of tensor 'w': 'secret.bin' is not among the weight files of the manifest, [weights.bin]");
        write(new WeightRange("/etc/hostname", 0, BYTES));
        refuses("'/etc/hostname' is not among the weight files of the manifest");
        // How ONNX Runtime refers to memory of the process.
        write(new WeightRange("*/_ORT_MEM_ADDR_/*", 0, BYTES));
        refuses("is not among the weight files of the manifest");
    }

    @Test
    void refusesARangeBeyondTheFile() throws IOException {
        write(new WeightRange("weights.bin", 4, BYTES));

        refuses("tensor 'w' is stored at offset 4, length 64 of 'weights.bin', which has only 64 bytes");
    }

    @Test
    void refusesOtherInputsAndOutputsThanTheManifestSays() throws IOException {
        write(model("x", "z"));
        refuses("0.onnx: outputs must be [y] as in the manifest, found [z]");
        write(model("v", "y"));
        refuses("0.onnx: inputs must be [x] as in the manifest, found [v]");
        write(model("x", "y").setGraph(model("x", "y").getGraphBuilder().addInput(declare("v"))));
        refuses("0.onnx: inputs must be [x] as in the manifest, found [x, v]");
        write(model("x", "y")
                .setGraph(model("x", "y")
                        .getGraphBuilder()
                        .setOutput(0, ValueInfoProto.newBuilder().setName("y"))));
        refuses("0.onnx: 'y' must be of type FLOAT as in the manifest, found ONNX type 0");
    }

    @Test
    void refusesASegmentThatIsNoModel() throws IOException {
        Files.writeString(path.resolve("0.onnx"), "no model");
        refuses("0.onnx: not an ONNX model: ");
        write(ModelProto.newBuilder().setIrVersion(8));
        refuses("0.onnx: not an ONNX model: it has no graph");
    }

    @Test
    void checksASegmentOnEveryRead() throws IOException {
        Bundle bundle = Bundle.open(path);
        write(new WeightRange("secret.bin", 0, BYTES));

        assertThatThrownBy(() -> bundle.segment(bundle.manifest().segments().get(0)))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("'secret.bin' is not among the weight files");
    }

    @Test
    void noticesWeightsThatWereReplaced() throws IOException {
        CheckedWeights checked = Bundle.open(path).weights();
        checked.requireUnchanged();
        Path other = Files.write(folder.resolve("new.bin"), new byte[BYTES]);
        Files.setLastModifiedTime(other, Files.getLastModifiedTime(weights));
        Files.move(other, weights, StandardCopyOption.REPLACE_EXISTING);

        assertThatThrownBy(checked::requireUnchanged)
                .isInstanceOf(InvalidModelException.class)
                .hasMessageStartingWith(
                        weights + ": the weights changed while the bundle is open: expected 64 bytes of");
    }

    @Test
    void noticesWeightsThatWereTruncatedOrDeleted() throws IOException {
        CheckedWeights checked = Bundle.open(path).weights();
        Files.write(weights, new byte[BYTES / 2]);
        assertThatThrownBy(checked::requireUnchanged).hasMessageContaining("found 32 bytes of");
        Files.delete(weights);
        assertThatThrownBy(checked::requireUnchanged)
                .isInstanceOf(InvalidModelException.class)
                .hasMessageStartingWith(weights + ": cannot be read: ");
    }

    private void refuses(String message) {
        assertThatThrownBy(() -> Bundle.open(path))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageStartingWith(path.toString())
                .hasMessageContaining(message)
                .hasMessageNotContaining("\n");
    }

    private void write(WeightRange range) throws IOException {
        ModelProto.Builder model = model("x", "y");
        range.applyTo(model.getGraphBuilder().getInitializerBuilder(0));
        write(model);
    }

    private void write(ModelProto.Builder model) throws IOException {
        Files.write(path.resolve("0.onnx"), model.build().toByteArray());
    }

    private static ModelProto.Builder model(String input, String output) {
        TensorProto.Builder weight = TensorProto.newBuilder()
                .setName("w")
                .setDataType(ElementType.FLOAT.code())
                .addDims(BYTES / 4);
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .setGraph(GraphProto.newBuilder()
                        .addInput(declare(input))
                        .addOutput(declare(output))
                        .addInitializer(new WeightRange("weights.bin", 0, BYTES).applyTo(weight))
                        .addNode(NodeProto.newBuilder()
                                .setOpType("Add")
                                .addInput(input)
                                .addInput("w")
                                .addOutput(output)));
    }

    private static ValueInfoProto declare(String name) {
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder().setElemType(ElementType.FLOAT.code())))
                .build();
    }

    private Manifest manifest() {
        return new Manifest(
                Manifest.VERSION,
                new Provenance("test", "model.onnx", "0", "test", 8, Map.of("", 18L), "unknown", "", null),
                new WeightFiles("..", WeightCheck.fingerprint(folder, List.of("weights.bin"))),
                List.of(spec("x")),
                List.of(spec("y")),
                new InputRoles(null, null, 1),
                List.of(),
                List.of(new Segment("0.onnx", List.of("x"), List.of("y"), List.of("x"), 0, 0)),
                List.of(),
                null,
                null,
                null,
                List.of(),
                null,
                List.of(),
                null);
    }

    private static TensorSpec spec(String name) {
        return new TensorSpec(name, ElementType.FLOAT, List.of(16L), List.of(), List.of(16L));
    }
}
