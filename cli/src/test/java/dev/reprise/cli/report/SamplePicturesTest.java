package dev.reprise.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.verify.api.StepMap;
import dev.reprise.verify.report.Png;
import java.awt.Font;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class SamplePicturesTest {
    private static final GenerationReport TWO_SAMPLES =
            generation(List.of(new float[] {-2, -1, 1, 2}, new float[] {0, 0.5f, -0.5f, 0}));

    @Test
    void samplesStandSideBySideAndValuesOutsideOfTheRangeAreClamped() {
        BufferedImage strip = SamplePictures.strip(TWO_SAMPLES);

        assertThat(row(strip, 0)).containsExactly(0, 0, 128, 191);
        assertThat(row(strip, 1)).containsExactly(255, 255, 64, 128);
    }

    @Test
    void aPngFileHasTheSamePixels() throws IOException {
        BufferedImage strip = SamplePictures.strip(TWO_SAMPLES);

        BufferedImage read = ImageIO.read(new ByteArrayInputStream(Png.of(strip)));

        assertThat(row(read, 0)).isEqualTo(row(strip, 0));
        assertThat(row(read, 1)).isEqualTo(row(strip, 1));
    }

    @Test
    void theSheetHasALineForEachGenerationAndLeavesNoRoomForLabelsItCannotDraw() {
        BufferedImage sheet = ContactSheet.draw(List.of(TWO_SAMPLES, TWO_SAMPLES), Optional.empty());

        assertThat(sheet.getHeight()).isEqualTo(6 + 2 * (4 + 6));
        assertThat(sheet.getWidth()).isEqualTo(6 + 2 * (4 + 6));
        // The second line, second sample: two pixels for each value.
        assertThat(List.of(grey(sheet, 16, 16), grey(sheet, 19, 16), grey(sheet, 17, 19)))
                .containsExactly(128, 191, 64);
    }

    @Test
    void labelsStandToTheLeftOfTheSamples() {
        Optional<Font> font = LabelFont.find();

        BufferedImage sheet = ContactSheet.draw(List.of(TWO_SAMPLES), font);

        int bright = 0;
        for (int x = 0; x < sheet.getWidth() - 20; x++) {
            for (int y = 0; y < sheet.getHeight(); y++) {
                bright += grey(sheet, x, y) > 100 ? 1 : 0;
            }
        }
        assertThat(bright > 0).as("something is written").isEqualTo(font.isPresent());
    }

    private static int grey(BufferedImage image, int x, int y) {
        return image.getRGB(x, y) & 0xff;
    }

    private static int[] row(BufferedImage image, int y) {
        int[] row = new int[image.getWidth()];
        for (int x = 0; x < row.length; x++) {
            row[x] = grey(image, x, y);
        }
        return row;
    }

    private static GenerationReport generation(List<float[]> samples) {
        StepMap map = new StepMap(List.of(), List.of(), List.of());
        return new GenerationReport(
                "none", "No cache", "", "{}", 1, 1e6, 1, Double.POSITIVE_INFINITY, 1, 0, samples, map);
    }
}
