package dev.reprise.ort.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnxruntime.OrtSession.SessionOptions;
import dev.reprise.ort.OrtProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Provider libraries that cannot be used. The real ONNX Runtime is asked to register them. */
class PluginProviderTest {
    @TempDir
    private Path folder;

    @BeforeAll
    static void start() {
        OrtProcess.current();
    }

    @Test
    void aFileThatIsNotThere() {
        Path library = folder.resolve("libnone.so");
        assertThatThrownBy(() -> add(new PluginProvider("none", library, 0, Map.of())))
                .isInstanceOf(ProviderUnavailableException.class)
                .hasMessageStartingWith("execution provider " + library + " cannot be used: ")
                .hasMessageContaining("the file is missing");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aFileThatIsNoLibrary() throws IOException {
        Path library = Files.writeString(folder.resolve("libtext.so"), "no library");
        assertThatThrownBy(() -> add(new PluginProvider("text", library, 0, Map.of())))
                .isInstanceOf(ProviderUnavailableException.class)
                .hasMessageStartingWith(
                        "execution provider " + library + " cannot be used: " + library + ": file too short;");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aLibraryOfAnotherKind() {
        Path library = DynamicLinker.ofProcess().find("libm.so.6").orElseThrow();
        assertThatThrownBy(() -> add(new PluginProvider("m", library, 0, Map.of())))
                .isInstanceOf(ProviderUnavailableException.class)
                .hasMessageStartingWith(
                        "execution provider " + library + " cannot be used: it is no provider library: ")
                .hasMessageContaining("CreateEpFactories");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aLibraryForANewerOnnxRuntime() throws IOException, InterruptedException {
        Path library = compile(
                "newer",
                "return ((void *(*)(int, const char *)) (((void **) base->api(1))[0]))"
                        + "(1, base->api(9999) == 0 ? \"this plugin needs version 9999\" : \"unexpected\");");
        assertThatThrownBy(() -> add(new PluginProvider("newer", library, 0, Map.of())))
                .isInstanceOf(ProviderUnavailableException.class)
                .hasMessageStartingWith("execution provider " + library + " cannot be used: ")
                .hasMessageContaining("this plugin needs version 9999");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aLibraryWithoutADeviceHere() throws IOException, InterruptedException {
        Path library = compile("idle", "*count = 0; return 0;");
        PluginProvider plugin = new PluginProvider("idle", library, 0, Map.of());
        String message = "execution provider " + library
                + " cannot be used: the library offers no device on this machine; use another provider";
        assertThatThrownBy(() -> add(plugin)).hasMessage(message);
        // The second use finds it registered.
        assertThatThrownBy(() -> add(plugin)).hasMessage(message);

        Path other = Files.copy(library, folder.resolve("other.so"));
        assertThatThrownBy(() -> add(new PluginProvider("idle", other, 0, Map.of())))
                .hasMessage("execution provider " + other + " cannot be used: the name idle is taken by " + library
                        + "; register one of them under another name");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aLibraryWithOneOfTheTwoFunctions() throws IOException, InterruptedException {
        // What follows the body has another name then.
        Path library = compile("half", "return 0; }\n#define ReleaseEpFactory Other\nvoid *unused(void) { return 0;");
        assertThatThrownBy(() -> add(new PluginProvider("half", library, 0, Map.of())))
                .isInstanceOf(ProviderUnavailableException.class)
                .hasMessageStartingWith(
                        "execution provider " + library + " cannot be used: it is no provider library: ")
                .hasMessageContaining("ReleaseEpFactory");
    }

    private static void add(PluginProvider plugin) {
        try (SessionOptions options = new SessionOptions()) {
            plugin.addTo(options);
            assertThat(options.getConfigEntries()).as("accepted").isNull();
        }
    }

    /** A provider library, where there is a C compiler. The first function of ONNX Runtime's table makes an error. */
    private Path compile(String name, String body) throws IOException, InterruptedException {
        Path compiler = Path.of("/usr/bin/cc");
        assumeTrue(Files.isExecutable(compiler), "no C compiler: " + compiler);
        Path library = folder.resolve("lib" + name + ".so");
        Path source = Files.writeString(
                folder.resolve(name + ".c"),
                "#include <stddef.h>\n"
                        + "typedef struct { const void *(*api)(unsigned); const char *(*version)(void); } Base;\n"
                        + "void *CreateEpFactories(const char *name, const Base *base, const void *log, void **factories,"
                        + " size_t most, size_t *count) { " + body + " }\n"
                        + "void *ReleaseEpFactory(void *factory) { return 0; }\n");
        Process process = new ProcessBuilder(
                        compiler.toString(), "-shared", "-fPIC", "-o", library.toString(), source.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return library;
    }
}
