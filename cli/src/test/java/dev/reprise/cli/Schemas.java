package dev.reprise.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

/** The schemas of {@code docs/schema}. */
final class Schemas {
    private static final Path FOLDER =
            Path.of("..", "docs", "schema").toAbsolutePath().normalize();

    private static final SchemaRegistry REGISTRY = SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12, builder -> builder.schemas(Schemas::read));

    private Schemas() {}

    /** Fails unless a document is as its command's schema says. */
    static void requireValid(String command, JsonNode document) {
        Schema schema = REGISTRY.getSchema(SchemaLocation.of(
                FOLDER.resolve(command + ".schema.json").toUri().toString()));
        assertThat(schema.validate(document))
                .as("%s.schema.json: %s", command, document)
                .isEmpty();
    }

    private static String read(String location) {
        try {
            return Files.readString(Path.of(URI.create(location)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
