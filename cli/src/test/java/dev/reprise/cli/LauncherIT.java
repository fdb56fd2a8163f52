package dev.reprise.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.testdata.TestModels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The launchers in the root folder, on the jar that was packaged before these tests. */
class LauncherIT {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    @TempDir
    private Path folder;

    /** A locale that is not installed, as one that ssh hands on to a container, is ASCII too. */
    @ParameterizedTest
    @ValueSource(strings = {"LC_ALL=C", "LC_CTYPE=POSIX", "LANG=xx_XX.UTF-8", "LC_ALL=xx_XX.UTF-8"})
    @DisabledOnOs(OS.WINDOWS)
    void findsFilesWithAnyNameInAnAsciiLocale(String locale) throws IOException, InterruptedException {
        Path model = TestModels.golden("dit").resolve("torchscript.onnx");

        // The shell makes the name: this test's own Java may not be able to.
        String output = run(List.of(
                "bash",
                "-c",
                "file=$1/$'mod\\303\\250le \\346\\250\\241.onnx'; cp \"$0\" \"$file\" &&"
                        + " env -u LC_ALL -u LC_CTYPE -u LANG \"$2\" ./reprise inspect \"$file\"",
                model.toString(),
                folder.toString(),
                locale));

        assertThat(output).contains("modèle 模.onnx");
    }

    @Test
    void looksForNewerSourcesInEveryModuleOfTheCommand() throws IOException {
        List<String> modules = new ArrayList<>(List.of("cli"));
        try (Stream<Path> libraries = Files.list(Path.of("target/lib"))) {
            libraries
                    .map(library -> Pattern.compile("reprise-([a-z-]+)-\\d.*")
                            .matcher(library.getFileName().toString()))
                    .filter(Matcher::matches)
                    .forEach(module -> modules.add(module.group(1)));
        }

        assertThat(listed("reprise", "\"\\$root\"/\\{([a-z,-]+)}", ",")).containsExactlyInAnyOrderElementsOf(modules);
        assertThat(listed("reprise.cmd", "sources = '([a-z,'-]+)'", "','"))
                .containsExactlyInAnyOrderElementsOf(modules);
    }

    private static List<String> listed(String launcher, String pattern, String separator) throws IOException {
        Matcher list = Pattern.compile(pattern).matcher(Files.readString(ROOT.resolve(launcher)));
        assertThat(list.find()).as(launcher).isTrue();
        return List.of(list.group(1).split(separator, -1));
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void printsTheVersionOfTheJar() throws IOException, InterruptedException {
        assertThat(run(List.of("./reprise", "--version"))).matches("(?s)reprise \\d+\\.\\d+\\.\\d+.*");
    }

    @Test
    @EnabledOnOs(OS.WINDOWS)
    void printsTheVersionOfTheJarOnWindows() throws IOException, InterruptedException {
        assertThat(run(List.of("cmd", "/c", "reprise.cmd", "--version"))).matches("(?s)reprise \\d+\\.\\d+\\.\\d+.*");
    }

    /** Runs a command in the root folder; it must succeed. */
    private static String run(List<String> command) throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(ROOT.toFile()).redirectErrorStream(true);
        builder.environment().put("REPRISE_SKIP_BUILD", "1");
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
