package dev.reprise.graph.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.reprise.graph.HeapTooSmallException;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.FunctionProto;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.SparseTensorProto;
import dev.reprise.graph.onnx.TensorProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxModelTest {
    @TempDir
    private Path temp;

    private Path folder;

    @BeforeEach
    void realFolder() throws IOException {
        folder = temp.toRealPath();
    }

    @Test
    void leavesBigWeightsInTheFile() throws IOException {
        byte[] content = ModelFiles.add().build().toByteArray();
        OnnxModel model = OnnxModel.read(write(content));

        TensorProto weight = model.proto().getGraph().getInitializer(0);
        WeightRange range = WeightRange.of(weight);
        assertThat(weight.hasRawData()).isFalse();
        assertThat(range.location()).isEqualTo("model.onnx");
        assertThat(range.length()).isEqualTo(4 * ModelFiles.ELEMENTS);
        assertThat(ByteString.copyFrom(content, (int) range.offset(), (int) range.length()))
                .isEqualTo(ModelFiles.weight("w").getRawData());
        assertThat(model.directory()).isEqualTo(folder);
        assertThat(model.weightFiles()).containsExactly("model.onnx");
        assertThat(model.graph().nodes()).hasSize(1);
    }

    @Test
    void keepsSmallWeightsInline() throws IOException {
        ModelProto small = ModelFiles.withWeight(
                        ModelFiles.weight("w").setDims(0, 256).setRawData(ByteString.copyFrom(new byte[1024])))
                .build();

        assertThat(OnnxModel.read(write(small.toByteArray())).proto()).isEqualTo(small);
    }

    @Test
    void findsWeightsWhereverTensorsAre() throws IOException {
        TensorProto.Builder weight = ModelFiles.weight("");
        NodeProto.Builder constants = NodeProto.newBuilder()
                .setOpType("Constant")
                .addAttribute(AttributeProto.newBuilder().setT(weight))
                .addAttribute(AttributeProto.newBuilder().addTensors(weight).addTensors(weight))
                .addAttribute(AttributeProto.newBuilder()
                        .setSparseTensor(
                                SparseTensorProto.newBuilder().setValues(weight).setIndices(weight)))
                .addAttribute(AttributeProto.newBuilder()
                        .addSparseTensors(
                                SparseTensorProto.newBuilder().setValues(weight).setIndices(weight)));
        NodeProto.Builder branch = NodeProto.newBuilder()
                .addAttribute(
                        AttributeProto.newBuilder().setG(GraphProto.newBuilder().addNode(constants)))
                .addAttribute(AttributeProto.newBuilder()
                        .addGraphs(GraphProto.newBuilder().addNode(constants)));
        ModelProto.Builder model = ModelFiles.add();
        model.getGraphBuilder()
                .addNode(branch)
                .addSparseInitializer(SparseTensorProto.newBuilder()
                        .setValues(weight.clone().setName("s"))
                        .setIndices(weight));
        model.addFunctions(FunctionProto.newBuilder().addNode(constants));
        OnnxModel read = OnnxModel.read(write(model.build().toByteArray()));

        assertThat(read.proto().getSerializedSize()).isLessThan(4 * ModelFiles.ELEMENTS);
    }

    @Test
    void keepsUnknownFields() throws IOException {
        UnknownFieldSet unknown = UnknownFieldSet.newBuilder()
                .addField(
                        900,
                        UnknownFieldSet.Field.newBuilder()
                                .addVarint(1)
                                .addFixed32(2)
                                .addFixed64(3)
                                .addLengthDelimited(ByteString.copyFrom(new byte[5000]))
                                .build())
                .build();
        ModelProto.Builder model = ModelFiles.add().setUnknownFields(unknown);
        model.getGraphBuilder()
                .setUnknownFields(unknown)
                .getInitializerBuilder(0)
                .setUnknownFields(unknown);
        ModelProto read = OnnxModel.read(write(model.build().toByteArray())).proto();

        assertThat(read.getUnknownFields()).isEqualTo(unknown);
        assertThat(read.getGraph().getUnknownFields()).isEqualTo(unknown);
        assertThat(read.getGraph().getInitializer(0).getUnknownFields()).isEqualTo(unknown);
    }

    @Test
    void takesTheLastRawDataAsProtobufDoes() throws IOException {
        byte[] first = ModelFiles.withWeight(ModelFiles.weight("w").setRawData(ByteString.copyFrom(new byte[2048])))
                .build()
                .getGraph()
                .getInitializer(0)
                .toByteArray();
        byte[] second = TensorProto.newBuilder()
                .setRawData(ModelFiles.weight("w").getRawData())
                .build()
                .toByteArray();
        ModelProto.Builder model = ModelFiles.add();
        model.getGraphBuilder().clearInitializer();
        // Field 5 of the graph once more, as bytes: both halves follow each other in one message.
        model.getGraphBuilder()
                .setUnknownFields(UnknownFieldSet.newBuilder()
                        .addField(
                                5,
                                UnknownFieldSet.Field.newBuilder()
                                        .addLengthDelimited(
                                                ByteString.copyFrom(first).concat(ByteString.copyFrom(second)))
                                        .build())
                        .build());
        byte[] content = model.build().toByteArray();
        OnnxModel read = OnnxModel.read(write(content));

        WeightRange range = WeightRange.of(read.proto().getGraph().getInitializer(0));
        assertThat(ByteString.copyFrom(content, (int) range.offset(), (int) range.length()))
                .isEqualTo(ModelFiles.weight("w").getRawData());
    }

    @Test
    void dropsEntriesThatALoaderLeftBehind() throws IOException {
        TensorProto.Builder weight = ModelFiles.weight("w");
        ModelFiles.entry(weight, "location", "/gone");
        OnnxModel read =
                OnnxModel.read(write(ModelFiles.withWeight(weight).build().toByteArray()));

        assertThat(WeightRange.of(read.proto().getGraph().getInitializer(0)).location())
                .isEqualTo("model.onnx");
    }

    @Test
    void passesExternalDataThrough() throws IOException {
        Files.createDirectory(folder.resolve("weights"));
        Files.write(folder.resolve("weights/w.bin"), new byte[4 * ModelFiles.ELEMENTS + 64]);
        ModelProto model = ModelFiles.withWeight(ModelFiles.external("weights/w.bin", "64", null))
                .build();
        OnnxModel read = OnnxModel.read(write(model.toByteArray()));

        assertThat(read.proto()).isEqualTo(model);
        assertThat(read.weightFiles()).containsExactly("weights/w.bin");
    }

    @Test
    void followsALinkToTheModel() throws IOException {
        Path file = write(ModelFiles.add().build().toByteArray());
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        OnnxModel read = OnnxModel.read(Files.createSymbolicLink(elsewhere.resolve("link.onnx"), file));

        assertThat(read.directory()).isEqualTo(folder);
        assertThat(read.fileName()).isEqualTo("model.onnx");
    }

    @Test
    void recordsVersionsThatOnnxRuntimeDoesNotKnow() throws IOException {
        ModelProto.Builder model = ModelFiles.add().setIrVersion(14);
        model.getOpsetImportBuilder(0).setVersion(27);

        assertThat(OnnxModel.read(write(model.build().toByteArray())).warnings())
                .containsExactly(
                        "ONNX IR version 14 is newer than 13, the newest that ONNX Runtime 1.29 accepts",
                        "ONNX opset 27 is newer than 26, the newest that ONNX Runtime 1.29 accepts");
    }

    @Test
    void hashesTheGraphAndNotTheWeights() throws IOException {
        String hash =
                OnnxModel.read(write(ModelFiles.add().build().toByteArray())).hash();
        ModelProto.Builder otherWeight =
                ModelFiles.withWeight(ModelFiles.weight("w").setRawData(ByteString.copyFrom(new byte[2048])));
        ModelProto.Builder otherNode = ModelFiles.add();
        otherNode.getGraphBuilder().getNodeBuilder(0).setOpType("Mul");

        assertThat(OnnxModel.read(write(otherWeight.build().toByteArray())).hash())
                .isEqualTo(hash);
        assertThat(OnnxModel.read(write(otherNode.build().toByteArray())).hash())
                .isNotEqualTo(hash);
    }

    @Test
    void refusesWeightsThatCannotStayInTheFile() throws IOException {
        Path file = write(ModelFiles.withWeight(ModelFiles.weight("w")
                        .clearRawData()
                        .setDims(0, 1 << 19)
                        .addAllFloatData(Collections.nCopies(1 << 19, 1f)))
                .build()
                .toByteArray());

        try (WireFile in = new WireFile(file)) {
            SkeletonBuffer buffer = new SkeletonBuffer(file, 1 << 20);
            assertThatThrownBy(() -> new SkeletonScanner(in, buffer, "model.onnx").scan())
                    .isInstanceOf(HeapTooSmallException.class)
                    .hasMessageMatching(
                            ".*/model.onnx: what is left of the model without raw_data is larger than 1 MiB at offset "
                                    + "\\d+, where 2097157 more bytes follow: weights are kept in float_data, int32_data … .*");
        }
    }

    private Path write(byte[] content) throws IOException {
        return Files.write(folder.resolve("model.onnx"), content);
    }
}
