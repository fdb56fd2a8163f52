package dev.reprise.cli.report;

import java.awt.Font;
import java.awt.font.FontRenderContext;
import java.util.Optional;

/** The font of labels in pictures, where there is one: a Java on a bare Linux server finds no fonts to draw with. */
public final class LabelFont {
    private LabelFont() {}

    /** The platform's sans-serif font, or empty where this Java cannot draw text. */
    public static Optional<Font> find() {
        Font font = new Font(Font.SANS_SERIF, Font.PLAIN, 11);
        try {
            // Measuring is what loads the first font.
            font.getStringBounds("0", new FontRenderContext(null, true, true));
            return Optional.of(font);
        } catch (OutOfMemoryError | StackOverflowError e) {
            throw e;
        } catch (RuntimeException | Error e) {
            // Without fontconfig or without a font file, each Java version throws something else; none is declared.
            return Optional.empty();
        }
    }
}
