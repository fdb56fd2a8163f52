package org.example.spark;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import javax.imageio.ImageIO;

/** A sample as people and files have it: −1 is black and 1 is white. */
final class GreyPicture {
    private static final double PEAK = 2;

    private final float[] sample;

    /**
     * A picture.
     *
     * @param sample [28, 28], this object's from now on
     * @throws InvalidRowException when a value is not finite
     */
    GreyPicture(float[] sample) {
        for (float value : sample) {
            if (!Float.isFinite(value)) {
                throw new InvalidRowException("the picture must have finite values, found " + value);
            }
        }
        this.sample = sample;
    }

    /** A PNG file. */
    byte[] png() {
        BufferedImage image = new BufferedImage(DigitsSampler.SIZE, DigitsSampler.SIZE, BufferedImage.TYPE_BYTE_GRAY);
        for (int j = 0; j < sample.length; j++) {
            int grey = Math.round((clamped(sample[j]) + 1) * 127.5f);
            image.getRaster().setSample(j % DigitsSampler.SIZE, j / DigitsSampler.SIZE, 0, grey);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** Of the float32 values, little-endian. */
    String sha256() {
        ByteBuffer bytes = ByteBuffer.allocate(sample.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(sample);
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.array()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static float clamped(float value) {
        return Math.min(1, Math.max(-1, value));
    }

    /** Decibels between what can be seen of both, infinite where that is equal. */
    double psnr(GreyPicture reference) {
        double error = 0;
        for (int j = 0; j < sample.length; j++) {
            double difference = clamped(sample[j]) - clamped(reference.sample[j]);
            error += difference * difference;
        }
        return 10 * Math.log10(PEAK * PEAK * sample.length / error);
    }
}
