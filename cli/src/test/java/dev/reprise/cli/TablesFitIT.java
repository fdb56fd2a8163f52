package dev.reprise.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.cli.command.Terminal;
import dev.reprise.testdata.TestModels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What every command prints on a terminal of 80 and of 120 columns: no line is wider. What is for pasting is not broken. */
class TablesFitIT {
    private static final Path MODEL = TestModels.golden("dit").resolve("torchscript.onnx");

    /** A line to paste: paths make it as long as it is. */
    private static final List<String> PASTED = List.of("  reprise ", "  transformer.", "  --policy ");

    @TempDir
    private static Path folder;

    /** With long names, which take most room. */
    static List<List<String>> commands() {
        return List.of(
                List.of("inspect", "BUNDLE"),
                List.of("inspect", "BUNDLE", "--all"),
                List.of("optimize", "MODEL", "--dry-run"),
                List.of("verify", "MODEL", "--recording", "RECORDING", "--tolerance", "1e-12"),
                List.of(
                        "bench",
                        "BUNDLE",
                        "--random",
                        "1",
                        "--steps",
                        "3",
                        "--rounds",
                        "1",
                        "--no-memory",
                        "-p",
                        "pyramid_attention_broadcast",
                        "--set",
                        "spatial_attention_block_skip_range=2"),
                List.of(
                        "record",
                        "BUNDLE",
                        "--random",
                        "1",
                        "--steps",
                        "2",
                        "-p",
                        "pyramid_attention_broadcast",
                        "--set",
                        "spatial_attention_block_skip_range=2",
                        "-o",
                        "RECORDED",
                        "--force"),
                List.of(
                        "calibrate",
                        "BUNDLE",
                        "--random",
                        "1",
                        "--steps",
                        "4",
                        "--target-psnr",
                        "1",
                        "--no-timing",
                        "--all",
                        "-o",
                        "CALIBRATED"),
                List.of(
                        "freeze",
                        "BUNDLE",
                        "--random",
                        "1",
                        "--steps",
                        "4",
                        "-p",
                        "mask",
                        "--set",
                        "mask=1010",
                        "-o",
                        "MASK"),
                List.of("policies"),
                List.of("policies", "combined"),
                List.of("doctor"));
    }

    /** These take seconds: once, on the narrower terminal. */
    static List<List<String>> slowCommands() {
        return List.of(
                List.of("demo", "--model", "video", "--steps", "4", "--rounds", "1", "-o", "DEMO"),
                List.of(
                        "tune",
                        "BUNDLE",
                        "--sampler",
                        "{\"preset\": \"flow\", \"steps\": 10}",
                        "--inputs",
                        "RECORDING",
                        "--evaluations",
                        "4",
                        "--images",
                        "1",
                        "--max-minutes",
                        "0.02",
                        "-o",
                        "TUNED"));
    }

    @BeforeAll
    static void cut() {
        assertThat(CommandLineRun.of("optimize", MODEL, "-o", folder.resolve("b"))
                        .exitCode())
                .isZero();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void resultsFit(List<String> command) {
        fits(command, 80);
        fits(command, 120);
    }

    @ParameterizedTest
    @MethodSource("slowCommands")
    void slowResultsFit(List<String> command) {
        fits(command, 80);
    }

    private static void fits(List<String> command, int width) {
        Terminal terminal = Terminal.of(Map.of("NO_COLOR", "1"), Integer.toString(width), false);
        CommandLineRun run =
                CommandLineRun.on(terminal, arguments(command, width).toArray());

        assertThat(run.out()).as(run.err()).isNotBlank();
        assertThat(run.out().lines().filter(TablesFitIT::isText))
                .allSatisfy(line -> assertThat(line.length()).as(line).isLessThanOrEqualTo(width));
    }

    /** Not for pasting, and more than one long path. */
    private static boolean isText(String line) {
        return PASTED.stream().noneMatch(line::startsWith) && line.strip().contains(" ");
    }

    private static List<String> arguments(List<String> command, int width) {
        List<String> arguments = new ArrayList<>();
        for (String argument : command) {
            arguments.add(
                    switch (argument) {
                        case "MODEL" -> MODEL.toString();
                        case "BUNDLE" -> folder.resolve("b").toString();
                        case "RECORDING" -> MODEL.getParent().toString();
                        case "RECORDED" -> folder.resolve("r" + width).toString();
                        case "CALIBRATED" -> folder.resolve("c.json").toString();
                        case "DEMO" -> folder.resolve("demo").toString();
                        case "TUNED" -> folder.resolve("t.json").toString();
                        case "MASK" -> folder.resolve("m" + width).toString();
                        default -> argument;
                    });
        }
        return arguments;
    }

    @Test
    void everyCommandIsTested() {
        TreeSet<String> shown = new TreeSet<>();
        new CommandLine(new Reprise()).getSubcommands().forEach((name, command) -> {
            if (!command.getCommandSpec().usageMessage().hidden()) {
                shown.add(name);
            }
        });
        // A script, and a server that prints its address.
        shown.removeAll(List.of("completion", "playground"));
        assertThat(new TreeSet<>(Stream.concat(commands().stream(), slowCommands().stream())
                        .map(command -> command.get(0))
                        .toList()))
                .isEqualTo(shown);
    }

    @ParameterizedTest
    @ValueSource(ints = {80, 120})
    void helpFits(int width) {
        Terminal terminal = Terminal.of(Map.of("NO_COLOR", "1"), Integer.toString(width), false);
        for (String name : new CommandLine(new Reprise()).getSubcommands().keySet()) {
            List<String> lines =
                    CommandLineRun.on(terminal, name, "--help").out().lines().toList();
            // Examples are for pasting.
            assertThat(lines.stream().filter(line -> !line.startsWith("  reprise ") && !line.startsWith("  source ")))
                    .allSatisfy(line ->
                            assertThat(line.length()).as(name + ": " + line).isLessThanOrEqualTo(width));
        }
    }
}
