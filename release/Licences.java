import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Prints the licences in a CycloneDX SBOM, each with what is under it; exit 1 where something has none. */
public final class Licences {
    private Licences() {}

    public static void main(String[] args) throws IOException {
        Map<String, List<String>> components = new TreeMap<>();
        List<String> without = new ArrayList<>();
        for (JsonNode component :
                new ObjectMapper().readTree(Path.of(args[0]).toFile()).path("components")) {
            String name = component.path("group").asText() + ":" + component.path("name").asText() + ":"
                    + component.path("version").asText();
            if (component.path("licenses").isEmpty()) {
                without.add(name);
            }
            for (JsonNode choice : component.path("licenses")) {
                JsonNode licence = choice.path("license");
                String title = choice.path("expression")
                        .asText(licence.path("id").asText(licence.path("name").asText()));
                components.computeIfAbsent(title, key -> new ArrayList<>()).add(name);
            }
        }
        components.forEach((licence, names) -> System.out.println(licence + ": " + String.join(", ", names)));
        if (components.isEmpty() || !without.isEmpty()) {
            System.err.println("no licence: " + without + " of " + components.size() + " kinds");
            System.exit(1);
        }
    }
}
