package dev.reprise.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cli.command.Terminal;
import dev.reprise.verify.text.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.stream.Stream;

/**
 * A command that was run in this process.
 *
 * @param command its name
 * @param exitCode what it returned
 * @param out what it printed
 * @param err what it complained about
 */
public record CommandLineRun(String command, int exitCode, String out, String err) {
    /** Arguments may be anything; their text counts. */
    public static CommandLineRun of(Object... arguments) {
        return on(Terminal.none(), arguments);
    }

    /** The same where standard output and standard error are a terminal. */
    public static CommandLineRun on(Terminal terminal, Object... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] texts = Stream.of(arguments).map(Object::toString).toArray(String[]::new);
        int exitCode = Reprise.run(terminal, new PrintWriter(out), new PrintWriter(err), texts);
        return new CommandLineRun(texts.length == 0 ? "" : texts[0], exitCode, out.toString(), err.toString());
    }

    /** What was printed. It must be as the command's schema says. */
    public JsonNode json() {
        try {
            JsonNode json = Json.parse(out);
            Schemas.requireValid(command, json);
            return json;
        } catch (JsonProcessingException e) {
            throw new AssertionError("expected JSON, found " + out + err, e);
        }
    }

    public List<String> errorLines() {
        return err.lines().toList();
    }
}
