package dev.reprise.optimizer.mend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.bundle.ManifestFile;
import dev.reprise.graph.bundle.MendedNode;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.optimizer.CutModel;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.TinyModel;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.optimizer.api.Warning;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NoOpSqueezesTest {
    private static final int SQUEEZED = 5;

    @TempDir
    private Path folder;

    /** As torch's dynamo exporter writes {@code x.squeeze(1)}. */
    @Test
    void makesAnIdentityOfASqueezeThatKeepsTheRank() throws IOException {
        NoOpSqueezes.Mended mended = NoOpSqueezes.mend(model(SQUEEZED, 2, SQUEEZED, 8));

        assertThat(mended.nodes()).containsExactly("node_squeeze");
        NodeProto node = mended.model().proto().getGraph().getNode(0);
        assertThat(node.getOpType()).isEqualTo("Identity");
        assertThat(node.getInputList()).containsExactly("x");
        assertThat(node.getOutputList()).containsExactly("squeeze");
    }

    @Test
    void leavesASqueezeThatDoesSomething() throws IOException {
        OnnxModel model = model(1, 2, 8);
        NoOpSqueezes.Mended mended = NoOpSqueezes.mend(model);

        assertThat(mended.nodes()).isEmpty();
        assertThat(mended.model()).isSameAs(model);
    }

    /** Where declarations contradict each other nothing is certain. */
    @Test
    void leavesASqueezeOfOneWhateverItsOutputIsDeclared() throws IOException {
        assertThat(NoOpSqueezes.mend(model(1, 2, 1, 8)).nodes()).isEmpty();
    }

    @Test
    void theModelIsCutThen() throws IOException {
        model(SQUEEZED, 2, SQUEEZED, 8);
        CutModel cut = Optimizer.cut(folder.resolve("tiny.onnx"), CutOptions.DEFAULTS);

        assertThat(cut.warnings())
                .filteredOn(warning -> warning.code() == Warning.Code.MENDED)
                .singleElement()
                .extracting(Warning::message)
                .asString()
                .contains("node_squeeze");
        MendedNode mended = new MendedNode("node_squeeze", MendedNode.NO_OP_SQUEEZE);
        assertThat(cut.manifest().mended()).containsExactly(mended);
        assertThat(ManifestFile.read(cut.write(folder.resolve("bundle"))).mended())
                .containsExactly(mended);
    }

    /** @param output the shape that the exporter declares for what was squeezed */
    private OnnxModel model(long tokens, long... output) throws IOException {
        return new TinyModel()
                .input("x", ElementType.FLOAT, 2, tokens, 8)
                .initializer(TensorProto.newBuilder()
                        .setName("axes")
                        .setDataType(TensorProto.DataType.INT64_VALUE)
                        .addDims(1)
                        .addInt64Data(1))
                .node(NodeProto.newBuilder()
                        .setName("node_squeeze")
                        .setOpType("Squeeze")
                        .addInput("x")
                        .addInput("axes")
                        .addOutput("squeeze"))
                .output("squeeze", ElementType.FLOAT, output)
                .write(folder);
    }
}
