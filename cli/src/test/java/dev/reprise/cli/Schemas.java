package dev.reprise.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The schemas of {@code docs/schema}. */
public final class Schemas {
    private static final Path FOLDER =
            Path.of("..", "docs", "schema").toAbsolutePath().normalize();

    private static final SchemaRegistry REGISTRY = SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12, builder -> builder.schemas(Schemas::read));

    private Schemas() {}

    /** Fails unless a document is as its command's schema says. */
    public static void requireValid(String command, JsonNode document) {
        assertThat(errors(command, document))
                .as("%s.schema.json: %s", command, document)
                .isEmpty();
    }

    /** What is wrong with a document. */
    static List<Error> errors(String command, JsonNode document) {
        return schema(file(command).toUri().toString()).validate(document);
    }

    static Path file(String command) {
        return FOLDER.resolve(command + ".schema.json");
    }

    /** The schema at a location. */
    static Schema schema(String location) {
        return REGISTRY.getSchema(SchemaLocation.of(location));
    }

    private static String read(String location) {
        try {
            return Files.readString(Path.of(URI.create(location)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
