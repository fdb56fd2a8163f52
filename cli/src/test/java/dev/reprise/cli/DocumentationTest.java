package dev.reprise.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.graph.recording.Recording;
import dev.reprise.testdata.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the documents point to exists. */
class DocumentationTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern LINK = Pattern.compile("]\\(([^)#:]+)\\)");

    /** {@code `StepMask`}: two words or more in camel case. */
    private static final Pattern CLASS = Pattern.compile("`([A-Z][a-z]+(?:[A-Z][a-z]+)+)`");

    private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");

    /** ONNX Runtime's, diffusers', Spring's. */
    private static final Set<String> OF_OTHERS = Set.of(
            "AssertionError",
            "NhwcConv",
            "GroupNorm",
            "TestFactory",
            "OnnxTensor",
            "CacheMixin",
            "CompletionStage",
            "ImageModel",
            "SmartLifecycle",
            "SkipLayerNormalization",
            "LayerNormalization",
            "MultiHeadAttention",
            "FastGelu",
            "DynamicQuantizeMatMul",
            "MatMulNBits",
            "FlowMatchEulerDiscreteScheduler");

    static List<Path> documents() throws IOException {
        List<Path> documents = new ArrayList<>(List.of(ROOT.resolve("README.md"), ROOT.resolve("CONTRIBUTING.md")));
        try (Stream<Path> files = Files.walk(ROOT.resolve("docs"))) {
            files.filter(file -> file.toString().endsWith(".md")).forEach(documents::add);
        }
        return documents;
    }

    /** A row of the recipes names an entry of the export scripts, its class and its inputs, and a policy that can be built. */
    @Test
    void everyRecipeIsOneThatTheExportScriptsUse() throws IOException {
        String scripts = Files.readString(ROOT.resolve("testdata/export/classes_image.py"))
                + Files.readString(ROOT.resolve("testdata/export/classes_video.py"));
        List<String> rows = Files.readAllLines(ROOT.resolve("docs/recipes.md")).stream()
                .filter(line -> line.contains("| `--policy "))
                .toList();
        assertThat(rows).hasSizeGreaterThan(10);
        for (String row : rows) {
            List<String> quoted = new ArrayList<>();
            QUOTED.matcher(row).results().forEach(match -> quoted.add(match.group(1)));
            String entry = quoted.get(0);
            assertThat(scripts).containsPattern("\"" + entry + "\",\\s+\"" + quoted.get(1) + "\"");
            for (String input : quoted.subList(2, quoted.size() - 1)) {
                assertThat(scripts).as(entry).contains(input + "=");
            }
            List<String> words = List.of(quoted.get(quoted.size() - 1).split(" (?:--set )?"));
            assertThat(PolicyCatalogue.parse(words.get(1), words.subList(2, words.size())))
                    .as(row)
                    .isNotNull();
        }
    }

    /**
     * It cannot run here; what it calls tensors is what a recording calls them. RecordIT records what it wrote when
     * testdata/export/pipeline_inputs.py ran it: whoever changes it runs it again.
     */
    @Test
    void thePythonSnippetIsShortAndWritesTheFormat() throws IOException {
        Matcher snippet = Pattern.compile("(?s)```python\n(.*?)```")
                .matcher(Files.readString(ROOT.resolve("docs/recordings.md")));

        assertThat(snippet.find()).isTrue();
        assertThat(snippet.group(1).lines()).hasSizeLessThanOrEqualTo(15);
        assertThat(snippet.group(1))
                .contains("f\"" + Recording.CONSTANT + "{k}\"")
                .contains("f\"" + Recording.inputPrefix(7).replace("07", "{i:02d}") + "{k}\"")
                .isEqualTo(Files.readString(TestModels.pipeline("flux").resolve("snippet.py")));
    }

    /** With the profile that the README installs with, too: a pom that says ${revision} has no parent for anybody else. */
    @Test
    void installedPomsHaveAVersion() {
        assertThat(ROOT.resolve("README.md")).content().contains("./mvnw -Plauncher install");
        assertThat(ROOT.resolve("pom.xml"))
                .content()
                .contains("<artifactId>flatten-maven-plugin</artifactId>")
                .doesNotContain("flatten.skip");
    }

    @Test
    void theReadmeHasADependency() {
        assertThat(ROOT.resolve("README.md")).content().contains("<artifactId>reprise-runtime</artifactId>");
    }

    /** Names of the plugin's parameters stand in the documents and in the code. */
    @Test
    void theParametersOfTheMavenGoalAreDescribed() throws IOException {
        String mojo = Files.readString(ROOT.resolve("maven-plugin/src/main/java/dev/reprise/maven/VerifyMojo.java"));
        String recordings = Files.readString(ROOT.resolve("docs/recordings.md"));
        List<String> parameters = Pattern.compile("property = \"reprise\\.(\\w+)\"")
                .matcher(mojo)
                .results()
                .map(match -> match.group(1))
                .toList();

        assertThat(parameters)
                .hasSizeGreaterThan(10)
                .allSatisfy(name -> assertThat(recordings).containsPattern("[`<]" + name + "[`>]"));
    }

    /** Every dependency that a document prints is a module of this version. */
    @ParameterizedTest
    @MethodSource("documents")
    void everyPrintedArtifactIsAModule(Path document) throws IOException {
        Matcher artifacts = Pattern.compile("<artifactId>reprise-([\\w-]+)</artifactId>\\s*<version>([^<$]+)</version>")
                .matcher(Files.readString(document));
        while (artifacts.find()) {
            assertThat(ROOT.resolve(artifacts.group(1)).resolve("pom.xml"))
                    .content()
                    .contains("<artifactId>reprise-" + artifacts.group(1) + "</artifactId>");
            assertThat(ROOT.resolve("pom.xml")).content().contains("<revision>" + artifacts.group(2) + "</revision>");
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    void everyLinkLeadsToAFile(Path document) throws IOException {
        Matcher links = LINK.matcher(Files.readString(document));
        while (links.find()) {
            assertThat(document.resolveSibling(links.group(1))).exists();
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    void everyClassThatIsNamedExists(Path document) throws IOException {
        Set<String> known = sources();
        Matcher names = CLASS.matcher(Files.readString(document));
        while (names.find()) {
            assertThat(OF_OTHERS.contains(names.group(1)) || known.contains(names.group(1) + ".java"))
                    .as(names.group(1))
                    .isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "graph",
                "cache-ops",
                "ort",
                "optimizer",
                "runtime",
                "verify",
                "verify-junit",
                "maven-plugin",
                "spring-boot-starter"
            })
    void theArchitectureNamesEveryPackageOfAModule(String module) throws IOException {
        String line = Files.readAllLines(ROOT.resolve("docs/architecture.md")).stream()
                .filter(row -> row.startsWith("| `" + module + "` |"))
                .findFirst()
                .orElseThrow();
        try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/main/java/dev/reprise"))) {
            List<String> packages = files.filter(file -> file.endsWith("package-info.java"))
                    .map(file -> file.getParent().getFileName().toString())
                    .toList();
            assertThat(packages)
                    .isNotEmpty()
                    .allSatisfy(name -> assertThat(line).containsPattern("`\\.?" + name + "`"));
        }
    }

    private static Set<String> sources() throws IOException {
        Set<String> names = new HashSet<>();
        try (Stream<Path> modules = Files.list(ROOT)) {
            for (Path sources : modules.map(module -> module.resolve("src"))
                    .filter(Files::isDirectory)
                    .toList()) {
                try (Stream<Path> files = Files.walk(sources)) {
                    files.forEach(file -> names.add(String.valueOf(file.getFileName())));
                }
            }
        }
        return names;
    }
}
