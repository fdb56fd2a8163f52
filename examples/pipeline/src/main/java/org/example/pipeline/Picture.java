package org.example.pipeline;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;

/** A picture: red, green and blue from 0 to 1. */
public final class Picture {
    private final float[] planes;
    private final int width;
    private final int height;

    private Picture(float[] planes, int width, int height) {
        this.planes = planes;
        this.width = width;
        this.height = height;
    }

    /**
     * From what a decoder says.
     *
     * @param decoded [3, height, width], −1 is black and 1 is white; what lies outside is cut off
     * @throws IllegalStateException when a value is not finite
     */
    static Picture ofDecoded(float[] decoded, int width, int height) {
        float[] planes = new float[decoded.length];
        for (int i = 0; i < planes.length; i++) {
            if (!Float.isFinite(decoded[i])) {
                throw new IllegalStateException("the picture must have finite values, found " + decoded[i]
                        + ": a float16 export that overflows, or latents that are not finite");
            }
            planes[i] = Math.min(1, Math.max(0, decoded[i] / 2 + 0.5f));
        }
        return new Picture(planes, width, height);
    }

    /** Pixels from left to right. */
    public int width() {
        return width;
    }

    /** Pixels from top to bottom. */
    public int height() {
        return height;
    }

    /** A copy of the values, [3, height, width]. */
    public float[] planes() {
        return planes.clone();
    }

    /** Eight bits for each value. */
    public BufferedImage image() {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        int pixels = width * height;
        for (int i = 0; i < pixels; i++) {
            int color = level(planes[i]) << 16 | level(planes[pixels + i]) << 8 | level(planes[2 * pixels + i]);
            image.setRGB(i % width, i / width, color);
        }
        return image;
    }

    private static int level(float value) {
        return (int) Math.rint(value * 255);
    }

    /** A PNG file. */
    public byte[] png() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image(), "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
