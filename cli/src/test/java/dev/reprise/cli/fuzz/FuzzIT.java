package dev.reprise.cli.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import dev.reprise.cli.CommandLineRun;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.graph.json.JsonFile;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.testdata.TestModels;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Files of real exports with a few things changed. Whatever they say, a command ends in time, with the exit code that is meant for it
 * and one line that says why; and a bundle that was written can be read.
 *
 * <p>The rounds of the build are always the same. For long: {@code mvn -pl cli -am verify -Dit.test=FuzzIT -Dtest=NONE
 * -Dsurefire.failIfNoSpecifiedTests=false -Dreprise.fuzz.rounds=100000 -Dreprise.fuzz.seed=5}. The seed of a failed round is in its
 * message; it alone: the same with that seed and one round. Its files stay in {@code cli/target/fuzz}, also when the JVM crashes.
 */
class FuzzIT {
    private static final Path GOLDEN = TestModels.golden("pixart");
    /** For a step that takes a second at most. */
    private static final Duration HANGS = Duration.ofMinutes(2);

    private static final Set<Integer> EXPECTED = Set.of(ExitCode.OK, ExitCode.USAGE, ExitCode.INVALID);

    private Path work;

    private interface Round {
        void run(Random random) throws IOException;
    }

    @BeforeEach
    void workFolder() throws IOException {
        work = Path.of("target", "fuzz").toAbsolutePath();
        delete(work);
        Files.createDirectories(work);
    }

    @Test
    void models() {
        List<ModelProto> models = Stream.of("torchscript.onnx", "torchscript_dynamic.onnx", "dynamo_dynamic.onnx")
                .map(name -> model(GOLDEN.resolve(name)))
                .toList();
        rounds(60, random -> {
            ModelProto mutated = new ModelMutator(random).mutate(models.get(random.nextInt(models.size())));
            Path file = Files.write(work.resolve("model.onnx"), mutated.toByteArray());
            if (random.nextInt(4) == 0) {
                run("inspect", file);
            }
            Path bundle = work.resolve("bundle");
            delete(bundle);
            CommandLineRun optimize = random.nextBoolean()
                    ? run("optimize", file, "-o", bundle)
                    : run("optimize", file, "-o", bundle, "--pack-weights");
            if (optimize.exitCode() == ExitCode.OK) {
                assertThat(run("inspect", bundle).exitCode())
                        .as("inspect of the bundle that was written")
                        .isEqualTo(ExitCode.OK);
            } else {
                assertThat(bundle).doesNotExist();
            }
        });
    }

    @Test
    void manifests() throws IOException {
        Path bundle = writtenBundle();
        JsonNode manifest =
                JsonFile.mapper().readTree(bundle.resolve("manifest.json").toFile());
        rounds(300, random -> {
            JsonFile.write(bundle.resolve("manifest.json"), new JsonMutator(random).mutate(manifest));
            run("inspect", bundle);
        });
    }

    @Test
    void segments() throws IOException {
        Path bundle = writtenBundle();
        List<Path> files;
        try (Stream<Path> segments = Files.list(bundle.resolve("segments"))) {
            files = segments.sorted().toList();
        }
        rounds(100, random -> {
            Path file = files.get(random.nextInt(files.size()));
            ModelProto segment = model(file);
            byte[] mutated = random.nextInt(4) == 0
                    ? damaged(segment.toByteArray(), random)
                    : new ModelMutator(random).mutate(segment).toByteArray();
            Files.write(file, mutated);
            run("inspect", bundle);
            Files.write(file, segment.toByteArray());
        });
    }

    @Test
    void recordings() throws IOException {
        Path recording = Files.createDirectories(work.resolve("recording"));
        JsonNode description =
                JsonFile.mapper().readTree(GOLDEN.resolve("recording.json").toFile());
        byte[] tensors = Files.readAllBytes(GOLDEN.resolve("recording.safetensors"));
        int length =
                (int) ByteBuffer.wrap(tensors).order(ByteOrder.LITTLE_ENDIAN).getLong();
        JsonNode header = JsonFile.mapper().readTree(Arrays.copyOfRange(tensors, Long.BYTES, Long.BYTES + length));
        Path bundle = writtenBundle();
        rounds(150, random -> {
            boolean descriptionOnly = random.nextBoolean();
            JsonFile.write(
                    recording.resolve("recording.json"),
                    descriptionOnly ? new JsonMutator(random).mutate(description) : description);
            byte[] mutated = JsonFile.mapper()
                    .writeValueAsBytes(descriptionOnly ? header : new JsonMutator(random).mutate(header));
            ByteBuffer file = ByteBuffer.allocate(Long.BYTES + mutated.length + tensors.length - Long.BYTES - length)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(random.nextInt(20) == 0 ? random.nextLong() : mutated.length)
                    .put(mutated)
                    .put(tensors, Long.BYTES + length, tensors.length - Long.BYTES - length);
            byte[] content = random.nextInt(10) == 0 ? damaged(file.array(), random) : file.array();
            Files.write(recording.resolve("recording.safetensors"), content);
            CommandLineRun run = CommandLineRun.of("verify", bundle, "--recording", recording, "--policy", "none");
            assertThat(run.err()).doesNotContain("internal error", "Exception");
            // Other numbers in a recording are a regression.
            assertThat(run.exitCode())
                    .as(run.err())
                    .isIn(ExitCode.OK, ExitCode.USAGE, ExitCode.INVALID, ExitCode.REGRESSION);
        });
    }

    /** Some bytes changed, or the end missing. */
    private static byte[] damaged(byte[] content, Random random) {
        if (content.length == 0 || random.nextBoolean()) {
            return Arrays.copyOf(content, random.nextInt(content.length + 1));
        }
        byte[] damaged = content.clone();
        for (int i = random.nextInt(4); i >= 0; i--) {
            damaged[random.nextInt(Math.min(damaged.length, 4096))] = (byte) random.nextInt();
        }
        return damaged;
    }

    private Path writtenBundle() throws IOException {
        Path model = Files.copy(
                GOLDEN.resolve("torchscript.onnx"), work.resolve("model.onnx"), StandardCopyOption.REPLACE_EXISTING);
        Path bundle = work.resolve("bundle");
        assertThat(run("optimize", model, "-o", bundle).exitCode()).isEqualTo(ExitCode.OK);
        return bundle;
    }

    private static ModelProto model(Path file) {
        try {
            return ModelProto.parseFrom(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new AssertionError(file.toString(), e);
        }
    }

    private void rounds(int usual, Round round) {
        long first = Long.getLong("reprise.fuzz.seed", 1);
        int rounds = Integer.getInteger("reprise.fuzz.rounds", usual);
        for (long seed = first; seed < first + rounds; seed++) {
            Random random = new Random(seed);
            try {
                assertTimeoutPreemptively(HANGS, () -> round.run(random));
            } catch (Throwable e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
        }
    }

    private static CommandLineRun run(Object... arguments) {
        CommandLineRun run = CommandLineRun.of(arguments);
        assertThat(run.err()).as(Arrays.toString(arguments)).doesNotContain("internal error", "Exception");
        assertThat(run.exitCode()).as(run.err()).isIn(EXPECTED);
        if (run.exitCode() != ExitCode.OK) {
            assertThat(run.errorLines()).as(Arrays.toString(arguments)).hasSize(1);
        }
        return run;
    }
}
