package dev.reprise.verify.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reprise.graph.InvalidModelException;
import dev.reprise.verify.api.Budget;
import dev.reprise.verify.api.BudgetCheck;
import dev.reprise.verify.api.BudgetCheck.Outcome;
import dev.reprise.verify.api.OutputErrors;
import dev.reprise.verify.run.PairedSpeedup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BudgetTest {
    private static final OutputErrors QUALITY = new OutputErrors(List.of(0.0, 0.02, 0.01), 34, false);

    @TempDir
    private Path folder;

    @Test
    void comparesEveryLimit() {
        Budget kept = new Budget(34.0, 0.02, 0.6, 1.3);
        Budget exceeded = new Budget(34.1, 0.019, 0.59, 1.6);

        assertThat(BudgetChecks.of(kept, QUALITY, 0.6, () -> new PairedSpeedup(1.4, 1.3, 1.5)))
                .hasSize(4)
                .allMatch(check -> check.outcome() == Outcome.KEPT);
        assertThat(BudgetChecks.of(exceeded, QUALITY, 0.6, () -> new PairedSpeedup(1.4, 1.3, 1.5)))
                .hasSize(4)
                .allMatch(BudgetCheck::isExceeded)
                .extracting(BudgetCheck::text)
                .contains("PSNR 34.0 dB, at least 34.1 dB", "60.0 % computed, at most 59.0 %");
    }

    @Test
    void aNoisyMachineDecidesNothing() {
        assertThat(BudgetChecks.speedup(new PairedSpeedup(1.4, 0.9, 1.9), 1.3).outcome())
                .isEqualTo(Outcome.UNDECIDED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"reprise.yml", "reprise.json"})
    void theMoreSpecialLimitWins(String file) throws IOException {
        Files.writeString(
                folder.resolve(file),
                file.endsWith("yml")
                        ? "all:\n  max_error: 0.2\n  min_psnr: 20\npolicies:\n  fbc: {min_psnr: 30}\n"
                        : "{\"all\": {\"max_error\": 0.2, \"min_psnr\": 20}, \"policies\": {\"fbc\": {\"min_psnr\": 30}}}");

        Budgets budgets = Budgets.beside(folder, Set.of("fbc", "pab"));

        assertThat(budgets.of("fbc", Budget.NONE)).isEqualTo(new Budget(30.0, 0.2, null, null));
        assertThat(budgets.of("pab", Budget.NONE)).isEqualTo(new Budget(20.0, 0.2, null, null));
        assertThat(budgets.of("fbc", new Budget(40.0, null, null, null)).minPsnr())
                .isEqualTo(40);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "policies: {fbc: {min_psnr: -1}} | min_psnr must be in [0, 300], was -1.0",
                "policies: {fbc: {min_snr: 1}} | unknown field 'min_snr'",
                "budgets: {} | unknown field 'budgets'",
                "all: {max_computed: 2} | max_computed must be in (0, 1], was 2.0",
                "all: {max_computed: much} | must be a number",
                "'all: {' | not valid YAML",
                "just text | expected an object"
            })
    void aWrongFileIsNamedInALine(String content, String message) throws IOException {
        Files.writeString(folder.resolve("reprise.yml"), content);

        assertThatThrownBy(() -> Budgets.beside(folder, Set.of("fbc")))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageStartingWith(folder.resolve("reprise.yml").toString())
                .hasMessageContaining(message);
    }

    @Test
    void budgetsThatContradictAreRefused() throws IOException {
        Files.writeString(folder.resolve("reprise.yml"), "policies: {pab: {min_psnr: 1}}");
        assertThatThrownBy(() -> Budgets.beside(folder, Set.of("fbc")))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("found [pab]");

        Files.writeString(folder.resolve("reprise.json"), "{}");
        assertThatThrownBy(() -> Budgets.beside(folder, Set.of("fbc")))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("found both");
    }
}
