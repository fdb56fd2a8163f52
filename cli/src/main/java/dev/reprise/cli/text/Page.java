package dev.reprise.cli.text;

import java.io.PrintWriter;
import java.util.regex.Pattern;

/** What a result is printed on: lines of a known width, in colours where they show. */
public final class Page {
    /** The width of what is no terminal: nothing needs to give way there. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    private static final Pattern SEQUENCE = Pattern.compile("\u001b\\[[0-9;]*m");

    private final PrintWriter out;
    private final int width;
    private final boolean colored;

    /**
     * A page.
     *
     * @param width columns of a line
     * @param colored whether colours show
     */
    public Page(PrintWriter out, int width, boolean colored) {
        this.out = out;
        this.width = width;
        this.colored = colored;
    }

    public int width() {
        return width;
    }

    public void println() {
        out.println();
    }

    public void println(String line) {
        out.println(line);
    }

    /** What is as it should be: green. */
    public String good(String text) {
        return styled("32", text);
    }

    /** What is wrong: red. */
    public String bad(String text) {
        return styled("31", text);
    }

    /** What may be wrong, or says nothing: yellow. */
    public String doubtful(String text) {
        return styled("33", text);
    }

    /** What to read first: bold. */
    public String strong(String text) {
        return styled("1", text);
    }

    private String styled(String code, String text) {
        return colored && !text.isEmpty() ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }

    /** The characters that a text shows, without its colours. */
    static String plain(String text) {
        return text.indexOf('\u001b') < 0 ? text : SEQUENCE.matcher(text).replaceAll("");
    }
}
