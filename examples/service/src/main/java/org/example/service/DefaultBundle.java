package org.example.service;

import dev.reprise.demo.DemoModels;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.util.FileSystemUtils;

/** Cuts the digits model into a temporary folder where nobody names a bundle. A service of yours needs no such thing. */
final class DefaultBundle implements ApplicationListener<ApplicationEnvironmentPreparedEvent> {
    private static final String BUNDLE = "reprise.bundle";

    @Override
    public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
        ConfigurableEnvironment environment = event.getEnvironment();
        if (!environment.containsProperty(BUNDLE)) {
            environment
                    .getPropertySources()
                    .addLast(new MapPropertySource("default bundle", Map.of(BUNDLE, cut().toString())));
        }
    }

    private static Path cut() {
        try {
            Path folder = Files.createTempDirectory("reprise-service");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
            return Optimizer.cut(
                            DemoModels.digits().resolve("torchscript.onnx"),
                            CutOptions.DEFAULTS.withPackedWeights(true))
                    .write(folder.resolve("digits.bundle"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Files that a model maps may go while it is open. */
    private static void delete(Path folder) {
        try {
            FileSystemUtils.deleteRecursively(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
