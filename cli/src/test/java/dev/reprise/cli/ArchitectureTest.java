package dev.reprise.cli;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** Which module and which package may know which. This module sees all of them. */
class ArchitectureTest {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.reprise");

    @Test
    void modulesKnowOnlyThoseBelowThem() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("graph")
                .definedBy("dev.reprise.graph..")
                .layer("cache-ops")
                .definedBy("dev.reprise.cache..")
                .layer("ort")
                .definedBy("dev.reprise.ort..")
                .layer("optimizer")
                .definedBy("dev.reprise.optimizer..")
                .layer("runtime")
                .definedBy("dev.reprise.runtime..")
                .layer("verify")
                .definedBy("dev.reprise.verify..")
                .layer("cli")
                .definedBy("dev.reprise.cli..")
                .whereLayer("graph")
                .mayNotAccessAnyLayer()
                .whereLayer("cache-ops")
                .mayOnlyAccessLayers("graph")
                .whereLayer("ort")
                .mayOnlyAccessLayers("graph", "cache-ops")
                .whereLayer("optimizer")
                .mayOnlyAccessLayers("graph", "ort")
                .whereLayer("runtime")
                .mayOnlyAccessLayers("graph", "cache-ops", "ort")
                .whereLayer("verify")
                .mayOnlyAccessLayers("graph", "cache-ops", "ort", "optimizer", "runtime")
                .whereLayer("cli")
                .mayNotBeAccessedByAnyLayer()
                .check(CLASSES);
    }

    @Test
    void packagesFormNoCycles() {
        slices().matching("dev.reprise.(**)")
                .should()
                .beFreeOfCycles()
                // It lists the commands, and lies where all of them look for screen, exit codes and failures.
                .ignoreDependency(name("dev.reprise.cli.Reprise"), DescribedPredicate.alwaysTrue())
                .check(CLASSES);
    }

    @Test
    void onlyOneModuleTouchesOnnxRuntime() {
        DescribedPredicate<com.tngtech.archunit.core.domain.JavaClass> allButTensors = resideInAPackage(
                        "ai.onnxruntime..")
                .and(DescribedPredicate.not(
                        name("ai.onnxruntime.OnnxTensor").or(name("[Lai.onnxruntime.OnnxTensor;"))));
        noClasses()
                .that()
                .resideInAPackage("dev.reprise..")
                .and()
                .resideOutsideOfPackage("dev.reprise.ort..")
                .should()
                .dependOnClassesThat(allButTensors)
                .check(CLASSES);
    }

    @ParameterizedTest
    @ValueSource(strings = {"graph", "cache-ops", "ort", "optimizer", "runtime", "verify", "cli"})
    void everyDependencyIsUsed(String module) throws Exception {
        Set<String> used = new HashSet<>();
        CLASSES.stream()
                .filter(type -> type.getSource()
                        .filter(source -> source.getUri().toString().contains("/" + module + "/target/"))
                        .isPresent())
                .forEach(type -> type.getDirectDependenciesFromSelf()
                        .forEach(use -> used.add(
                                use.getTargetClass().getBaseComponentType().getName())));
        assertThat(used).as("classes that " + module + " uses").isNotEmpty();
        for (String artifact : compileDependencies(ROOT.resolve(module).resolve("pom.xml"))) {
            assertThat(classesOf(artifact))
                    .as(module + "/pom.xml depends on " + artifact)
                    .containsAnyElementsOf(used);
        }
    }

    private static List<String> compileDependencies(Path pom)
            throws ParserConfigurationException, IOException, SAXException {
        Element project = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(pom.toFile())
                .getDocumentElement();
        List<String> artifacts = new ArrayList<>();
        for (Element dependencies : children(project, "dependencies")) {
            for (Element dependency : children(dependencies, "dependency")) {
                if (children(dependency, "scope").isEmpty()) {
                    artifacts.add(children(dependency, "artifactId").get(0).getTextContent());
                }
            }
        }
        return artifacts;
    }

    private static List<Element> children(Element parent, String name) {
        List<Element> found = new ArrayList<>();
        NodeList all = parent.getChildNodes();
        for (int i = 0; i < all.getLength(); i++) {
            Node child = all.item(i);
            if (child instanceof Element element && element.getTagName().equals(name)) {
                found.add(element);
            }
        }
        return found;
    }

    /** Names of the classes of an artifact on this test's class path. */
    private static Set<String> classesOf(String artifact) throws IOException {
        String own = artifact.replaceFirst("^reprise-", "");
        String library = artifact.equals("${onnxruntime.artifact}") ? "onnxruntime" : artifact;
        Set<String> names = new HashSet<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            Path path = Path.of(entry);
            String file = String.valueOf(path.getFileName());
            if (entry.contains(File.separator + own + File.separator + "target") || file.startsWith(library + "-")) {
                names.addAll(Files.isDirectory(path) ? classesInFolder(path) : classesInJar(path));
            }
        }
        return names;
    }

    private static Set<String> classesInFolder(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            Set<String> names = new HashSet<>();
            files.map(file -> folder.relativize(file).toString().replace(File.separatorChar, '/'))
                    .forEach(file -> addClass(file, names));
            return names;
        }
    }

    private static Set<String> classesInJar(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            Set<String> names = new HashSet<>();
            file.stream().forEach(entry -> addClass(entry.getName(), names));
            return names;
        }
    }

    private static void addClass(String file, Set<String> names) {
        if (file.endsWith(".class")) {
            names.add(file.substring(0, file.length() - ".class".length()).replace('/', '.'));
        }
    }
}
