package dev.reprise.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cli.CommandLineRun;
import dev.reprise.ort.provider.ExecutionProvider;
import dev.reprise.testdata.WebGpuDevice;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorIT {
    @TempDir
    private Path folder;

    @Test
    void thisMachineRunsModelsOnTheCpu() {
        CommandLineRun run = CommandLineRun.of("doctor", "--format", "json");

        JsonNode json = run.json();
        assertThat(run.exitCode()).as(run.out()).isZero();
        assertThat(json.at("/healthy").booleanValue()).isTrue();
        assertThat(json.at("/providers/0/provider").textValue()).isEqualTo("cpu");
        assertThat(json.at("/providers/0/usable").booleanValue()).isTrue();
        assertThat(json.at("/versions/onnxruntime").textValue()).startsWith("1.");
        assertThat(json.at("/versions/java").textValue()).isEqualTo(System.getProperty("java.version"));
        assertThat(json.at("/onnxruntime_jars")).hasSize(1);
        assertThat(json.at("/devices/0/execution_provider").textValue()).isEqualTo("CPUExecutionProvider");
        assertThat(json.at("/threads/java_cores").intValue())
                .isEqualTo(Runtime.getRuntime().availableProcessors());
    }

    @Test
    void aPersonReadsFactsThenFindings() {
        CommandLineRun run = CommandLineRun.of("doctor");

        assertThat(run.exitCode()).as(run.out()).isZero();
        assertThat(run.out()).contains("ONNX Runtime   1.").contains("PROVIDER").containsPattern("cpu +yes +yes");
        assertThat(run.out().strip()).endsWith("works.");
    }

    @Test
    void aProviderThatIsNotThereFailsAndIsNamed() {
        assumeFalse(ExecutionProvider.parse("cuda:3").isCompiledIn(), "this ONNX Runtime has CUDA");
        CommandLineRun run = CommandLineRun.of("doctor", "--provider", "cuda:3", "--format", "json");

        JsonNode json = run.json();
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(json.at("/healthy").booleanValue()).isFalse();
        assertThat(json.at("/providers/0/provider").textValue()).isEqualTo("cuda:3");
        assertThat(json.at("/findings/0/severity").textValue()).isEqualTo("error");
        assertThat(json.at("/findings/0/message").textValue())
                .isEqualTo("cuda:3 cannot be used: the ONNX Runtime of this process does not have it");
        assertThat(json.at("/findings/0/advice").textValue()).contains("onnxruntime_gpu");
    }

    @Test
    void aProviderLibraryThatIsNotThereIsNamed() {
        Path library = folder.resolve("libnone.so");
        CommandLineRun run = CommandLineRun.of("doctor", "--provider", library);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out())
                .contains("error: " + library + " cannot be used: the file is missing")
                .contains("Something that is needed does not work.");
    }

    @Test
    void anUnknownProviderIsAWrongCommandLine() {
        CommandLineRun run = CommandLineRun.of("doctor", "--provider", "cpu,gpu");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.errorLines())
                .singleElement()
                .asString()
                .contains("provider must be cpu, cuda[:DEVICE], tensorrt[:DEVICE], webgpu or the path")
                .contains("was 'gpu'");
    }

    @Test
    void whereOnnxRuntimeDoesNotStartTheRestIsStillSaid() throws Exception {
        Run run = run(Map.of(), List.of("-Donnxruntime.native.path=" + folder));

        JsonNode json = run.json();
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(json.at("/versions/onnxruntime").isNull()).isTrue();
        assertThat(json.at("/providers")).isEmpty();
        assertThat(json.at("/memory/physical_bytes").longValue()).isPositive();
        assertThat(json.at("/findings/0/message").textValue())
                .startsWith("ONNX Runtime does not start: ")
                .contains(folder.toString());
    }

    @Test
    void aNativeLayerThatIsSwitchedOffIsAWarning() throws Exception {
        Run run = run(Map.of(), List.of("-Dreprise.native=off"));

        JsonNode json = run.json();
        assertThat(run.exitCode()).isZero();
        assertThat(json.at("/native_layer/available").booleanValue()).isFalse();
        assertThat(json.at("/findings/0/severity").textValue()).isEqualTo("warning");
        assertThat(json.at("/findings/0/area").textValue()).isEqualTo("native_layer");
    }

    @Test
    void aDeviceOfItsOwnIsUsableAndWithoutItsDriverIsNot() throws Exception {
        Optional<WebGpuDevice> device = WebGpuDevice.find();
        assumeTrue(device.isPresent(), WebGpuDevice.missing());

        Run with = run(device.get().environment(), device.get().jvmOptions(), "--provider", "webgpu");
        assertThat(with.json().at("/providers/0/usable").booleanValue())
                .as(with.out())
                .isTrue();
        assertThat(with.exitCode()).isZero();

        Run without = run(
                Map.of("LD_LIBRARY_PATH", device.get().folder().toString(), "VK_ICD_FILENAMES", "/nowhere"),
                device.get().jvmOptions(),
                "--provider",
                "webgpu");
        assertThat(without.json().at("/providers/0/reason").textValue()).contains("WebGPU adapter");
        assertThat(without.exitCode()).isEqualTo(1);
    }

    private record Run(int exitCode, String out) {
        /** As the schema says. */
        JsonNode json() {
            return new CommandLineRun("doctor", exitCode, out, "").json();
        }
    }

    /** In a process of its own, for what is decided once per process. */
    private Run run(Map<String, String> environment, List<String> jvmOptions, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m"));
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.reprise.cli.Main"));
        command.addAll(List.of("doctor", "--format", "json"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectError(folder.resolve("errors").toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Run(process.waitFor(), out);
    }
}
