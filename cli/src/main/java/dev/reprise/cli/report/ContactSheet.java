package dev.reprise.cli.report;

import dev.reprise.cli.text.Units;
import java.util.List;
import java.util.Locale;

/** All samples in one picture: a line per policy and setting, a column per digit. */
public final class ContactSheet {
    private static final int SCALE = 2;
    private static final int GAP = 6;
    private static final int LABELS = 346;
    private static final int BACKGROUND = 24;
    private static final int BRIGHT = 235;
    private static final int DIM = 150;

    private ContactSheet() {}

    public static GreyImage draw(List<GenerationReport> generations) {
        int size = generations.get(0).sampleSize() * SCALE;
        int columns = generations.get(0).samples().size();
        int width = LABELS + columns * (size + GAP) + GAP;
        int height = generations.size() * (size + GAP) + GAP;
        GreyImage sheet = new GreyImage(width, height, BACKGROUND);
        int y = GAP;
        for (GenerationReport generation : generations) {
            BitmapFont.draw(sheet, 2 * GAP, y + 8, generation.family(), 2, BRIGHT);
            BitmapFont.draw(sheet, 2 * GAP, y + 28, generation.setting(), 1, BRIGHT);
            BitmapFont.draw(sheet, 2 * GAP, y + 40, figures(generation), 1, DIM);
            int x = LABELS;
            for (float[] sample : generation.samples()) {
                sheet.sample(x, y, sample, generation.sampleSize(), SCALE);
                x += size + GAP;
            }
            y += size + GAP;
        }
        return sheet;
    }

    private static String figures(GenerationReport generation) {
        return String.format(
                Locale.ROOT,
                "%s  %s  computed %.0f %%",
                Units.times(generation.speedup()),
                Units.decibel(generation.psnr()),
                100 * generation.computedShare());
    }

    /** The samples of one generation side by side, unscaled: for a page that scales them itself. */
    static GreyImage strip(GenerationReport generation) {
        int size = generation.sampleSize();
        int columns = generation.samples().size();
        GreyImage strip = new GreyImage(columns * size, size, 0);
        for (int i = 0; i < columns; i++) {
            strip.sample(i * size, 0, generation.samples().get(i), size, 1);
        }
        return strip;
    }
}
