package dev.reprise.verify.report;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Pictures as PNG. */
public final class Png {
    private Png() {}

    /** The picture as a PNG file. */
    public static byte[] of(BufferedImage picture) {
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
    public static String dataUri(BufferedImage picture) {
        return "data:image/png;base64," + Base64.getEncoder().encodeToString(of(picture));
    }
}
