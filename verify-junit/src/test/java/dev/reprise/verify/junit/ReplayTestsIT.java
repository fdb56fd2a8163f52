package dev.reprise.verify.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.testkit.engine.EventConditions.displayName;
import static org.junit.platform.testkit.engine.EventConditions.event;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.EventConditions.test;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.instanceOf;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

import dev.reprise.graph.InvalidModelException;
import dev.reprise.testdata.TestModels;
import dev.reprise.verify.ReportFiles;
import dev.reprise.verify.Verification;
import dev.reprise.verify.testing.RecordedDit;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** Test classes of somebody else's, run in JUnit's test kit. */
class ReplayTestsIT {
    @TempDir
    private static Path folder;

    private static Path recording;
    private static Path changed;

    @BeforeAll
    static void record() throws IOException {
        recording = folder.resolve("recording");
        changed = RecordedDit.writeChanged(folder.resolve("changed.onnx"));
        RecordedDit.record(recording, RecordedDit.FBC);
    }

    private static Events testsOf(Class<?> type) {
        return run(type).testEvents();
    }

    private static EngineExecutionResults run(Class<?> type) {
        return EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(type))
                .execute();
    }

    private static List<String> names(Events events) {
        return events.finished().stream()
                .map(event -> event.getTestDescriptor().getDisplayName())
                .toList();
    }

    static class OfTheModel {
        @TestFactory
        Stream<DynamicNode> doesAsRecorded(TestReporter reporter) {
            return ReplayTests.of(Verification.of(RecordedDit.MODEL, recording).strict(), reporter);
        }
    }

    @Test
    void aPolicyIsATestWithItsVerdictInTheReport() {
        EngineExecutionResults results = run(OfTheModel.class);

        results.testEvents().assertStatistics(all -> all.succeeded(2).failed(0).aborted(0));
        assertThat(names(results.testEvents())).containsExactly("none", "fbc");
        assertThat(results.allEvents().reportingEntryPublished().stream()
                        .map(event ->
                                event.getRequiredPayload(ReportEntry.class).getKeyValuePairs()))
                .satisfiesExactly(
                        entry -> assertThat(entry.get("none")).matches("SAME-BITS|WITHIN"),
                        entry -> assertThat(entry.get("fbc")).matches("SAME-BITS|WITHIN"));
    }

    static class OfAnotherModel {
        @TestFactory
        Stream<DynamicNode> doesAsRecorded() {
            return ReplayTests.of(Verification.of(changed, recording));
        }
    }

    @Test
    void aChangedWeightFailsAndNamesItsModule() {
        testsOf(OfAnotherModel.class)
                .failed()
                .assertEventsMatchExactly(
                        event(
                                test(),
                                displayName("none"),
                                finishedWithFailure(
                                        instanceOf(AssertionError.class),
                                        message(text ->
                                                text.startsWith("none: DRIFT in transformer_blocks.2.attn1: left")
                                                        && text.contains("transformer_blocks.2.attn1.to_out.0.bias")
                                                        && text.contains(
                                                                "first drift: step 0, transformer_blocks.2.attn1 (")))),
                        event(
                                test(),
                                displayName("fbc"),
                                finishedWithFailure(
                                        instanceOf(AssertionError.class),
                                        message(text ->
                                                text.startsWith("fbc: DRIFT in transformer_blocks.2.attn1: left")))));
    }

    static class OfTwoRecordings {
        @TestFactory
        Stream<DynamicNode> doesAsRecorded() {
            return ReplayTests.of(Verification.of(RecordedDit.MODEL, RecordedDit.MODEL.getParent(), recording)
                    .reports(new ReportFiles().junit(recording.resolve("recording.json/verify.xml"))));
        }
    }

    @Test
    void recordingsAreContainersAndAnUnwrittenReportFails() {
        EngineExecutionResults results = run(OfTwoRecordings.class);

        assertThat(names(results.containerEvents()))
                .contains(RecordedDit.MODEL.getParent().toString(), recording.toString());
        assertThat(names(results.testEvents().succeeded())).hasSizeGreaterThan(4);
        results.testEvents()
                .failed()
                .assertEventsMatchExactly(event(
                        displayName("reports"), finishedWithFailure(message(text -> text.contains("is not written")))));
    }

    static class OfAFixedBatch {
        private static final Path PIXART = TestModels.golden("pixart");

        @TestFactory
        Stream<DynamicNode> doesAsRecorded() {
            return ReplayTests.of(Verification.of(PIXART.resolve("torchscript.onnx"), PIXART));
        }

        @TestFactory
        Stream<DynamicNode> doesAsAsked() {
            return ReplayTests.of(
                    Verification.of(PIXART.resolve("torchscript.onnx"), PIXART).policies("faster_cache"));
        }
    }

    /** FasterCache halves the batch, which is fixed in this export. */
    @Test
    void whatCannotRunIsAbortedUnlessItWasAskedFor() {
        Events tests = testsOf(OfAFixedBatch.class);

        assertThat(names(tests.aborted())).containsExactly("fastercache_BCHW").isEqualTo(names(tests.failed()));
    }

    static class OfNoRecording {
        @TestFactory
        Stream<DynamicNode> doesAsRecorded() {
            return ReplayTests.of(Verification.of(RecordedDit.MODEL, folder.resolve("nowhere")));
        }
    }

    @Test
    void aRecordingThatIsNotThereFails() {
        run(OfNoRecording.class)
                .containerEvents()
                .failed()
                .assertEventsMatchExactly(event(finishedWithFailure(
                        instanceOf(InvalidModelException.class), message(text -> text.contains("nowhere")))));
    }
}
