package dev.reprise.optimizer.shapes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.testdata.TestModels;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A graph that is opened in pieces has the same types as one that is opened whole. */
class ProbeModelsTest {
    private static final int SMALL = 60;

    static List<Path> models() {
        return TestModels.goldenModels();
    }

    @ParameterizedTest
    @MethodSource("models")
    void piecesTellTheSameTypes(Path file) {
        OnnxModel model = OnnxModel.read(file);
        assertThat(new ProbeModels(model, SMALL).pieces()).isGreaterThan(2);
        assertThat(types(model, TensorTypes.infer(model, Map.of(), SMALL)))
                .isEqualTo(types(model, TensorTypes.infer(model, Map.of())));
    }

    @Test
    void aSmallGraphIsOnePiece() {
        OnnxModel model = OnnxModel.read(models().get(0));
        assertThat(new ProbeModels(model, model.graph().nodes().size()).pieces())
                .isEqualTo(1);
    }

    private static Map<String, String> types(OnnxModel model, TensorTypes types) {
        Map<String, String> described = new TreeMap<>();
        for (Node node : model.graph().nodes()) {
            for (Value output : node.writes()) {
                described.put(
                        output.name(),
                        types.elementType(output) + " " + types.shape(output) + " " + types.dimensionNames(output));
            }
        }
        return described;
    }
}
