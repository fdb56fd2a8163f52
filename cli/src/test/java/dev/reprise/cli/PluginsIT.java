package dev.reprise.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.part.PartProvider;
import dev.reprise.cache.policy.FirstBlockCache;
import dev.reprise.cache.policy.PolicyProvider;
import dev.reprise.cli.command.ExitCode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Jars with policies of others that cannot be used: one line that names them, exit code 2. Each in a process of its own, because a catalogue
 * is made once. {@code examples/policy} shows one that can be used.
 */
class PluginsIT {
    @TempDir
    private Path folder;

    private record Run(int exitCode, String out, String err) {}

    /** A policy that a jar names, and this test's class path has. */
    public static final class Clash implements PolicyProvider {
        @Override
        public List<PolicyType> policies() {
            return List.of(FirstBlockCache.TYPE);
        }
    }

    @Test
    void aNameThatIsTaken() throws IOException, InterruptedException {
        Path plugin = plugin("clash.jar", PolicyProvider.class, Clash.class.getName());

        refused(
                plugin.toString(),
                "PluginsIT$Clash has a policy called first_block_cache, and there is one of this name");
        Run help = run(plugin.toString(), "bench", "--help");
        assertThat(help.exitCode()).as(help.err()).isZero();
    }

    /** A jar that can be used, of a policy under another name. */
    public static final class Renamed implements PolicyProvider {
        @Override
        public List<PolicyType> policies() {
            PolicyType fbc = FirstBlockCache.TYPE;
            return List.of(new PolicyType(
                    "acme_cache", List.of(), fbc.summary(), fbc.source(), fbc.parameters(), fbc.factory()));
        }
    }

    @Test
    void whereAPolicyComesFromIsSaid() throws IOException, InterruptedException {
        Path plugin = plugin("acme.jar", PolicyProvider.class, Renamed.class.getName());

        for (String[] arguments : new String[][] {{"policies"}, {"policies", "acme_cache"}}) {
            Run run = run(plugin.toString(), arguments);
            assertThat(run.exitCode()).as(run.err()).isZero();
            assertThat(run.out().lines().filter(line -> line.strip().startsWith("From ")))
                    .singleElement()
                    .asString()
                    .contains("From " + Renamed.class.getName() + " in ", "test-classes");
        }
    }

    @Test
    void aProviderThatIsMissing() throws IOException, InterruptedException {
        refused(
                plugin("policy.jar", PolicyProvider.class, "com.acme.Gone").toString(),
                "policy provider cannot be used: ",
                "com.acme.Gone not found");
        // The folder of the jar before, too.
        plugin("a.jar", PartProvider.class, "com.acme.GonePart");
        Files.delete(folder.resolve("policy.jar"));
        refused(folder.toString(), "indicator provider cannot be used: ", "com.acme.GonePart not found");
    }

    @Test
    void noJar() throws IOException, InterruptedException {
        refused(folder.toString(), "must name jars or folders with jars, found none in " + folder);
        refused(folder.resolve("gone.jar").toString(), "found nothing at " + folder.resolve("gone.jar"));
        Path text = Files.writeString(folder.resolve("text.jar"), "no jar");
        refused(text.toString(), text + ", which is no jar: ");
    }

    private void refused(String plugins, String... named) throws IOException, InterruptedException {
        Run run = run(plugins, "policies");

        assertThat(run.err().lines())
                .singleElement()
                .asString()
                .startsWith("reprise")
                .contains(named);
        assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.USAGE);
        assertThat(run.out()).isEmpty();
    }

    private Path plugin(String name, Class<?> service, String provider) throws IOException {
        Path jar = folder.resolve(name);
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(out)) {
            entries.putNextEntry(new JarEntry("META-INF/services/" + service.getName()));
            entries.write(provider.getBytes(StandardCharsets.UTF_8));
        }
        return jar;
    }

    private Run run(String plugins, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        Path err = Files.createTempFile("plugins", ".err");
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(err.toFile());
        builder.environment().put("REPRISE_PLUGINS", plugins);
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Run run = new Run(process.waitFor(), out, Files.readString(err));
        Files.delete(err);
        return run;
    }
}
