package dev.reprise.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.testdata.ForkedJvm;
import dev.reprise.testdata.TestModels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The composite GitHub action, as far as it runs without GitHub. */
@DisabledOnOs(OS.WINDOWS)
class ActionIT {
    private static final Path ACTION = Path.of("..", "action").toAbsolutePath().normalize();
    private static final Path RECORDING = TestModels.golden("dit").toAbsolutePath();

    @TempDir
    private Path folder;

    @Test
    void everyInputIsUsed() throws IOException {
        JsonNode action = new ObjectMapper(new YAMLFactory())
                .readTree(ACTION.resolve("action.yml").toFile());

        Set<String> declared = new TreeSet<>();
        action.path("inputs").fieldNames().forEachRemaining(declared::add);
        Set<String> used = new TreeSet<>();
        Matcher inputs = Pattern.compile("inputs\\.([\\w-]+)").matcher(action.toString());
        while (inputs.find()) {
            used.add(inputs.group(1));
        }
        assertThat(used).isEqualTo(declared);
    }

    @Test
    void aModelThatIsAsRecordedIsGreen() throws Exception {
        assertThat(run("--policy\npab")).isEqualTo(ExitCode.OK);

        assertThat(folder.resolve("summary.md")).content().startsWith("## ✅ 1 replay passed");
        assertThat(folder.resolve("my reports/verify.xml")).exists();
        assertThat(folder.resolve("my reports/verify.sarif")).exists();
        assertThat(folder.resolve("my reports/verify.html")).exists();
        assertThat(folder.resolve("err")).content().doesNotContain("::error");
    }

    @Test
    void driftIsRedAndAnnotated() throws Exception {
        assertThat(run("--policy\npab\n--tolerance\n1e-12\n")).isEqualTo(ExitCode.REGRESSION);

        assertThat(folder.resolve("summary.md")).content().startsWith("## ❌ 1 of 1 replays failed");
        assertThat(folder.resolve("err")).content().contains("::error title=reprise verify%3A pab DRIFT");
    }

    private int run(String arguments) throws IOException, InterruptedException {
        Path command = Files.writeString(
                folder.resolve("reprise"),
                "#!/usr/bin/env bash\nexec \"" + Path.of(System.getProperty("java.home"), "bin", "java") + "\" "
                        + String.join(" ", ForkedJvm.inherited()) + " -cp \"" + System.getProperty("java.class.path")
                        + "\" " + Main.class.getName() + " \"$@\"\n",
                StandardCharsets.UTF_8);
        assertThat(command.toFile().setExecutable(true)).isTrue();
        ProcessBuilder builder = new ProcessBuilder(
                        "bash", ACTION.resolve("verify.sh").toString())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(folder.resolve("err").toFile());
        builder.environment()
                .putAll(Map.of(
                        "GITHUB_ACTIONS", "true",
                        "GITHUB_ACTION_PATH", ACTION.toString(),
                        "GITHUB_STEP_SUMMARY", folder.resolve("summary.md").toString(),
                        "REPRISE", command.toString(),
                        "INPUT_MODEL", RECORDING.resolve("torchscript.onnx").toString(),
                        "INPUT_RECORDING", RECORDING + "\n",
                        "INPUT_ARGUMENTS", arguments,
                        "INPUT_REPORTS", folder.resolve("my reports").toString()));
        return builder.start().waitFor();
    }
}
