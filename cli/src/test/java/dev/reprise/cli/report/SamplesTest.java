package dev.reprise.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.verify.api.StepMap;
import dev.reprise.verify.report.Png;
import dev.reprise.verify.run.PairedSpeedup;
import dev.reprise.verify.run.PolicyChoice;
import java.awt.Font;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class SamplesTest {
    private static final Samples TWO = Samples.of(new float[] {-2, -1, 1, 2, 0, 0.5f, -0.5f, 0}, List.of(1L, 2L, 2L));
    private static final GenerationReport TWO_SAMPLES = generation(TWO);

    @Test
    void picturesStandSideBySideAndValuesOutsideOfTheRangeAreClamped() {
        BufferedImage picture = TWO.picture();

        assertThat(row(picture, 0)).containsExactly(0, 0, 128, 191);
        assertThat(row(picture, 1)).containsExactly(255, 255, 64, 128);
    }

    @Test
    void videosStandBelowEachOtherWithTheirFramesSideBySideInColour() {
        // Two videos of two frames with one pixel each: red then green, blue then white.
        float[] values = {1, -1, -1, 1, -1, -1, -1, 1, -1, 1, 1, 1};

        BufferedImage picture = Samples.of(values, List.of(3L, 2L, 1L, 1L)).picture();

        assertThat(List.of(rgb(picture, 0, 0), rgb(picture, 1, 0), rgb(picture, 0, 1), rgb(picture, 1, 1)))
                .containsExactly(0xff0000, 0x00ff00, 0x0000ff, 0xffffff);
    }

    @Test
    void aDifferenceIsAmplifiedAndBlackWhereThereIsNone() {
        Samples one = Samples.of(new float[] {0, 0, 1}, List.of(1L, 1L, 3L));
        Samples other = Samples.of(new float[] {0, 0.1f, -1}, List.of(1L, 1L, 3L));

        assertThat(row(one.difference(other), 0)).containsExactly(0, 102, 255);
    }

    @Test
    void aPngFileHasTheSamePixels() throws IOException {
        BufferedImage read = ImageIO.read(new ByteArrayInputStream(Png.of(TWO.picture())));

        assertThat(row(read, 0)).isEqualTo(row(TWO.picture(), 0));
        assertThat(row(read, 1)).isEqualTo(row(TWO.picture(), 1));
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

    private static int rgb(BufferedImage image, int x, int y) {
        return image.getRGB(x, y) & 0xffffff;
    }

    private static GenerationReport generation(Samples samples) {
        return new GenerationReport(
                PolicyChoice.of("none"),
                "Original",
                "",
                1,
                1e6,
                PairedSpeedup.of(1),
                Double.POSITIVE_INFINITY,
                OptionalDouble.empty(),
                0,
                samples,
                StepMap.NONE);
    }
}
