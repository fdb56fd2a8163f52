package dev.reprise.cli.verify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cli.CommandLineRun;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.graph.Graph;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.bundle.Bundle;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Module;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.optimizer.paths.ModulePaths;
import dev.reprise.testdata.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whether {@code verify} blames the right module. A few faults and repeats; all of them, with a line for each:
 *
 * <pre>
 * mvn -Dfast -pl cli -am verify -Dtest=NONE -Dit.test=AttributionIT -Dreprise.faults=100 -Dreprise.repeats=100 -Dreprise.seed=1000
 * </pre>
 */
class AttributionIT {
    private static final int FAULTS = Integer.getInteger("reprise.faults", 9);
    private static final int REPEATS = Integer.getInteger("reprise.repeats", 6);
    /** Where the seeds of the faults begin: others are faults that nobody has seen. */
    private static final long SEED = Long.getLong("reprise.seed", 1);

    private static final double RIGHT = 0.95;

    @TempDir
    private Path folder;

    private final Map<Path, Recorded> recorded = new HashMap<>();

    /**
     * A model that was recorded.
     *
     * @param bundle it, cut: its segments tell which nodes belong together
     */
    private record Recorded(ModelProto model, Path recording, Bundle bundle, Graph graph, ModulePaths paths) {
        /** Module path of the node with this output. */
        String path(String output) {
            Value value = graph.value(output);
            Node node = value == null ? null : value.producer();
            return node == null ? "" : paths.of(node).dotted();
        }
    }

    @Test
    void blamesTheModuleWithTheFault() throws IOException {
        List<Path> models = exports();
        List<String> wrong = new ArrayList<>();
        int found = 0;
        for (long seed = SEED; found < FAULTS; seed++) {
            assertThat(seed - SEED).as("faults that change something").isLessThan(10L * FAULTS + 100);
            Path model = models.get((int) (seed % models.size()));
            Recorded before = recorded(model);
            Fault fault = Fault.in(before.model(), new Random(seed));
            if (fault == null) {
                continue;
            }
            Path faulty = folder.resolve("faulty.onnx");
            Files.write(faulty, fault.model().toByteArray());
            CommandLineRun run = CommandLineRun.of(
                    "verify", faulty, "--recording", before.recording(), "-p", "none", "--format", "json");
            if (run.exitCode() == ExitCode.OK
                    || run.out().isEmpty()
                    || run.json().at("/cause/first_drift").isMissingNode()) {
                // Nothing that the outputs depend on, or a model that does not open any more.
                assertThat(run.exitCode()).as(fault.what() + run.err()).isNotEqualTo(ExitCode.REGRESSION);
                continue;
            }
            found++;
            JsonNode cause = run.json().path("cause");
            String line = "seed " + seed + " " + model.getParent().getFileName() + "/" + model.getFileName() + ": "
                    + fault.what() + " -> " + cause.at("/first_drift/module").asText() + " "
                    + cause.at("/first_drift/tensor").asText();
            boolean right = isRight(before, fault, cause.path("first_drift"))
                    && cause.path("kind").asText().equals(fault.weights().isEmpty() ? "other_graph" : "other_weights")
                    && names(cause.path(fault.weights().isEmpty() ? "nodes" : "weights"))
                            .equals(
                                    fault.weights().isEmpty()
                                            ? List.copyOf(fault.nodes())
                                            : fault.weights().stream().sorted().toList());
            if (FAULTS > 20) {
                System.out.println((right ? "right " : "WRONG ") + line);
            }
            if (!right) {
                wrong.add(line);
            }
        }
        assertThat(wrong).hasSizeLessThanOrEqualTo((int) ((1 - RIGHT) * FAULTS));
    }

    /** Other numbers of threads round otherwise: that is no drift. */
    @Test
    void sameModelsRaiseNoAlarm() throws IOException {
        List<Path> models = exports();
        for (int repeat = 0; repeat < REPEATS; repeat++) {
            Path model = models.get(repeat % models.size());
            CommandLineRun run = CommandLineRun.of(
                    "verify",
                    model,
                    "--recording",
                    recorded(model).recording(),
                    "--threads",
                    1 + repeat % 5,
                    "--format",
                    "json");

            assertThat(run.exitCode()).as(model + run.err()).isEqualTo(ExitCode.OK);
            assertThat(run.json().at("/cause/kind").asText()).isIn("none", "rounding");
            assertThat(run.json().at("/cause/first_drift").isMissingNode()).isTrue();
        }
    }

    private static List<String> names(JsonNode array) {
        List<String> names = new ArrayList<>();
        array.forEach(name -> names.add(name.asText()));
        return names;
    }

    private static List<Path> exports() {
        return TestModels.goldenModels().stream()
                .filter(model -> !model.toString().contains("_dynamic"))
                .toList();
    }

    private Recorded recorded(Path model) throws IOException {
        Recorded known = recorded.get(model);
        if (known != null) {
            return known;
        }
        Path place = Files.createDirectory(folder.resolve("model" + recorded.size()));
        CommandLineRun run = CommandLineRun.of(
                "record",
                model,
                "--inputs",
                model.getParent(),
                "--steps",
                5,
                "-p",
                "output_forecast",
                "--threads",
                2,
                "-o",
                place.resolve("recording"));
        assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.OK);
        Optimizer.cut(model, CutOptions.DEFAULTS).write(place.resolve("bundle"));
        ModelProto proto = ModelProto.parseFrom(Files.readAllBytes(model));
        Graph graph = Graph.link(proto);
        Recorded made = new Recorded(
                proto,
                place.resolve("recording"),
                Bundle.open(place.resolve("bundle")),
                graph,
                ModulePaths.read(graph));
        recorded.put(model, made);
        return made;
    }

    /**
     * The segment of the blamed value must be the first one with a faulty node, and the blamed module one around the faulty node, or the
     * one in its block that alone reads what the node computes.
     */
    private static boolean isRight(Recorded recorded, Fault fault, JsonNode blamed) {
        Manifest manifest = recorded.bundle().manifest();
        for (int segment = 0; segment < manifest.segments().size(); segment++) {
            for (NodeProto node : recorded.bundle()
                    .segment(manifest.segments().get(segment))
                    .getGraph()
                    .getNodeList()) {
                if (fault.nodes().contains(node.getOutput(0))) {
                    String path = recorded.path(node.getOutput(0));
                    String module = blamed.path("module").asText();
                    return manifest.segments()
                                    .get(segment)
                                    .outputs()
                                    .contains(blamed.path("tensor").asText())
                            && (isIn(path, module)
                                    || isIn(module, block(manifest, path))
                                    // Nodes of no module are the model's own.
                                    || (path.isEmpty() && module.equals("model")));
                }
            }
        }
        return false;
    }

    /** The block around a path; the path itself where there is none. */
    private static String block(Manifest manifest, String path) {
        return manifest.modules(ModuleKind.TRANSFORMER_BLOCK).stream()
                .map(Module::path)
                .filter(block -> isIn(path, block))
                .findFirst()
                .orElse(path);
    }

    private static boolean isIn(String path, String module) {
        return path.equals(module) || path.startsWith(module + ".");
    }
}
