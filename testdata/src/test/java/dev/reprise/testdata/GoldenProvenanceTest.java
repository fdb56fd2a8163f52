package dev.reprise.testdata;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.TensorProto;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** No model names files of the machine that exported it: {@code export/strip_stack_traces.py} takes stack traces out. */
class GoldenProvenanceTest {
    /** TorchScript names start with a slash too ({@code /blocks.0/attn/MatMul}), so only usual top folders count as a path. */
    private static final Pattern LOCAL =
            Pattern.compile("stack_trace|site-packages|\\.py\\b|/(home|root|usr|tmp|opt|var|Users)/|\\b[A-Za-z]:\\\\");

    @ParameterizedTest
    @MethodSource("dev.reprise.testdata.GoldenModelsTest#models")
    void namesNoFileOfTheExportingMachine(Path file) throws IOException {
        List<String> strings = new ArrayList<>();
        ModelProto model = ModelProto.parseFrom(Files.readAllBytes(file));
        collectStrings(model, strings);

        assertThat(strings).contains(model.getGraph().getNode(0).getOpType());
        assertThat(strings.stream().filter(LOCAL.asPredicate()).limit(3)).isEmpty();
    }

    /** All strings of a message and of those inside; weights are left out: any three bytes occur in random numbers. */
    private static void collectStrings(Message message, List<String> strings) {
        for (Map.Entry<FieldDescriptor, Object> field : message.getAllFields().entrySet()) {
            if (field.getKey().getContainingType().equals(TensorProto.getDescriptor())
                    && field.getKey().getNumber() == TensorProto.RAW_DATA_FIELD_NUMBER) {
                continue;
            }
            List<?> values = field.getValue() instanceof List<?> list ? list : List.of(field.getValue());
            for (Object value : values) {
                if (value instanceof Message inner) {
                    collectStrings(inner, strings);
                } else if (value instanceof String string) {
                    strings.add(string);
                } else if (value instanceof ByteString bytes) {
                    strings.add(bytes.toString(StandardCharsets.ISO_8859_1));
                }
            }
        }
    }
}
