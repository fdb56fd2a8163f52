package dev.reprise.cache.policy;

import static dev.reprise.cache.Decision.COMPUTE;
import static dev.reprise.cache.Decision.REUSE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.OrtFragments;
import dev.reprise.cache.TestGeneration;
import dev.reprise.cache.ToyModel;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.parameter.ModuleRule;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModuleScheduleTest {
    private final OrtFragments ort = new OrtFragments();

    @AfterEach
    void close() throws OrtException {
        ort.close();
    }

    @Test
    void theFirstRuleThatMatchesAModuleCounts() {
        CachePolicy policy = ModuleSchedule.builder()
                .set(
                        ModuleSchedule.RULES,
                        List.of(ModuleRule.of("blocks\\.0\\.attn", "1-2"), ModuleRule.of("attn", "every 2nd from 1")))
                .build();
        TestGeneration run = new TestGeneration(ort, ToyModel.singleStream(), policy, 4);
        for (int i = 0; i < 4; i++) {
            run.run(700, 1 + i);
        }
        assertThat(run.decisions("transformer_blocks.0.attn1")).containsExactly(COMPUTE, REUSE, REUSE, COMPUTE);
        assertThat(run.decisions("transformer_blocks.2.attn1")).containsExactly(COMPUTE, REUSE, COMPUTE, REUSE);
        assertThat(run.step(1).ran()).doesNotContain("a1", "a2", "a3", "a4").contains("h1", "h4");
        assertThat(run.step(2).ran()).doesNotContain("a1").contains("a2", "a3", "a4");
    }

    @Test
    void aModuleWithoutAnOutputYetComputes() {
        TestGeneration run = new TestGeneration(ort, ToyModel.singleStream(), policy("attn", "step >= 0"), 2);
        float[] first = run.run(700, 1);
        assertThat(first).isEqualTo(run.uncached(700, 1));
        run.run(600, 1);
        assertThat(run.decisions("transformer_blocks.0.attn1")).containsExactly(COMPUTE, REUSE);
        assertThat(run.reasons("transformer_blocks.0.attn1")).containsExactly("FIRST_STEP", "INTERVAL");
    }

    /** Block 4 reads nothing fresh of block 3 at step 1; block 3 is due all the same, so step 2 reuses what it was at step 1. */
    @Test
    void aModuleThatIsDueRunsEvenWhereOnlyReusedOutputsWouldReadIt() {
        CachePolicy policy = PolicyCatalogue.parse(
                "module_schedule",
                List.of(
                        "rules=[{\"modules\": \"blocks.2$\", \"reuse\": [2]}, {\"modules\": \"blocks.3$\", \"reuse\": [1]}]"));
        TestGeneration run = new TestGeneration(ort, ToyModel.singleStream(), policy, 3);
        run.run(700, 1);
        run.run(700, 2);
        assertThat(run.step(1).ran()).contains("h3").doesNotContain("h4");
        float[] third = run.run(700, 3);
        assertThat(third).isEqualTo(run.uncached(700, 2));
    }

    @Test
    void nothingInsideOfAModuleRunsWhileThatReuses() {
        CachePolicy policy = PolicyCatalogue.parse(
                "module_schedule",
                List.of(
                        "rules=[{\"modules\": \"blocks.\\\\d$\", \"reuse\": \"1\"}, {\"modules\": \"attn\", \"reuse\": \"2\"}]"));
        TestGeneration run = new TestGeneration(ort, ToyModel.singleStream(), policy, 2);
        run.run(700, 1);
        run.run(700, 2);
        assertThat(run.step(1).ran()).doesNotContain("a1", "a2", "a3", "a4", "h1");
    }

    @Test
    void refusesARuleThatMatchesNothing() {
        assertThatThrownBy(() ->
                        policy("resnets", "1").bind(ToyModel.singleStream().manifest()))
                .isInstanceOf(UnsupportedPolicyException.class)
                .hasMessageStartingWith(
                        "module_schedule: rule 1, 'resnets' at 1, matches none of the 9 modules that were found;"
                                + " the nearest are ")
                .hasMessageEndingWith(". Others become modules when the model is cut with --module");
        CachePolicy twice = ModuleSchedule.builder()
                .set(ModuleSchedule.RULES, List.of(ModuleRule.of("attn", "1"), ModuleRule.of("attn1", "2")))
                .build();
        assertThatThrownBy(() -> twice.bind(ToyModel.singleStream().manifest()))
                .hasMessage("module_schedule: rule 2, 'attn1' at 2, matches only modules that earlier rules match");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"modules\": \"a\", \"reuse\": \"step %% 3\"} | 'step %% 3' has '%' where a number is expected",
                "{\"modules\": \"a\", \"reuse\": \"every 0\"} | 'every 0' has 0 where a number of steps is expected",
                "{\"modules\": \"a\", \"reuse\": \"5-2\"} | '5-2' has the range 5-2, which is empty",
                "{\"modules\": \"a\", \"reuse\": \"step % 2\"} | 'step % 2' has its end where",
                "{\"modules\": \"a\", \"reuse\": \"1 2\"} | '1 2' has '2' where 'and', 'or' or the end is expected",
                "{\"modules\": \"a\", \"reuse\": \"import os\"} | 'import os' has 'import' where a number is expected",
                "{\"modules\": \"a\", \"reuse\": \"2; 3\"} | '2; 3' has '; 3', which is no part of a rule",
                "{\"modules\": \"(\", \"reuse\": \"1\"} | '(' is no regular expression",
                "{\"modules\": \"a\"} | it must have \"modules\" and \"reuse\", and nothing else",
                "{\"modules\": \"a\", \"reuse\": true} | \"reuse\" must be a rule for steps or a list of steps"
            })
    void namesTheRuleThatIsNone(String rule, String problem) {
        assertThatThrownBy(() -> PolicyCatalogue.parse(
                        "module_schedule", List.of("rules=[{\"modules\": \"b\", \"reuse\": \"1\"}, " + rule + "]")))
                .isInstanceOf(InvalidPolicyException.class)
                .hasMessageStartingWith(
                        "module_schedule: rules must be a list of {\"modules\": regular expression, \"reuse\":"
                                + " steps}, was rule 2 " + rule.replace(" ", "").substring(0, 10))
                .hasMessageContaining(problem);
    }

    private static CachePolicy policy(String modules, String reuse) {
        return ModuleSchedule.builder()
                .set(ModuleSchedule.RULES, List.of(ModuleRule.of(modules, reuse)))
                .build();
    }
}
