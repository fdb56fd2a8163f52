package org.example.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.demo.DemoModels;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The command line: what it needs, what it says, how it ends. */
@DisabledOnOs(OS.WINDOWS) // Hadoop writes files there with programs of its own, which nobody has
@EnabledForJreRange(max = JRE.JAVA_21) // the newest that Spark 4.1 runs on
class GeneratePicturesIT {
    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void oneCore() {
        System.setProperty("spark.master", "local[1]");
        System.setProperty("spark.ui.enabled", "false");
        System.setProperty("spark.sql.shuffle.partitions", "1");
    }

    @AfterAll
    static void forgets() {
        List.of("spark.master", "spark.ui.enabled", "spark.sql.shuffle.partitions")
                .forEach(System::clearProperty);
    }

    private int run(String... arguments) {
        return GeneratePictures.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    }

    private String prompts(String... lines) throws IOException {
        Path file = folder.resolve("prompts.csv");
        Files.write(file, List.of(lines));
        return file.toString();
    }

    /** Runs with a good table, output and more; nothing may have been drawn. */
    private void refuses(String message, String... more) throws IOException {
        Path output = folder.resolve("refused");
        List<String> arguments = new ArrayList<>(
                List.of("--prompts", prompts("id,prompt,seed", "a,1,1"), "--output", output.toString()));
        arguments.addAll(List.of(more));

        assertThat(run(arguments.toArray(String[]::new))).isEqualTo(2);
        assertThat(err.toString()).contains(message).hasLineCount(1);
        assertThat(output).doesNotExist();
    }

    @Test
    void drawsWithTheModelOfTheJar() throws IOException {
        Path output = folder.resolve("pictures");

        int code = run(
                "--prompts",
                prompts("id,prompt,seed", "a,1,1", "b,cat,1"),
                "--output",
                output.toString(),
                "--policy",
                "tuned.json",
                "--partitions",
                "2",
                "--measure",
                "1");

        assertThat(err.toString()).contains("generate-pictures: 2 of 2 rows");
        assertThat(out.toString())
                .contains("2 rows: 1 pictures, 1 errors", "steps: 10 computed, 20 reused", "models opened: 1");
        assertThat(code).isZero();
        assertThat(output.resolve("_SUCCESS")).exists();
    }

    @Test
    void helpHasExamplesAndExitCodes() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString())
                .contains("--prompts", "Examples:", "spark-submit --master", "Exit codes:", "nothing was drawn");
    }

    @Test
    void refusesABundleThatIsNotThere() throws IOException {
        refuses(
                "none.bundle: there is no bundle",
                "--bundle",
                folder.resolve("none.bundle").toString());
    }

    @Test
    void refusesAnArchiveThatIsNotThere() throws IOException {
        refuses(
                "none.zip: there is no such bundle",
                "--bundle",
                folder.resolve("none.zip").toString());
    }

    @Test
    void refusesAModelThatDrawsSomethingElse() throws IOException {
        Path bundle = Optimizer.cut(DemoModels.video().resolve("torchscript.onnx"), CutOptions.DEFAULTS)
                .write(folder.resolve("video.bundle"));
        refuses("the model must draw [batch, 1, 28, 28] as the digits model, found", "--bundle", bundle.toString());
    }

    @Test
    void refusesThePolicyOfAnotherModel() throws IOException {
        Path policy = folder.resolve("other.json");
        Files.writeString(policy, Files.readString(Path.of("tuned.json")).replace("351f4575", "00000000"));
        refuses("351f4575", "--policy", policy.toString());
    }

    @Test
    void refusesAPolicyThatIsNotThere() throws IOException {
        refuses(
                "none.json: there is no such policy file",
                "--policy",
                folder.resolve("none.json").toString());
    }

    @Test
    void refusesWrongNumbers() throws IOException {
        refuses("steps must be from 2 to 1000, was 1", "--steps", "1");
    }

    @Test
    void refusesATableThatIsNone() throws IOException {
        String output = folder.resolve("pictures").toString();

        assertThat(run("--prompts", folder.resolve("none.csv").toString(), "--output", output))
                .isEqualTo(2);
        assertThat(err.toString())
                .contains("none.csv: the table cannot be read: ")
                .hasLineCount(1);
        err.getBuffer().setLength(0);
        assertThat(run("--prompts", prompts("id,text,seed", "a,1,1"), "--output", output))
                .isEqualTo(2);
        assertThat(err.toString()).contains("must have the columns [id, prompt, seed], found [id, text, seed]");
        err.getBuffer().setLength(0);
        assertThat(run("--prompts", prompts("id,prompt,seed", "a,1,1", "a,2,1"), "--output", output))
                .isEqualTo(2);
        assertThat(err.toString()).contains("ids must be unique, found more than once: 'a'");
    }

    @Test
    void refusesAnOutputThatExists() throws IOException {
        assertThat(run("--prompts", prompts("id,prompt,seed", "a,1,1"), "--output", folder.toString()))
                .isEqualTo(2);
        assertThat(err.toString()).contains("the output exists");
    }
}
