package dev.reprise.cli.text;

import java.io.PrintWriter;

/** Prose within 110 columns. */
public final class Wrap {
    private static final int WIDTH = 110;

    private Wrap() {}

    /** Prints words, every line behind {@code indent}. */
    public static void print(PrintWriter out, String indent, String text) {
        StringBuilder line = new StringBuilder(indent);
        boolean empty = true;
        for (String word : text.strip().split("\\s+", -1)) {
            if (!empty && line.length() + 1 + word.length() > WIDTH) {
                out.println(line);
                line = new StringBuilder(indent);
                empty = true;
            }
            line.append(empty ? "" : " ").append(word);
            empty = false;
        }
        out.println(line);
    }
}
