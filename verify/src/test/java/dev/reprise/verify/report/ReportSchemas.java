package dev.reprise.verify.report;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import javax.xml.XMLConstants;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.SchemaFactory;
import org.xml.sax.SAXException;

/** The schemas of report files: of JUnit's XML the part that is written, of SARIF the whole as OASIS publishes it. */
public final class ReportSchemas {
    private ReportSchemas() {}

    /** Fails unless a document is as the schema says. */
    public static void requireJUnit(String xml) throws SAXException, IOException {
        SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI)
                .newSchema(Path.of("..", "docs", "schema", "verify-junit.xsd").toFile())
                .newValidator()
                .validate(new StreamSource(new StringReader(xml)));
    }

    /** What is wrong with a document. */
    public static List<Error> sarifErrors(String sarif) throws IOException {
        try (InputStream schema =
                Objects.requireNonNull(ReportSchemas.class.getResourceAsStream("/schema/sarif-schema-2.1.0.json"))) {
            return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7)
                    .getSchema(new String(schema.readAllBytes(), StandardCharsets.UTF_8), InputFormat.JSON)
                    .validate(sarif, InputFormat.JSON);
        }
    }
}
