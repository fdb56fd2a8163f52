package org.example.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExportFolderTest {
    @TempDir
    private Path scratch;

    private Path folder;

    @BeforeEach
    void copy() {
        folder = Frozen.copy(scratch.resolve("export"));
    }

    private void refuses(String... parts) {
        assertThatThrownBy(() -> ExportFolder.at(folder))
                .isInstanceOf(UnusableExportException.class)
                .hasMessageContainingAll(parts)
                .hasMessageContaining(folder.toString());
    }

    @Test
    void takesWhatOptimumWrites() {
        assertThat(ExportFolder.at(folder).hasThirdEncoder()).isTrue();
        Frozen.delete(folder.resolve("text_encoder_3"));
        assertThat(ExportFolder.at(folder).hasThirdEncoder()).isFalse();
    }

    @Test
    void namesAFolderThatIsNotThere() {
        Frozen.delete(folder);
        refuses("there is no such folder", "optimum-cli export onnx");
    }

    @Test
    void namesAFolderThatIsNoExport() throws IOException {
        Files.delete(folder.resolve("model_index.json"));
        refuses("there is no model_index.json in it", "optimum-cli export onnx");
    }

    @Test
    void namesThePipelineOfAnotherFamily() throws IOException {
        Files.writeString(folder.resolve("model_index.json"), "{\"_class_name\": \"FluxPipeline\"}");
        refuses("must say StableDiffusion3Pipeline, it says FluxPipeline");
    }

    @Test
    void namesEveryModelThatIsMissing() {
        Frozen.delete(folder.resolve("text_encoder_2"));
        Frozen.delete(folder.resolve("vae_decoder"));
        refuses("text_encoder_2/model.onnx", "text_encoder_2/config.json", "vae_decoder/model.onnx");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tokenizer", "tokenizer_2", "tokenizer_3"})
    void namesATokenizerThatIsMissing(String name) {
        Frozen.delete(folder.resolve(name));
        refuses(name + ": must have tokenizer.json");
    }

    @Test
    void namesAMissingHalfOfATokenizer() throws IOException {
        Files.delete(folder.resolve("tokenizer/merges.txt"));
        refuses("tokenizer: must have tokenizer.json, or vocab.json and merges.txt");
    }

    @Test
    void namesAFileThatIsNoJson() throws IOException {
        Files.writeString(folder.resolve("model_index.json"), "pipeline");
        refuses("model_index.json must be a JSON object");
    }
}
