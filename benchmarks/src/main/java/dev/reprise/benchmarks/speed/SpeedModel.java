package dev.reprise.benchmarks.speed;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/** The transformers that are measured, about 50 million random weights each. */
enum SpeedModel {
    PIXART_256,
    PIXART_1024,
    FLUX_256;

    /** {@code pixart-256}: the architecture and its image tokens. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Writes the model into a folder, as {@code pixart-256.onnx}. */
    Path write(Path folder) throws IOException {
        Path file = folder.resolve(label() + ".onnx");
        return switch (this) {
            case PIXART_256 -> PixArtLike.write(file, 12, 8, 16);
            case PIXART_1024 -> PixArtLike.write(file, 12, 8, 32);
            case FLUX_256 -> FluxLike.write(file, 4, 6, 8, 256);
        };
    }
}
