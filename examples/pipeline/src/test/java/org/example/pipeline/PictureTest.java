package org.example.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class PictureTest {
    /** Two pixels side by side; a plane for each color. */
    private static final float[] DECODED = {-1, 3, 0, -7, 1, 0.5f};

    @Test
    void becomesPixels() throws IOException {
        Picture picture = Picture.ofDecoded(DECODED, 2, 1);
        assertThat(picture.planes()).containsExactly(0, 1, 0.5f, 0, 1, 0.75f);
        BufferedImage read = ImageIO.read(new ByteArrayInputStream(picture.png()));
        assertThat(read.getWidth()).isEqualTo(2);
        assertThat(read.getRGB(0, 0)).isEqualTo(0xff0080ff);
        assertThat(read.getRGB(1, 0)).isEqualTo(0xffff00bf);
    }

    @Test
    void refusesWhatIsNoNumber() {
        assertThatThrownBy(() -> Picture.ofDecoded(new float[] {0, Float.NaN, 0}, 1, 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("must have finite values, found NaN");
    }
}
