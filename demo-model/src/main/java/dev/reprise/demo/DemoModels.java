package dev.reprise.demo;

import java.nio.file.Path;

/** The models that the demo draws with. */
public final class DemoModels {
    private static final ResourceFolders RESOURCES = new ResourceFolders(DemoModels.class);

    private DemoModels() {}

    /** The trained digits model: {@code torchscript.onnx}, {@code classifier.onnx}, {@code captions.safetensors}. */
    public static Path digits() {
        return RESOURCES.folder("digits");
    }

    /** The trained video model: {@code torchscript.onnx}, {@code captions.safetensors}. */
    public static Path video() {
        return RESOURCES.folder("video");
    }
}
