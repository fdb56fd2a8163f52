package dev.reprise.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reprise.cli.command.ExitCode;
import dev.reprise.ort.provider.ExecutionProvider;
import dev.reprise.testdata.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** Execution providers that cannot be used, on every command that takes one: one line that names the provider, nothing written. */
class BadProviderIT {
    private static final String MODEL =
            TestModels.golden("pixart").resolve("torchscript.onnx").toString();
    private static final String RECORDING = TestModels.golden("pixart").toString();

    /** What a command is called with, besides the provider. */
    private static final List<List<String>> COMMANDS = List.of(
            List.of("bench", MODEL, "--random", "1", "--steps", "2", "--no-memory"),
            List.of("calibrate", MODEL, "--random", "1", "--steps", "4", "-o", "OUTPUT"),
            List.of("demo", "-o", "OUTPUT"),
            List.of("doctor"),
            List.of("freeze", MODEL, "--random", "1", "--steps", "4", "--policy", "fbc", "-o", "OUTPUT"),
            List.of("measure-memory", "BUNDLE", "--random", "1", "--steps", "2"),
            List.of("optimize", MODEL, "--measure", "0.01", "-o", "OUTPUT"),
            List.of("playground"),
            List.of("record", MODEL, "--random", "1", "--steps", "2", "-o", "OUTPUT"),
            List.of(
                    "tune",
                    MODEL,
                    "--sampler",
                    "{\"preset\":\"digits\"}",
                    "--random",
                    "1",
                    "--evaluations",
                    "2",
                    "-o",
                    "OUTPUT"),
            List.of("verify", MODEL, "--recording", RECORDING));

    /** A bundle, and provider libraries: ONNX Runtime never lets go of one that it registered. */
    @TempDir
    private static Path made;

    @TempDir
    private Path folder;

    private static boolean compiled;

    static List<List<String>> commands() {
        return COMMANDS;
    }

    @BeforeAll
    static void makeBundle() {
        assertThat(CommandLineRun.of("optimize", MODEL, "-o", bundle()).exitCode())
                .isZero();
    }

    @BeforeAll
    static void compile() throws IOException, InterruptedException {
        compiled = compile(
                        "newer",
                        "return ((void *(*)(int, const char *)) ((void **) base->api(1))[0])"
                                + "(1, base->api(9999) == 0 ? \"it needs version 9999\" : \"unexpected\");")
                && compile("idle", "*count = 0; return 0;");
    }

    /** The two functions of a provider library; the one that makes its providers has this body. */
    private static boolean compile(String name, String body) throws IOException, InterruptedException {
        Path source = Files.writeString(made.resolve(name + ".c"), """
                typedef struct { void *(*api)(unsigned); const char *(*version)(void); } Base;
                void *CreateEpFactories(const char *name, const Base *base, const void *logger,
                        void **factories, unsigned long max, unsigned long *count) { %s }
                void *ReleaseEpFactory(void *factory) { return 0; }
                """.formatted(body));
        try {
            return new ProcessBuilder(
                                    "cc",
                                    "-shared",
                                    "-fPIC",
                                    "-o",
                                    library(name).toString(),
                                    source.toString())
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false; // no C compiler
        }
    }

    private static Path bundle() {
        return made.resolve("bundle");
    }

    private static Path library(String name) {
        return made.resolve("lib" + name + ".so");
    }

    @Test
    void everyCommandWithAProviderIsTested() {
        List<String> found = new ArrayList<>();
        new TreeMap<>(new CommandLine(new Reprise()).getSubcommands()).forEach((name, command) -> {
            if (command.getCommandSpec().findOption("--provider") != null) {
                found.add(name);
            }
        });
        assertThat(COMMANDS.stream().map(command -> command.get(0))).containsExactlyElementsOf(found);
    }

    @ParameterizedTest
    @MethodSource("commands")
    void unknown(List<String> command) {
        for (String name : List.of("gpu", "cuda:x", "cuda:-1", "cuda:99999999999", "cpu:1", "", "cpu,,cuda")) {
            CommandLineRun run = run(command, name);
            assertThat(run.errorLines()).singleElement().asString().contains("--provider", "provider must be");
            assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.USAGE);
            assertThat(run.out()).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("commands")
    void notInThisOnnxRuntime(List<String> command) {
        for (String name : List.of("cuda:0", "cuda:99", "tensorrt:0", "webgpu")) {
            assumeFalse(ExecutionProvider.parse(name).isCompiledIn(), "this ONNX Runtime has " + name);
            refused(command, name, name + " cannot be used: the ONNX Runtime of this process does not have it");
        }
    }

    @ParameterizedTest
    @MethodSource("commands")
    void noneOfSeveral(List<String> command) {
        assumeFalse(ExecutionProvider.parse("cuda").isCompiledIn(), "this ONNX Runtime has CUDA");
        Path library = folder.resolve("libnone.so");
        refused(command, library + ",cuda:1", library + " cannot be used: the file is missing");
        refused(command, library + ",cuda:1", "cuda:1 cannot be used: ");
    }

    @ParameterizedTest
    @MethodSource("commands")
    @EnabledOnOs(OS.LINUX)
    void noLibrary(List<String> command) throws IOException {
        Path text = Files.writeString(folder.resolve("libtext.so"), "no library");
        refused(command, text.toString(), text + " cannot be used: ");
        refused(command, folder.toString(), folder + " cannot be used: the file is missing");
    }

    @ParameterizedTest
    @MethodSource("commands")
    @EnabledOnOs(OS.LINUX)
    void noProviderLibrary(List<String> command) {
        Path other = Path.of(System.getProperty("java.home"), "lib", "libzip.so");
        refused(command, other.toString(), other + " cannot be used: it is no provider library");
    }

    @ParameterizedTest
    @MethodSource("commands")
    @EnabledOnOs(OS.LINUX)
    void providerLibraryOfAnotherVersion(List<String> command) {
        assumeTrue(compiled, "no C compiler");
        Path newer = library("newer");
        refused(command, newer.toString(), newer + " cannot be used: it needs version 9999");
    }

    @ParameterizedTest
    @MethodSource("commands")
    @EnabledOnOs(OS.LINUX)
    void deviceThatALibraryDoesNotOffer(List<String> command) {
        assumeTrue(compiled, "no C compiler");
        String idle = library("idle") + ":7";
        refused(command, idle, idle + " cannot be used: the library offers no device");
    }

    private CommandLineRun run(List<String> command, String provider) {
        List<Object> arguments = new ArrayList<>();
        for (String argument : command) {
            arguments.add(
                    switch (argument) {
                        case "OUTPUT" -> output();
                        case "BUNDLE" -> bundle();
                        default -> argument;
                    });
        }
        arguments.add("--provider");
        arguments.add(provider);
        return CommandLineRun.of(arguments.toArray());
    }

    private Path output() {
        return folder.resolve("output");
    }

    private void refused(List<String> command, String provider, String named) {
        CommandLineRun run = run(command, provider);

        if (command.get(0).equals("doctor")) {
            // To find this out is its work, so it is a finding.
            assertThat(run.out()).contains("error: ").contains(named);
            assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
            return;
        }
        assertThat(run.errorLines()).singleElement().asString().contains(named).doesNotContain("internal error");
        assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.INVALID);
        assertThat(run.out()).isEmpty();
        assertThat(output()).doesNotExist();
    }
}
