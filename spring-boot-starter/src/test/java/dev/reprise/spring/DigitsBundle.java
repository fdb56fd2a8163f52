package dev.reprise.spring;

import dev.reprise.demo.DemoModels;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import java.nio.file.Path;

/** The digits model, cut: a real model whose step takes milliseconds. */
public final class DigitsBundle {
    private DigitsBundle() {}

    /** Writes it into a folder. */
    public static Path in(Path folder) {
        return Optimizer.cut(DemoModels.digits().resolve("torchscript.onnx"), CutOptions.DEFAULTS)
                .write(folder.resolve("digits.bundle"));
    }
}
