package dev.reprise.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class PngTest {
    @Test
    void otherReadersSeeTheSamePixels() throws IOException {
        GreyImage image = new GreyImage(7, 5, 10);
        for (int y = 0; y < 5; y++) {
            for (int x = 0; x < 7; x++) {
                image.set(x, y, (x * 40 + y * 3) & 0xff);
            }
        }

        BufferedImage read = ImageIO.read(new ByteArrayInputStream(Png.encode(image)));

        assertThat(read.getWidth()).isEqualTo(7);
        assertThat(read.getHeight()).isEqualTo(5);
        for (int y = 0; y < 5; y++) {
            for (int x = 0; x < 7; x++) {
                assertThat(read.getRaster().getSample(x, y, 0)).isEqualTo(image.get(x, y));
            }
        }
    }

    @Test
    void samplesAreClampedAndScaled() {
        GreyImage image = new GreyImage(4, 4, 0);
        image.sample(0, 0, new float[] {-2, -1, 1, 2}, 2, 2);

        assertThat(image.get(0, 0)).isZero();
        assertThat(image.get(3, 1)).isZero();
        assertThat(image.get(1, 2)).isEqualTo(255);
        assertThat(image.get(3, 3)).isEqualTo(255);
    }
}
