package dev.reprise.cli.report;

import java.util.Arrays;

/** An 8-bit greyscale picture. */
public final class GreyImage {
    private final int width;
    private final int height;
    private final byte[] pixels;

    /** All pixels have the given brightness, 0 to 255. */
    public GreyImage(int width, int height, int brightness) {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException("a picture needs at least one pixel, was " + width + " × " + height);
        }
        this.width = width;
        this.height = height;
        this.pixels = new byte[Math.multiplyExact(width, height)];
        Arrays.fill(pixels, (byte) brightness);
    }

    public int width() {
        return width;
    }

    public int height() {
        return height;
    }

    /** Sets a pixel; outside of the picture nothing happens. */
    public void set(int x, int y, int brightness) {
        if (x >= 0 && y >= 0 && x < width && y < height) {
            pixels[y * width + x] = (byte) brightness;
        }
    }

    int get(int x, int y) {
        return pixels[y * width + x] & 0xff;
    }

    /** Fills a rectangle. */
    public void fill(int x, int y, int wide, int high, int brightness) {
        for (int row = y; row < y + high; row++) {
            for (int column = x; column < x + wide; column++) {
                set(column, row, brightness);
            }
        }
    }

    /**
     * Draws a square sample [size × size] with values in −1..1, every value as a square of {@code scale} pixels.
     */
    public void sample(int x, int y, float[] values, int size, int scale) {
        for (int row = 0; row < size; row++) {
            for (int column = 0; column < size; column++) {
                float clamped = Math.max(-1, Math.min(1, values[row * size + column]));
                int brightness = Math.round((clamped + 1) * 127.5f);
                fill(x + column * scale, y + row * scale, scale, scale, brightness);
            }
        }
    }

    byte[] row(int y) {
        return Arrays.copyOfRange(pixels, y * width, (y + 1) * width);
    }
}
