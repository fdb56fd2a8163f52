package dev.reprise.testdata;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.reprise.demo.DemoModels;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.graph.model.WeightRange;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.TensorProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The reader against protobuf itself on every model: with the weights put back the messages must be equal. */
class GoldenModelsTest {
    static Stream<Path> models() {
        Path digits = DemoModels.digits();
        return Stream.concat(
                TestModels.goldenModels().stream(),
                Stream.of(digits.resolve("torchscript.onnx"), digits.resolve("classifier.onnx")));
    }

    @ParameterizedTest
    @MethodSource("models")
    void isTheSameWithTheWeightsPutBack(Path file) throws IOException {
        byte[] content = Files.readAllBytes(file);
        OnnxModel model = OnnxModel.read(file);

        assertThat(inlined(model.proto(), content)).isEqualTo(ModelProto.parseFrom(content));
        assertThat(model.weightFiles()).containsExactly(file.getFileName().toString());
        assertThat(model.fileName()).isEqualTo(file.getFileName().toString());
        assertThat(model.sizeBytes()).isEqualTo(content.length);
        assertThat(model.warnings()).isEmpty();
        assertThat(model.hash())
                .matches("[0-9a-f]{64}")
                .isEqualTo(OnnxModel.read(file).hash());
    }

    private static Message inlined(Message message, byte[] content) {
        if (message instanceof TensorProto tensor && WeightRange.isExternal(tensor)) {
            WeightRange range = WeightRange.of(tensor);
            return tensor.toBuilder()
                    .clearDataLocation()
                    .clearExternalData()
                    .setRawData(ByteString.copyFrom(content, (int) range.offset(), (int) range.length()))
                    .build();
        }
        Message.Builder builder = message.toBuilder();
        for (Map.Entry<FieldDescriptor, Object> field : message.getAllFields().entrySet()) {
            if (field.getValue() instanceof Message inner) {
                builder.setField(field.getKey(), inlined(inner, content));
            } else if (field.getKey().isRepeated()
                    && field.getKey().getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
                List<?> elements = (List<?>) field.getValue();
                for (int i = 0; i < elements.size(); i++) {
                    builder.setRepeatedField(field.getKey(), i, inlined((Message) elements.get(i), content));
                }
            }
        }
        return builder.build();
    }
}
