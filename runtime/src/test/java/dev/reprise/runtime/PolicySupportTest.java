package dev.reprise.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.testdata.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * No policy is lost on any model without somebody saying so: all of them against all golden models. Those of the contract
 * run a step, the others are bound.
 * {@code -Dreprise.golden=update} writes the file anew.
 */
class PolicySupportTest {
    @TempDir
    private Path folder;

    @Test
    void isAsTheFileSays() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path model : models()) {
            String name = model.getParent().getFileName() + "/"
                    + model.getFileName().toString().replace(".onnx", "");
            found.add(name);
            found.addAll(
                    PolicyContractTest.MODELS.contains(name)
                            ? atFirstStep(model)
                            : PolicySupport.bound(
                                    Optimizer.cut(model, CutOptions.DEFAULTS).manifest()));
        }
        if ("update".equals(System.getProperty("reprise.golden"))) {
            Files.createDirectories(PolicySupport.FILE.getParent());
            Files.write(PolicySupport.FILE, found);
        }
        assertThat(found).containsExactlyElementsOf(Files.readAllLines(PolicySupport.FILE));
    }

    /** A UNet stands for all of them. */
    private static List<Path> models() {
        List<Path> models = new ArrayList<>(TestModels.goldenModels());
        models.add(TestModels.unet("controlnet").resolve("torchscript.onnx"));
        return models;
    }

    private List<String> atFirstStep(Path model) {
        SessionSettings settings = SessionSettings.cpu().withoutOptimizations();
        try (CachedTransformer transformer = CachedTransformer.open(TestBundles.cut(model, folder), settings)) {
            return PolicySupport.atFirstStep(transformer);
        }
    }
}
