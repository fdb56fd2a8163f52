package dev.reprise.runtime;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.runtime.api.Step;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Which policy, with the settings of the contract, works on which model, as {@code policy-support.txt} says. */
public final class PolicySupport {
    public static final Path FILE = Path.of("src/test/resources/policy-support.txt");

    private static final String SUPPORTED = "supported";

    private PolicySupport() {}

    /** One line per policy: whether it can be bound to the model. */
    public static List<String> bound(Manifest model) {
        return lines(settings -> settings.active().bind(model));
    }

    /** One line per policy: whether its first step runs. Some shapes are not known before. */
    public static List<String> atFirstStep(CachedTransformer model) {
        return lines(settings -> {
            Map<String, OnnxTensor> inputs = TestTensors.denoising(model.manifest(), 1, 0, 2, 2);
            try {
                model.enableCache(settings.active());
                model.run(Step.at(0, 2), inputs).close();
            } finally {
                model.disableCache();
                model.resetCache();
                TestTensors.close(inputs);
            }
        });
    }

    private static List<String> lines(Consumer<PolicySettings> attempt) {
        List<String> lines = new ArrayList<>();
        for (PolicySettings settings : PolicySettings.all()) {
            String answer = SUPPORTED;
            try {
                attempt.accept(settings);
            } catch (UnsupportedPolicyException e) {
                answer = String.valueOf(e.getMessage());
            }
            lines.add("  " + settings.name() + ": " + answer);
        }
        return lines;
    }

    /** The policies that the file says work on a model. */
    public static List<PolicySettings> expected(String model) {
        List<String> lines = sections().get(model);
        if (lines == null) {
            throw new IllegalArgumentException(FILE + " says nothing about " + model);
        }
        return PolicySettings.all().stream()
                .filter(settings -> lines.contains("  " + settings.name() + ": " + SUPPORTED))
                .toList();
    }

    private static Map<String, List<String>> sections() {
        Map<String, List<String>> sections = new LinkedHashMap<>();
        List<String> section = new ArrayList<>();
        for (String line : read()) {
            if (line.startsWith("  ")) {
                section.add(line);
            } else {
                section = new ArrayList<>();
                sections.put(line, section);
            }
        }
        return sections;
    }

    private static List<String> read() {
        try {
            return Files.readAllLines(FILE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
