package dev.reprise.verify.report;

import dev.reprise.verify.api.OutputPlane;
import java.awt.image.BufferedImage;

/** An output plane as pictures for a page. */
record PlanePictures(OutputPlane plane) {
    /** The recorded values, the smallest black and the largest white. */
    String recorded() {
        return picture(plane.recorded());
    }

    /** The found values on the same scale. */
    String found() {
        return picture(plane.found());
    }

    /** The amplified absolute difference; black is none. */
    String difference() {
        float[] recorded = plane.recorded();
        float[] found = plane.found();
        double scale = 255 * plane.amplification() / plane.range();
        BufferedImage picture = blank();
        for (int i = 0; i < recorded.length; i++) {
            double difference = Math.abs((double) found[i] - recorded[i]);
            grey(picture, i, Double.isFinite(difference) ? scale * difference : 255);
        }
        return Png.dataUri(picture);
    }

    private String picture(float[] values) {
        BufferedImage picture = blank();
        for (int i = 0; i < values.length; i++) {
            grey(picture, i, 255 * (values[i] - plane.low()) / plane.range());
        }
        return Png.dataUri(picture);
    }

    private BufferedImage blank() {
        return new BufferedImage(plane.columns(), plane.rows(), BufferedImage.TYPE_INT_RGB);
    }

    private void grey(BufferedImage picture, int position, double brightness) {
        int level = (int) Math.round(Math.max(0, Math.min(255, brightness)));
        picture.setRGB(position % plane.columns(), position / plane.columns(), level << 16 | level << 8 | level);
    }
}
