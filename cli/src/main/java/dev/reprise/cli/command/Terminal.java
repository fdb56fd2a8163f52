package dev.reprise.cli.command;

import dev.reprise.cli.text.Page;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/**
 * What standard output and standard error are connected to, and the option about it that every command has. Java cannot tell; the
 * launcher does, by two properties: {@code reprise.columns}, the width of the terminal that standard output is, and {@code
 * reprise.terminal=true} where standard error is one.
 */
public final class Terminal {
    /** When to use colours. */
    public enum Color {
        AUTO,
        ALWAYS,
        NEVER;

        /** As it is typed. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final String MIXIN = "terminal";

    /** Wider lines of help are hard to read. */
    private static final int WIDEST_HELP = 110;

    /** picocli takes no less. */
    private static final int NARROWEST = 55;

    private static final int USUAL_WIDTH = 80;

    private final int width;
    private final boolean outShowsColors;
    private final boolean errShowsColors;
    private final boolean watched;

    @Option(
            names = "--color",
            paramLabel = "auto|always|never",
            defaultValue = "auto",
            scope = ScopeType.INHERIT,
            description = "Colours; auto: on a terminal, unless NO_COLOR is set. Default: ${DEFAULT-VALUE}")
    private Color color = Color.AUTO;

    private Terminal(int width, boolean outShowsColors, boolean errShowsColors, boolean watched) {
        this.width = width;
        this.outShowsColors = outShowsColors;
        this.errShowsColors = errShowsColors;
        this.watched = watched;
    }

    /** Neither is a terminal: all columns of a table, no colours, no progress. */
    public static Terminal none() {
        return new Terminal(Page.UNLIMITED, false, false, false);
    }

    /** This process's. */
    public static Terminal ofProcess() {
        return of(System.getenv(), System.getProperty("reprise.columns", ""), Boolean.getBoolean("reprise.terminal"));
    }

    /**
     * From what the process was told. {@code COLUMNS} wins, as in other programs.
     *
     * @param columns of the terminal that standard output is, "" where it is none
     * @param watched whether standard error is a terminal
     */
    public static Terminal of(Map<String, String> environment, String columns, boolean watched) {
        boolean colored = environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !environment.getOrDefault("TERM", "").equals("dumb");
        boolean isTerminal = !columns.isEmpty();
        int otherwise = isTerminal ? USUAL_WIDTH : Page.UNLIMITED;
        int width = width(environment.getOrDefault("COLUMNS", ""), width(columns, otherwise));
        return new Terminal(width, isTerminal && colored, watched && colored, watched);
    }

    private static int width(String columns, int otherwise) {
        return columns.matches("[1-9][0-9]{0,4}") ? Math.max(NARROWEST, Integer.parseInt(columns)) : otherwise;
    }

    /** The terminal of a command: the root command's. */
    static Terminal of(CommandSpec command) {
        CommandSpec mixin = command.root().mixins().get(MIXIN);
        if (mixin != null && mixin.userObject() instanceof Terminal terminal) {
            return terminal;
        }
        return none();
    }

    /** Columns of a line; {@link Page#UNLIMITED} where standard output is no terminal. */
    public int width() {
        return width;
    }

    /** Columns of help. */
    public int helpWidth() {
        return Math.min(width, WIDEST_HELP);
    }

    /** Whether somebody watches standard error. */
    boolean watched() {
        return watched;
    }

    /** Whether results are coloured. */
    public Ansi out() {
        return ansi(outShowsColors);
    }

    /** Whether errors and warnings are coloured. */
    public Ansi err() {
        return ansi(errShowsColors);
    }

    private Ansi ansi(boolean automatic) {
        return color == Color.ALWAYS || (color == Color.AUTO && automatic) ? Ansi.ON : Ansi.OFF;
    }
}
