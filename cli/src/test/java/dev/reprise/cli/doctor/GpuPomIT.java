package dev.reprise.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * The dependencies that docs/gpu.md names resolve, and bring one ONNX Runtime: that for GPUs. Only POMs are read, no jar of it is
 * downloaded.
 */
@DisabledOnOs(OS.WINDOWS)
class GpuPomIT {
    private static final Pattern UNREACHABLE =
            Pattern.compile("Unknown host|UnknownHost|Connection refused|timed out|Could not transfer|offline mode");

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private static final String TREE = "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:tree";

    @Test
    void theDocumentedDependenciesBringOneOnnxRuntime() throws IOException, InterruptedException {
        Matcher dependencies = Pattern.compile("```xml\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(ROOT.resolve("docs/gpu.md")));
        assertThat(dependencies.find()).isTrue();
        Path folder = Files.createDirectories(ROOT.resolve("cli/target/gpu-consumer"));
        Path pom = Files.writeString(folder.resolve("pom.xml"), consumerPom(folder, dependencies.group(1)));

        String output = maven(pom, "-o");
        if (!isResolved(output)) {
            output = maven(pom, "-U");
        }
        assumeTrue(
                isResolved(output) || !UNREACHABLE.matcher(output).find(),
                "onnxruntime_gpu's POM is not in the local repository, and no other repository can be reached");

        assertThat(isResolved(output)).as(output).isTrue();
        // The modules' own trees come before.
        assertThat(output.substring(output.lastIndexOf("com.example:consumer:pom")))
                .contains("dev.reprise:reprise-runtime")
                .contains("com.microsoft.onnxruntime:onnxruntime_gpu:jar:1.29.0:compile")
                .doesNotContain("com.microsoft.onnxruntime:onnxruntime:");
    }

    /** Maven goes on without a POM that it does not find. */
    private static boolean isResolved(String output) {
        return output.contains("BUILD SUCCESS")
                && !Pattern.compile("The POM for com.microsoft.onnxruntime:onnxruntime_gpu:\\S+ is missing")
                        .matcher(output)
                        .find();
    }

    /** Beside this project, so that Reprise's own modules are found as a repository would have them. */
    private static String consumerPom(Path folder, String dependencies) {
        return """
                <project xmlns="http://maven.apache.org/POM/4.0.0">
                  <modelVersion>4.0.0</modelVersion>
                  <groupId>com.example</groupId>
                  <artifactId>consumer</artifactId>
                  <version>1</version>
                  <packaging>pom</packaging>
                  <modules><module>%s</module></modules>
                  <properties><reprise.version>0.1.0-SNAPSHOT</reprise.version></properties>
                  <dependencies>
                %s
                  </dependencies>
                </project>
                """.formatted(folder.relativize(ROOT), dependencies);
    }

    private static String maven(Path pom, String mode) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        "mvn", "-B", "-ntp", mode, "-f", pom.toString(), "-pl", "com.example:consumer", "-am", TREE)
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }
}
