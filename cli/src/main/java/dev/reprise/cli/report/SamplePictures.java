package dev.reprise.cli.report;

import java.awt.image.BufferedImage;

/** Samples as pictures. */
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
}
