package dev.reprise.cli.report;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Samples as pictures, and pictures as PNG. */
public final class SamplePictures {
    private SamplePictures() {}

    /** The samples of one generation side by side, a pixel for each value: for a page that scales them itself. */
    static BufferedImage strip(GenerationReport generation) {
        int size = generation.sampleSize();
        BufferedImage strip = new BufferedImage(generation.samples().size() * size, size, BufferedImage.TYPE_INT_RGB);
        int left = 0;
        for (float[] sample : generation.samples()) {
            for (int i = 0; i < sample.length; i++) {
                strip.setRGB(left + i % size, i / size, grey(sample[i]));
            }
            left += size;
        }
        return strip;
    }

    /** −1 and below is black, 1 and above is white. */
    private static int grey(float value) {
        int brightness = Math.round((Math.max(-1, Math.min(1, value)) + 1) * 127.5f);
        return brightness << 16 | brightness << 8 | brightness;
    }

    /** The picture as a PNG file. */
    public static byte[] png(BufferedImage picture) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        // ImageIO keeps what it writes to a plain stream in a temporary file.
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            if (!ImageIO.write(picture, "png", out)) {
                throw new IllegalStateException("this Java has no PNG writer");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("writing a picture to memory", e);
        }
        return bytes.toByteArray();
    }

    /** The picture as a {@code data:} address, for pages without external resources. */
    static String dataUri(BufferedImage picture) {
        return "data:image/png;base64," + Base64.getEncoder().encodeToString(png(picture));
    }
}
