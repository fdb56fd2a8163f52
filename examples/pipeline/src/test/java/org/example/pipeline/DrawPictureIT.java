package org.example.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DrawPictureIT {
    @TempDir
    private static Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private Path output;

    @BeforeEach
    void prepare() throws IOException {
        output = Files.createTempDirectory(folder, "out").resolve("picture.png");
    }

    private int run(String... more) {
        return DrawPicture.run(
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                arguments(more).toArray(new String[0]));
    }

    private List<String> arguments(String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "--model", Frozen.export().toString(),
                "--prompt", "A fox in the snow",
                "--bundle", folder.resolve("shared.bundle").toString(),
                "--threads", "1",
                "--output", output.toString()));
        arguments.addAll(List.of(more));
        return arguments;
    }

    @Test
    void writesAPictureAndSaysHow() throws IOException {
        assertThat(run("--steps", "4", "--size", "96x64", "--seed", "7", "--policy", "fbc", "--set", "threshold=0.9"))
                .as(err.toString())
                .isZero();
        assertThat(ImageIO.read(output.toFile()).getHeight()).isEqualTo(64);
        assertThat(out.toString())
                .startsWith(output + ": 96x64, seed 7, guidance 7.0")
                .contains("4 steps in", "% computed");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void theSeedThatItPrintsDrawsThePictureAgain() throws IOException {
        assertThat(run("--steps", "2")).as(err.toString()).isZero();
        byte[] first = Files.readAllBytes(output);
        String seed = out.toString().replaceAll("(?s).*seed (\\d+).*", "$1");
        assertThat(run("--steps", "2", "--seed", seed, "--force"))
                .as(err.toString())
                .isZero();
        assertThat(Files.readAllBytes(output)).isEqualTo(first);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2 | --size 1x | --size must be WIDTHxHEIGHT or one number, was '1x'",
                "2 | --size 100 | multiples of 16 up to 384, were 100x100",
                "2 | --steps 0 | steps must be in [1, 1000], was 0",
                "2 | --guidance -1 | guidance must be in [0, 100], was -1.0",
                "2 | --threads -2 | --threads must be in [0, 1024], was -2",
                "2 | --set threshold=1 | --set needs --policy",
                "2 | --policy fbk | unknown policy 'fbk'; nearest: fbc",
                "2 | --policy fbc --set threshold=x | threshold must be a number",
                "2 | --provider gpu | gpu",
                "2 | --nothing 1 | Unknown option",
                "3 | --model nowhere | nowhere: there is no such folder",
                "3 | --scheduler nowhere.json | nowhere.json: there is no such scheduler configuration",
                "3 | --policy deep_cache | deep_cache",
            })
    void saysInOneLineWhatIsWrong(int code, String options, String message) {
        List<String> given = new ArrayList<>(arguments());
        List<String> more = List.of(options.split(" "));
        int same = given.indexOf(more.get(0));
        if (same >= 0) {
            given.subList(same, same + 2).clear();
        }
        given.addAll(more);
        int found =
                DrawPicture.run(new PrintWriter(out, true), new PrintWriter(err, true), given.toArray(new String[0]));
        assertThat(err.toString()).startsWith("draw: ").contains(message).hasLineCount(1);
        assertThat(found).isEqualTo(code);
        assertThat(output).doesNotExist();
    }

    @Test
    void replacesNothingUnasked() throws IOException {
        Files.writeString(output, "mine");
        assertThat(run("--steps", "1")).isEqualTo(2);
        assertThat(err.toString()).contains(output + " exists; --force replaces it");
        assertThat(output).hasContent("mine");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS) // no signals
    void endsWellOnCtrlC() throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dpipeline.watched=true",
                "-cp",
                System.getProperty("java.class.path"),
                DrawPicture.class.getName()));
        line.addAll(arguments("--steps", "1000"));
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        try (BufferedReader lines = process.inputReader(Charset.defaultCharset())) {
            StringBuilder said = new StringBuilder();
            while (!said.toString().contains("step 2 of")) {
                int next = lines.read();
                assertThat(next).as(said.toString()).isNotNegative();
                said.append((char) next);
            }
            assertThat(new ProcessBuilder("kill", "-INT", Long.toString(process.pid()))
                            .start()
                            .waitFor())
                    .isZero();
            int next = lines.read();
            while (next >= 0) {
                said.append((char) next);
                next = lines.read();
            }
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(said.toString()).containsPattern("draw: cancelled after \\d+ of 1000 steps");
            assertThat(process.exitValue()).isEqualTo(130);
            assertThat(output).doesNotExist();
        } finally {
            process.destroyForcibly();
        }
    }
}
