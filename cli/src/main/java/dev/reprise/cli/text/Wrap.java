package dev.reprise.cli.text;

import java.util.ArrayList;
import java.util.List;

/** Prose within the width of the page, and within 110 columns: longer lines are hard to read. */
public final class Wrap {
    private static final int WIDEST = 110;

    private Wrap() {}

    /** Prints words, every line behind {@code indent}. */
    public static void print(Page out, String indent, String text) {
        int width = Math.min(out.width(), WIDEST) - indent.length();
        lines(text, width, false).forEach(line -> out.println(indent + line));
    }

    /**
     * Words in lines.
     *
     * @param broken whether a word that is longer than a line is broken, too
     */
    static List<String> lines(String text, int width, boolean broken) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.strip().split("\\s+", -1)) {
            String rest = word;
            if (!line.isEmpty() && line.length() + 1 + rest.length() > width) {
                lines.add(line.toString());
                line.setLength(0);
            }
            while (broken && rest.length() > width) {
                lines.add(rest.substring(0, width));
                rest = rest.substring(width);
            }
            line.append(line.isEmpty() ? "" : " ").append(rest);
        }
        lines.add(line.toString());
        return lines;
    }
}
