package dev.reprise.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cli.text.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.stream.Stream;

/**
 * A command that was run in this process.
 *
 * @param exitCode what it returned
 * @param out what it printed
 * @param err what it complained about
 */
public record CommandLineRun(int exitCode, String out, String err) {
    /** Arguments may be anything; their text counts. */
    public static CommandLineRun of(Object... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] texts = Stream.of(arguments).map(Object::toString).toArray(String[]::new);
        int exitCode = Reprise.run(new PrintWriter(out), new PrintWriter(err), texts);
        return new CommandLineRun(exitCode, out.toString(), err.toString());
    }

    public JsonNode json() {
        try {
            return Json.parse(out);
        } catch (JsonProcessingException e) {
            throw new AssertionError("expected JSON, found " + out + err, e);
        }
    }

    public List<String> errorLines() {
        return err.lines().toList();
    }
}
