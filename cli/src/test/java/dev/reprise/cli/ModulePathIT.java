package dev.reprise.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.demo.DemoModels;
import dev.reprise.testdata.ForkedJvm;
import java.io.File;
import java.io.IOException;
import java.lang.module.ModuleDescriptor.Exports;
import java.lang.module.ModuleFinder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The library modules on the module path: a program can use what they export, and that is not everything. */
class ModulePathIT {
    /** The library modules, as folders of classes or as jars, and the libraries that they require. */
    private static final Pattern MODULES = Pattern.compile(
            "[/\\\\](graph|cache-ops|ort|optimizer|runtime|verify)[/\\\\]target[/\\\\]|[/\\\\](protobuf-java|guava|failureaccess"
                    + "|jackson-(databind|core|annotations|dataformat-yaml)|snakeyaml|jte(-runtime)?|commons-(text|lang3)|hipparchus-core|onnxruntime(_gpu)?|jna|slf4j-api"
                    + "|jspecify)-[0-9.a-z-]+\\.jar$");

    private static final List<String> CLASS_PATH =
            Arrays.asList(System.getProperty("java.class.path").split(File.pathSeparator, -1));

    @Test
    void aProgramCutsAndRunsAModel(@TempDir Path folder) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(ForkedJvm.inherited());
        command.addAll(List.of(
                "--module-path",
                joined(true),
                "--add-modules",
                "dev.reprise.optimizer,dev.reprise.runtime",
                "-cp",
                joined(false),
                ModulePathUser.class.getName(),
                DemoModels.digits().resolve("torchscript.onnx").toString(),
                folder.resolve("bundle").toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();

        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(printed).isZero();
        assertThat(printed.lines()).contains("dev.reprise.runtime ran 2 steps");
    }

    @ParameterizedTest
    @CsvSource({
        "dev.reprise.cache, dev.reprise.cache dev.reprise.cache.math dev.reprise.cache.parameter dev.reprise.cache.policy"
                + " dev.reprise.cache.part dev.reprise.cache.indicator dev.reprise.cache.forecast dev.reprise.cache.span",
        "dev.reprise.ort, dev.reprise.ort.api dev.reprise.ort.provider",
        "dev.reprise.optimizer, dev.reprise.optimizer dev.reprise.optimizer.api",
        "dev.reprise.runtime, dev.reprise.runtime dev.reprise.runtime.api dev.reprise.runtime.monitor"
                + " dev.reprise.runtime.tune",
        "dev.reprise.verify, dev.reprise.verify dev.reprise.verify.api"
    })
    void onlyEntriesAreExportedToEverybody(String module, String packages) {
        Path[] path =
                CLASS_PATH.stream().filter(ModulePathIT::isModule).map(Path::of).toArray(Path[]::new);

        assertThat(ModuleFinder.of(path).find(module).orElseThrow().descriptor().exports())
                .filteredOn(export -> !export.isQualified())
                .extracting(Exports::source)
                .containsExactlyInAnyOrder(packages.split(" "));
    }

    private static String joined(boolean modules) {
        return CLASS_PATH.stream()
                .filter(entry -> isModule(entry) == modules)
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static boolean isModule(String entry) {
        return MODULES.matcher(entry).find();
    }
}
