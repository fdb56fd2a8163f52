package dev.reprise.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.cli.command.ExitCode;
import dev.reprise.testdata.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** Every example that a command's help shows can be typed: it is parsed, and run on a small model. */
class HelpExamplesIT {
    private static final Path GOLDEN = TestModels.golden("pixart");

    /** A word of a shell's command line, a redirection or a comment. */
    private static final Pattern WORD = Pattern.compile("'([^']*)'|(#.*)|([^\\s']+)");

    /** What the examples read: files of these names are made before. */
    private static final Set<String> READ = Set.of(
            "model.onnx",
            "model.bundle",
            "recording",
            "a",
            "b",
            "cond",
            "uncond",
            "captured.safetensors",
            "sampler.json",
            "tuned.json",
            "mask.json",
            "baseline.json");

    /** Options whose value is written. */
    private static final Set<String> WRITES = Set.of("-o", "--bisect", "--junit", "--html", ">");

    /** What an example may end with besides success, because it depends on the machine or on what a model allows. */
    private static final Map<String, Integer> MAY_END_WITH = Map.of(
            "doctor --provider", ExitCode.FAILED, // no such device here
            "calibrate .*--target-", ExitCode.FAILED, // no policy reaches it on this model
            "bench .*--fail-below", ExitCode.REGRESSION); // other programs run beside this test

    /** Only parsed: tests of their own run these, one until it is told to end; and no model here has such modules. */
    private static final Pattern NOT_RUN = Pattern.compile("demo.*|playground.*|.*--block-list.*");

    /** What makes a run shorter, and says nothing else. */
    private static final Map<String, List<List<String>>> SHORTER = Map.of(
            "bench", List.of(List.of("--rounds", "5"), List.of("--steps", "4"), List.of("--no-memory")),
            "calibrate", List.of(List.of("--policy", "fbc"), List.of("--no-timing")),
            "tune", List.of(List.of("--max-minutes", "0.02"), List.of("--images", "1")));

    @TempDir
    private static Path folder;

    static List<String> examples() {
        List<String> examples = new ArrayList<>();
        new TreeMap<>(new CommandLine(new Reprise()).getSubcommands())
                .values()
                .forEach(command -> Stream.of(
                                command.getCommandSpec().usageMessage().footer())
                        .map(line -> line.replaceFirst("^ *source <\\((.*)\\)$", "  $1"))
                        .filter(line -> line.startsWith("  reprise "))
                        .forEach(line -> examples.add(line.strip())));
        return examples.stream().distinct().toList();
    }

    @BeforeAll
    static void makeWhatTheyRead() throws IOException {
        Path model = Files.copy(GOLDEN.resolve("torchscript_dynamic.onnx"), folder.resolve("model.onnx"));
        Files.createDirectory(folder.resolve("written"));
        run("optimize", model, "-o", folder.resolve("model.bundle"));
        for (String recording : List.of("recording", "a", "b", "cond", "uncond")) {
            run(
                    "record",
                    model,
                    "--inputs",
                    GOLDEN,
                    "--steps",
                    6,
                    "-p",
                    "fbc",
                    "--set",
                    "threshold=0.5",
                    "-o",
                    folder.resolve(recording));
        }
        Files.copy(folder.resolve("recording/recording.safetensors"), folder.resolve("captured.safetensors"));
        Files.writeString(folder.resolve("sampler.json"), "{\"preset\": \"digits\", \"steps\": 10}");
        Files.writeString(
                folder.resolve("tuned.json"), "{\"policy\": \"combined\", \"parameters\": {\"when\": \"interval\"}}");
        Files.writeString(
                folder.resolve("mask.json"), "{\"policy\": \"step_mask\", \"parameters\": {\"mask\": \"1010\"}}");
        CommandLineRun bench = run(
                "bench",
                folder.resolve("model.bundle"),
                "--inputs",
                folder.resolve("recording"),
                "--policy",
                "pab",
                "--steps",
                4,
                "--no-memory",
                "--format",
                "json");
        Files.writeString(folder.resolve("baseline.json"), bench.out());
    }

    private static CommandLineRun run(Object... arguments) {
        CommandLineRun run = CommandLineRun.of(arguments);
        assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.OK);
        return run;
    }

    @Test
    void everyCommandHasSome() {
        new CommandLine(new Reprise()).getSubcommands().forEach((name, command) -> {
            if (!command.getCommandSpec().usageMessage().hidden()) {
                assertThat(examples()).anySatisfy(line -> assertThat(line).startsWith("reprise " + name));
            }
        });
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("examples")
    void canBeTyped(String example) {
        List<String> words = words(example);
        CommandLine reprise = new CommandLine(new Reprise());
        reprise.setCaseInsensitiveEnumValuesAllowed(true);
        reprise.parseArgs(words.toArray(String[]::new));
        String command = String.join(" ", words);
        if (NOT_RUN.matcher(command).matches()) {
            return;
        }
        List<String> shorter = new ArrayList<>(words);
        SHORTER.getOrDefault(words.get(0), List.of()).stream()
                .filter(option -> !words.contains(option.get(0)))
                .forEach(shorter::addAll);
        CommandLineRun run = CommandLineRun.of(shorter.toArray());
        int otherwise = MAY_END_WITH.entrySet().stream()
                .filter(entry ->
                        Pattern.compile(entry.getKey()).matcher(command).find())
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(ExitCode.OK);
        assertThat(run.exitCode()).as(run.err()).isIn(ExitCode.OK, otherwise);
    }

    /** As a shell splits it, without its program and what it redirects; files lie in our folder. */
    private static List<String> words(String example) {
        List<String> words = new ArrayList<>();
        boolean updates = example.contains("--update");
        String before = "";
        Matcher matcher = WORD.matcher(example.replaceFirst("^reprise ", ""));
        while (matcher.find() && matcher.group(2) == null) {
            String word = matcher.group(1) != null ? matcher.group(1) : matcher.group(3);
            String name = word.replaceFirst("/$", "");
            if (WRITES.contains(before) && !updates) {
                word = folder.resolve("written")
                        .resolve(Integer.toHexString(example.hashCode()) + name)
                        .toString();
            } else if (READ.contains(name)) {
                word = folder.resolve(name).toString();
            }
            words.add(word);
            before = word;
        }
        int redirected = words.indexOf(">");
        return redirected < 0 ? words : words.subList(0, redirected);
    }
}
