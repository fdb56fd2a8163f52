package dev.reprise.cli.report;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Capital letters, digits and a few signs, 5 × 7 pixels: enough to label a contact sheet the same way on every machine, with
 * fonts installed or not.
 */
final class BitmapFont {
    /** Advance from one glyph to the next. */
    static final int ADVANCE = 6;

    static final int HEIGHT = 7;

    private static final Map<Character, int[]> GLYPHS = parse("""
            0 0e 11 13 15 19 11 0e|1 04 0c 04 04 04 04 0e|2 0e 11 01 02 04 08 1f|3 1f 02 04 02 01 11 0e
            4 02 06 0a 12 1f 02 02|5 1f 10 1e 01 01 11 0e|6 06 08 10 1e 11 11 0e|7 1f 01 02 04 08 08 08
            8 0e 11 11 0e 11 11 0e|9 0e 11 11 0f 01 02 0c|A 0e 11 11 1f 11 11 11|B 1e 11 11 1e 11 11 1e
            C 0e 11 10 10 10 11 0e|D 1c 12 11 11 11 12 1c|E 1f 10 10 1e 10 10 1f|F 1f 10 10 1e 10 10 10
            G 0e 11 10 17 11 11 0f|H 11 11 11 1f 11 11 11|I 0e 04 04 04 04 04 0e|J 07 02 02 02 02 12 0c
            K 11 12 14 18 14 12 11|L 10 10 10 10 10 10 1f|M 11 1b 15 15 11 11 11|N 11 11 19 15 13 11 11
            O 0e 11 11 11 11 11 0e|P 1e 11 11 1e 10 10 10|Q 0e 11 11 11 15 12 0d|R 1e 11 11 1e 14 12 11
            S 0f 10 10 0e 01 01 1e|T 1f 04 04 04 04 04 04|U 11 11 11 11 11 11 0e|V 11 11 11 11 11 0a 04
            W 11 11 11 15 15 15 0a|X 11 11 0a 04 0a 11 11|Y 11 11 11 0a 04 04 04|Z 1f 01 02 04 08 10 1f
            . 00 00 00 00 00 0c 0c|, 00 00 00 00 0c 04 08|- 00 00 00 1f 00 00 00|_ 00 00 00 00 00 00 1f
            : 00 0c 0c 00 0c 0c 00|= 00 00 1f 00 1f 00 00|+ 00 04 04 1f 04 04 00|/ 00 01 02 04 08 10 00
            % 18 19 02 04 08 13 03|( 02 04 08 08 08 04 02|) 08 04 02 02 02 04 08|× 00 11 0a 04 0a 11 00
            ∞ 00 00 0a 15 0a 00 00|· 00 00 00 04 00 00 00|< 02 04 08 10 08 04 02|> 08 04 02 01 02 04 08
            """);

    private BitmapFont() {}

    /** Draws text with every font pixel as a square of {@code scale}; unknown characters are left blank. */
    static void draw(GreyImage image, int x, int y, String text, int scale, int brightness) {
        String capitals = text.toUpperCase(Locale.ROOT);
        for (int i = 0; i < capitals.length(); i++) {
            int[] glyph = GLYPHS.get(capitals.charAt(i));
            if (glyph == null) {
                continue;
            }
            for (int row = 0; row < HEIGHT; row++) {
                for (int column = 0; column < 5; column++) {
                    if ((glyph[row] >> (4 - column) & 1) == 1) {
                        int left = x + (i * ADVANCE + column) * scale;
                        image.fill(left, y + row * scale, scale, scale, brightness);
                    }
                }
            }
        }
    }

    private static Map<Character, int[]> parse(String table) {
        Map<Character, int[]> glyphs = new HashMap<>();
        for (String entry : table.strip().split("[|\\n]", -1)) {
            String[] fields = entry.strip().split(" ", -1);
            int[] rows = new int[HEIGHT];
            for (int i = 0; i < HEIGHT; i++) {
                rows[i] = Integer.parseInt(fields[i + 1], 16);
            }
            glyphs.put(fields[0].charAt(0), rows);
        }
        return Map.copyOf(glyphs);
    }
}
