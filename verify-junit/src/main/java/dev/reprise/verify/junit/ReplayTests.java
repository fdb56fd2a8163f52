package dev.reprise.verify.junit;

import dev.reprise.verify.Verification;
import dev.reprise.verify.api.GateReport.Entry;
import dev.reprise.verify.api.GateReport.Outcome;
import dev.reprise.verify.api.VerificationResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestReporter;

/**
 * A test for each policy of a recording:
 *
 * <pre>{@code
 * @TestFactory
 * Stream<DynamicNode> doesAsRecorded() {
 *     return ReplayTests.of(Verification.of(Path.of("model.onnx"), Path.of("recording")).strict());
 * }
 * }</pre>
 *
 * <p>The model is loaded once and all policies are replayed before the first test is shown. A test has the policy's name, whatever becomes
 * of it, so that a CI server sees one test over time; the message of one that fails has the verdict ({@code DRIFT in
 * transformer_blocks.2.attn1}) and the cause. A policy that cannot run on this model is an aborted test, unless it was asked for by its name or
 * the verification is strict.
 */
public final class ReplayTests {
    private ReplayTests() {}

    /**
     * Runs a verification.
     *
     * @return a test for each replay, in the order of the recording; of several recordings, a container for each
     * @throws dev.reprise.graph.InvalidModelException when the model or a recording cannot be read: the factory fails
     */
    public static Stream<DynamicNode> of(Verification verification) {
        return nodes(verification, entry -> {});
    }

    /**
     * The same, with an entry in JUnit's report for each replay, of those that pass, too: {@code fbc = WITHIN}.
     *
     * @param reporter what JUnit gives to a factory that has such a parameter
     */
    public static Stream<DynamicNode> of(Verification verification, TestReporter reporter) {
        return nodes(verification, reporter::publishEntry);
    }

    private static Stream<DynamicNode> nodes(Verification verification, Consumer<Map<String, String>> report) {
        VerificationResult result = verification.run();
        Map<String, List<DynamicNode>> byRecording = new LinkedHashMap<>();
        for (Entry replay : result.report().entries()) {
            byRecording
                    .computeIfAbsent(replay.recording(), recording -> new ArrayList<>())
                    .add(test(replay, report));
        }
        List<DynamicNode> nodes = new ArrayList<>();
        byRecording.forEach((recording, tests) -> {
            if (byRecording.size() == 1) {
                nodes.addAll(tests);
            } else {
                nodes.add(DynamicContainer.dynamicContainer(recording, tests));
            }
        });
        if (!result.unwritten().isEmpty()) {
            nodes.add(DynamicTest.dynamicTest("reports", () -> {
                throw new AssertionError(String.join("\n", result.unwritten()));
            }));
        }
        return nodes.stream();
    }

    private static DynamicTest test(Entry replay, Consumer<Map<String, String>> report) {
        return DynamicTest.dynamicTest(
                replay.policy(), Path.of(replay.recording()).toUri(), () -> {
                    report.accept(Map.of(replay.policy(), replay.verdict()));
                    conclude(replay);
                });
    }

    private static void conclude(Entry replay) {
        if (replay.fails()) {
            throw new AssertionError(String.join("\n  ", described(replay)));
        }
        Assumptions.assumeFalse(replay.outcome() == Outcome.SKIPPED, replay::headline);
    }

    /** The headline has the first line. */
    private static List<String> described(Entry replay) {
        List<String> lines = new ArrayList<>(replay.lines());
        if (lines.isEmpty()) {
            return List.of(replay.headline());
        }
        lines.set(0, replay.headline());
        return lines;
    }
}
