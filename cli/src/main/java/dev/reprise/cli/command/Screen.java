package dev.reprise.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cli.text.Page;
import dev.reprise.cli.text.Progress;
import dev.reprise.verify.text.Json;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options that every command has, and where it prints: results to standard output, progress to standard error. */
public final class Screen {
    /** How results are printed. */
    public enum Format {
        TEXT,
        JSON;

        /** As it is typed. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec spec;

    @Option(
            names = "--format",
            paramLabel = "text|json",
            defaultValue = "text",
            description = "How results are printed. Default: ${DEFAULT-VALUE}")
    private Format format = Format.TEXT;

    @Option(
            names = {"-q", "--quiet"},
            description = "No progress and no warnings on standard error.")
    private boolean quiet;

    public PrintWriter out() {
        return spec().commandLine().getOut();
    }

    public PrintWriter err() {
        return spec().commandLine().getErr();
    }

    /** Progress on standard error: silent unless a person watches. */
    public Progress progress() {
        boolean watched = !quiet && Terminal.of(spec()).watched();
        return new Progress(watched ? err() : null);
    }

    /** A line on standard error for something a person should know though the command works. */
    public void warn(String line) {
        if (!quiet) {
            err().println(Terminal.of(spec()).err().string("@|yellow warning:|@ ") + Failure.oneLine(line));
        }
    }

    /** Prints a result, one of two ways. */
    public void show(Supplier<? extends JsonNode> json, Consumer<Page> text) {
        if (format == Format.JSON) {
            out().println(Json.pretty(json.get()));
        } else {
            text.accept(page());
        }
    }

    /** Standard output, for results in text. */
    public Page page() {
        Terminal terminal = Terminal.of(spec());
        return new Page(out(), terminal.width(), terminal.out().enabled());
    }

    private CommandSpec spec() {
        if (spec == null) {
            throw new IllegalStateException("the screen belongs to no command yet");
        }
        return spec;
    }
}
