package dev.reprise.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.demo.DemoModels;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An application that is a Java module uses the jars as modules: the entries are there, everything else is hidden. */
class ModulePathIT {
    private static final Path JARS = Path.of("target", "lib");

    @TempDir
    private Path folder;

    @Test
    void cutsAndOpensAModel() throws IOException, InterruptedException {
        String problems = compile("""
                CutOptions options = CutOptions.DEFAULTS;
                Path bundle = Path.of(arguments[1]);
                Optimizer.cut(Path.of(arguments[0]), options).write(bundle);
                try (CachedTransformer transformer = CachedTransformer.open(bundle, SessionSettings.cpu())) {
                    transformer.enableCache(FirstBlockCache.builder().build());
                    System.out.println("inputs: " + transformer.inputs().size());
                }
                """);
        assertThat(problems).isEmpty();

        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-p",
                        JARS + java.io.File.pathSeparator + folder.resolve("classes"),
                        "-m",
                        "application/application.Main",
                        DemoModels.digits().resolve("torchscript.onnx").toString(),
                        folder.resolve("bundle").toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile())
                .start();
        boolean ended = process.waitFor(2, TimeUnit.MINUTES);
        process.destroyForcibly();

        assertThat(ended).isTrue();
        assertThat(Files.readString(folder.resolve("output"))).contains("inputs: 3");
        assertThat(process.exitValue()).isZero();
    }

    @Test
    void doesNotSeeHiddenPackages() throws IOException {
        assertThat(compile("dev.reprise.runtime.step.Generation hidden = null;"))
                .contains("package dev.reprise.runtime.step is not visible");
        assertThat(compile("dev.reprise.optimizer.locate.AttentionLocator hidden = null;"))
                .contains("package dev.reprise.optimizer.locate is not visible");
    }

    /** Compiles a module whose main method is this, and returns what the compiler says. */
    private String compile(String body) throws IOException {
        Path sources = Files.createDirectories(folder.resolve("sources/application"));
        Files.writeString(sources.resolveSibling("module-info.java"), """
                module application {
                    requires dev.reprise.optimizer;
                    requires dev.reprise.runtime;
                }
                """);
        Files.writeString(sources.resolve("Main.java"), """
                package application;

                import dev.reprise.cache.policy.FirstBlockCache;
                import dev.reprise.optimizer.Optimizer;
                import dev.reprise.optimizer.api.CutOptions;
                import dev.reprise.runtime.CachedTransformer;
                import dev.reprise.runtime.api.SessionSettings;
                import java.nio.file.Path;

                public final class Main {
                    public static void main(String[] arguments) throws Exception {
                """ + body + "}}");
        StringWriter said = new StringWriter();
        PrintWriter writer = new PrintWriter(said);
        ToolProvider.findFirst("javac")
                .orElseThrow()
                .run(
                        writer,
                        writer,
                        List.of(
                                        "-d",
                                        folder.resolve("classes").toString(),
                                        "-p",
                                        JARS.toString(),
                                        sources.resolveSibling("module-info.java")
                                                .toString(),
                                        sources.resolve("Main.java").toString())
                                .toArray(String[]::new));
        return said.toString();
    }
}
