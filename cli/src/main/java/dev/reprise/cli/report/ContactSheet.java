package dev.reprise.cli.report;

import dev.reprise.verify.text.Units;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** All samples in one picture: a line per policy and setting, a column per sample, labels to the left. */
public final class ContactSheet {
    private static final int SCALE = 2;
    private static final int GAP = 6;
    private static final int LABELS = 346;
    private static final Color BACKGROUND = new Color(24, 24, 24);
    private static final Color BRIGHT = new Color(235, 235, 235);
    private static final Color DIM = new Color(160, 160, 160);

    private ContactSheet() {}

    /**
     * Draws the sheet.
     *
     * @param font of the labels; a sheet without it has no labels
     */
    public static BufferedImage draw(List<GenerationReport> generations, Optional<Font> font) {
        Samples first = generations.get(0).samples();
        int width = first.width() * SCALE + GAP;
        int height = first.rows() * first.height() * SCALE + GAP;
        int samples = font.isPresent() ? LABELS : GAP;
        BufferedImage sheet = new BufferedImage(
                samples + first.columns() * width, generations.size() * height + GAP, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = sheet.createGraphics();
        try {
            graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
            graphics.setColor(BACKGROUND);
            graphics.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
            int y = GAP;
            for (GenerationReport generation : generations) {
                int top = y;
                font.ifPresent(plain -> labels(graphics, plain, top, generation));
                samples(graphics, samples, y, generation.samples());
                y += height;
            }
        } finally {
            graphics.dispose();
        }
        return sheet;
    }

    private static void samples(Graphics2D graphics, int left, int top, Samples samples) {
        BufferedImage picture = samples.picture();
        for (int column = 0; column < samples.columns(); column++) {
            BufferedImage part = picture.getSubimage(column * samples.width(), 0, samples.width(), picture.getHeight());
            int x = left + column * (samples.width() * SCALE + GAP);
            graphics.drawImage(part, x, top, part.getWidth() * SCALE, part.getHeight() * SCALE, null);
        }
    }

    private static void labels(Graphics2D graphics, Font plain, int top, GenerationReport generation) {
        graphics.setColor(BRIGHT);
        graphics.setFont(plain.deriveFont(Font.BOLD, 16));
        graphics.drawString(generation.family(), 2 * GAP, top + 19);
        graphics.setFont(plain.deriveFont(12f));
        graphics.drawString(generation.setting(), 2 * GAP, top + 35);
        graphics.setColor(DIM);
        graphics.drawString(figures(generation), 2 * GAP, top + 50);
    }

    private static String figures(GenerationReport generation) {
        if (generation.isOriginal()) {
            return "";
        }
        return String.format(
                Locale.ROOT,
                "%s   %s   computed %.0f %%",
                Units.times(generation.speedup().median()),
                Units.decibel(generation.psnr()),
                100 * generation.computedShare());
    }
}
