package dev.reprise.cli.report;

import java.awt.image.BufferedImage;
import java.util.List;

/**
 * Samples of one generation, values in −1..1: pictures side by side, or videos below each other with their frames side by side. One
 * channel is grey, three are red, green, blue.
 */
public final class Samples {
    /** What a difference is multiplied with to be seen, the same for all settings so that they can be compared. */
    static final int DIFFERENCE_GAIN = 8;

    /** [samples, channels, frames, height, width] */
    private final float[] values;

    private final int count;
    private final int channels;
    private final int frames;
    private final int height;
    private final int width;

    private Samples(float[] values, int channels, int frames, int height, int width) {
        if (channels != 1 && channels != 3) {
            throw new IllegalArgumentException("a sample has 1 or 3 channels, found " + channels);
        }
        count = values.length / (channels * frames * height * width);
        if (count < 1 || values.length != count * channels * frames * height * width) {
            throw new IllegalArgumentException("expected samples of " + channels + " × " + frames + " × " + height
                    + " × " + width + " values, found " + values.length + " values");
        }
        this.values = values;
        this.channels = channels;
        this.frames = frames;
        this.height = height;
        this.width = width;
    }

    /** @param sample shape of one: [channels, height, width] or [channels, frames, height, width] */
    public static Samples of(float[] values, List<Long> sample) {
        int[] sizes = sample.stream().mapToInt(Math::toIntExact).toArray();
        int last = sizes.length - 1;
        return new Samples(values, sizes[0], last == 3 ? sizes[1] : 1, sizes[last - 1], sizes[last]);
    }

    /** Height of a frame. */
    int height() {
        return height;
    }

    /** Width of a frame. */
    int width() {
        return width;
    }

    /** Columns of the picture in frames. */
    public int columns() {
        return frames > 1 ? frames : count;
    }

    /** Rows of the picture in frames. */
    public int rows() {
        return frames > 1 ? count : 1;
    }

    /** All samples, a pixel for each value: −1 and below is black, 1 and above is white. */
    public BufferedImage picture() {
        return draw(at -> level(values[at]) * 127.5f);
    }

    /** The amplified absolute difference to the same samples of another generation; black is none. */
    public BufferedImage difference(Samples other) {
        return draw(at -> Math.abs(level(values[at]) - level(other.values[at])) * 127.5f * DIFFERENCE_GAIN);
    }

    private static float level(float value) {
        return Math.max(-1, Math.min(1, value)) + 1;
    }

    private interface Brightness {
        float of(int at);
    }

    private BufferedImage draw(Brightness brightness) {
        BufferedImage picture = new BufferedImage(columns() * width, rows() * height, BufferedImage.TYPE_INT_RGB);
        int area = height * width;
        int plane = frames * area;
        for (int sample = 0; sample < count; sample++) {
            for (int frame = 0; frame < frames; frame++) {
                int left = (frames > 1 ? frame : sample) * width;
                int top = frames > 1 ? sample * height : 0;
                for (int pixel = 0; pixel < area; pixel++) {
                    int at = sample * channels * plane + frame * area + pixel;
                    int rgb = 0;
                    for (int channel = 0; channel < 3; channel++) {
                        int from = at + (channels == 1 ? 0 : channel * plane);
                        rgb = rgb << 8 | Math.min(255, Math.round(brightness.of(from)));
                    }
                    picture.setRGB(left + pixel % width, top + pixel / width, rgb);
                }
            }
        }
        return picture;
    }
}
