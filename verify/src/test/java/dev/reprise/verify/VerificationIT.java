package dev.reprise.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.testdata.TestModels;
import dev.reprise.verify.api.Budget;
import dev.reprise.verify.api.Verdict;
import dev.reprise.verify.api.VerificationResult;
import dev.reprise.verify.report.ReportSchemas;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerificationIT {
    private static final Path RECORDING = TestModels.golden("dit");
    private static final Path MODEL = RECORDING.resolve("torchscript.onnx");

    @TempDir
    private Path folder;

    private static Verification verification() {
        return Verification.of(MODEL, RECORDING).policies("none", "pab");
    }

    @Test
    void aModelThatIsAsRecordedPasses() {
        verification().strict().assertPasses();

        VerificationResult result = verification().run();
        assertThat(result.passed()).isTrue();
        assertThat(result.recordings().get(0).results())
                .hasSize(2)
                .allMatch(replay -> replay.verdict() == Verdict.WITHIN || replay.verdict() == Verdict.SAME_BITS);
    }

    @Test
    void anErrorSaysWhatDrifted() {
        assertThatThrownBy(() -> verification().tolerance(1e-12).assertPasses())
                .isInstanceOf(AssertionError.class)
                .hasMessageStartingWith("2 of 2 replays differ from the recording: none, pab")
                .hasMessageContaining("pab: left the tolerance of 1.00e-12 first at step 0");
    }

    @Test
    void aBudgetIsALimitOfEveryPolicy() throws Exception {
        Path file = Files.writeString(folder.resolve("limits.yml"), "policies: {pab: {max_computed: 0.01}}");

        assertThatThrownBy(() -> verification().budgets(file).assertPasses())
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("pab: budget exceeded");
        verification().budgets(file).budget(new Budget(null, null, 0.99, null)).assertPasses();
    }

    @Test
    void reportsAreAsTheirSchemasSay() throws Exception {
        ReportFiles files = new ReportFiles()
                .junit(folder.resolve("new/verify.xml"))
                .sarif(folder.resolve("verify.sarif"))
                .markdown(folder.resolve("verify.md"))
                .html(folder.resolve("verify.html"));

        VerificationResult result =
                verification().tolerance(1e-12).reports(files).run();

        assertThat(result.unwritten()).isEmpty();
        ReportSchemas.requireJUnit(Files.readString(folder.resolve("new/verify.xml")));
        assertThat(ReportSchemas.sarifErrors(Files.readString(folder.resolve("verify.sarif"))))
                .isEmpty();
        assertThat(folder.resolve("verify.md")).content().contains("2 of 2 replays failed");
        assertThat(folder.resolve("verify.html")).content().contains("2 of 2 replays failed");
    }

    @Test
    void aReportThatCannotBeWrittenHidesNoVerdict() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        ReportFiles files = new ReportFiles().junit(file.resolve("verify.xml"));

        assertThatThrownBy(() -> verification().tolerance(1e-12).reports(files).assertPasses())
                .isInstanceOf(AssertionError.class)
                .hasMessageStartingWith("2 of 2 replays differ")
                .hasMessageContaining(
                        "report " + file.resolve("verify.xml") + " is not written: " + file + ": exists already");
        assertThatThrownBy(() -> verification().reports(files).assertPasses())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is not written");
    }

    @Test
    void whatCannotBeReplayedIsNamed() {
        assertThatThrownBy(() -> verification().policies("no_such").run())
                .isInstanceOf(InvalidPolicyException.class)
                .hasMessageContaining("was 'no_such'");
        assertThatThrownBy(() -> Verification.of(MODEL, folder).run())
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("not a recording");
        assertThatThrownBy(() ->
                        Verification.of(folder.resolve("none.onnx"), RECORDING).run())
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("no such file");
        assertThatThrownBy(() -> verification().tolerance(-1)).isInstanceOf(IllegalArgumentException.class);
    }
}
