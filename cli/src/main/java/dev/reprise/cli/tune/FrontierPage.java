package dev.reprise.cli.tune;

import dev.reprise.cli.report.LabelFont;
import dev.reprise.runtime.tune.Measured;
import dev.reprise.runtime.tune.Tuned;
import dev.reprise.verify.report.Png;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * All that a search ran, as a picture: computed share to the right, quality upwards, and the line of those that nothing else beats at their
 * share or below. Most are of the images tuned on; those of the ranking were run on held-out ones as well.
 */
final class FrontierPage {
    private static final int WIDTH = 900;
    private static final int HEIGHT = 480;
    private static final int LEFT = 50;
    private static final int RIGHT = 880;
    private static final int TOP = 30;
    private static final int FLOOR = 430;
    private static final double LOW = 10;
    private static final double HIGH = 70;
    private static final Color SCHEDULE = new Color(0xd5, 0x5e, 0x00);
    private static final Color PRESET = new Color(0x00, 0x72, 0xb2);

    private final Tuned tuned;

    FrontierPage(Tuned tuned) {
        this.tuned = tuned;
    }

    /** Those that nothing beats at their computed share or below, from least to most computed. */
    static List<Measured> frontier(List<Measured> tried) {
        List<Measured> sorted = new ArrayList<>(tried);
        sorted.sort(Comparator.comparingDouble(Measured::computedShare)
                .thenComparing(Comparator.comparingDouble(Measured::psnr).reversed()));
        List<Measured> frontier = new ArrayList<>();
        for (Measured each : sorted) {
            if (frontier.isEmpty()
                    || each.psnr() > frontier.get(frontier.size() - 1).psnr()) {
                frontier.add(each);
            }
        }
        return frontier;
    }

    private static double x(double share) {
        return LEFT + share * (RIGHT - LEFT);
    }

    private static double y(double psnr) {
        return FLOOR - (Math.max(LOW, Math.min(HIGH, psnr)) - LOW) / (HIGH - LOW) * (FLOOR - TOP);
    }

    byte[] png() {
        return Png.of(draw());
    }

    private BufferedImage draw() {
        BufferedImage picture = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = picture.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, WIDTH, HEIGHT);
        axes(graphics, LabelFont.find());
        for (Measured each : tuned.tried()) {
            graphics.setColor(each.candidate().policy().equals("combined") ? SCHEDULE : PRESET);
            graphics.fill(new Ellipse2D.Double(x(each.computedShare()) - 3, y(each.psnr()) - 3, 6, 6));
        }
        graphics.setColor(Color.BLACK);
        graphics.setStroke(new BasicStroke(1.5f));
        List<Measured> frontier = frontier(tuned.tried());
        for (int i = 1; i < frontier.size(); i++) {
            Measured from = frontier.get(i - 1);
            Measured to = frontier.get(i);
            graphics.draw(
                    new Line2D.Double(x(from.computedShare()), y(from.psnr()), x(to.computedShare()), y(to.psnr())));
        }
        graphics.dispose();
        return picture;
    }

    private static void axes(Graphics2D graphics, Optional<Font> font) {
        font.ifPresent(graphics::setFont);
        for (double psnr = LOW; psnr <= HIGH; psnr += 10) {
            graphics.setColor(Color.LIGHT_GRAY);
            graphics.draw(new Line2D.Double(LEFT, y(psnr), RIGHT, y(psnr)));
            label(graphics, font, String.format(Locale.ROOT, "%.0f", psnr), LEFT - 24, y(psnr) + 4);
        }
        for (int percent = 0; percent <= 100; percent += 10) {
            label(graphics, font, percent + " %", x(percent / 100.0) - 10, FLOOR + 18);
        }
        label(
                graphics,
                font,
                "PSNR to no policy, dB, over the computed share. Orange: schedules; blue: presets",
                LEFT,
                18);
    }

    private static void label(Graphics2D graphics, Optional<Font> font, String text, double x, double y) {
        graphics.setColor(Color.DARK_GRAY);
        if (font.isPresent()) {
            graphics.drawString(text, (float) x, (float) y);
        }
    }

    /**
     * The page.
     *
     * @param rows of the ranking, with its heading
     */
    String html(List<List<String>> rows) {
        return """
                <!DOCTYPE html>
                <html lang="en"><head><meta charset="utf-8"><title>reprise tune</title>
                <style>body{font:15px sans-serif;max-width:60em;margin:2em auto}img{max-width:100%%}td{padding:.2em .6em;vertical-align:top}td:last-child{overflow-wrap:anywhere}</style>
                </head><body>
                <h1>The best policy at %s of %d steps</h1>
                <p>Every dot is a run of a policy, most on the images tuned on. The line joins those that nothing beats at their
                computed share or below. The table was measured on %s.</p>
                <img alt="Quality over computed share" src="%s">
                <table>%s</table>
                </body></html>
                """.formatted(
                        tuned.budget(),
                        tuned.steps(),
                        tuned.checked() ? "other images" : "the images tuned on",
                        Png.dataUri(draw()),
                        table(rows));
    }

    private static String table(List<List<String>> rows) {
        StringBuilder table = new StringBuilder();
        for (List<String> row : rows) {
            table.append("<tr>");
            row.forEach(cell -> table.append("<td>").append(escaped(cell)).append("</td>"));
            table.append("</tr>\n");
        }
        return table.toString();
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
