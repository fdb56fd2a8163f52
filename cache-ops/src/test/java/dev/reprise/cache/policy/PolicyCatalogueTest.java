package dev.reprise.cache.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.graph.json.JsonFile;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class PolicyCatalogueTest {
    private static JsonNode json(String text) throws Exception {
        return JsonFile.mapper().readTree(text.replace('\'', '"'));
    }

    @Test
    void namesAreDifferent() {
        List<String> names = new ArrayList<>();
        for (PolicyType type : PolicyCatalogue.all()) {
            names.add(type.id());
            names.addAll(type.aliases());
            Set<String> parameters = new HashSet<>();
            for (Parameter<?> parameter : type.parameters()) {
                assertThat(parameters.add(parameter.name()))
                        .as(parameter.name())
                        .isTrue();
                assertThat(parameter.aliases()).allMatch(parameters::add);
                assertThat(parameter.meaning()).isNotBlank();
            }
        }
        assertThat(names).doesNotHaveDuplicates();
    }

    @Test
    void findsPoliciesByIdAndAlias() throws Exception {
        assertThat(PolicyCatalogue.parse("FBC", json("{'threshold': 0.2}")).id())
                .isEqualTo("first_block_cache");
        assertThat(PolicyCatalogue.parse("pab", Map.of("spatial_attention_block_skip_range", 3))
                        .id())
                .isEqualTo("pyramid_attention_broadcast");
        assertThat(PolicyCatalogue.parse("step-mask", List.of("mask=0110")).id())
                .isEqualTo("step_mask");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pyramid_attention_broadcast | {'spatial_attention_block_skip_range': 2, "
                        + "'temporal_attention_block_skip_range': 4, 'cross_attention_block_skip_range': 3}",
                "first_block_cache | {'threshold': 0.08}",
                "taylorseer | {'cache_interval': 3, 'disable_cache_before_step': 3, 'max_order': 2, "
                        + "'cache_identifiers': ['.*blocks\\\\.\\\\d+\\\\.attn1?', 'layers\\\\.\\\\d+\\\\.attn'], "
                        + "'taylor_factors_dtype': 'float32'}",
                "taylorseer | {'cache_interval': 3, 'disable_cache_before_step': 3, 'max_order': 1, "
                        + "'use_lite_mode': true, 'taylor_factors_dtype': 'float32'}",
                "magcache | {'threshold': 0.06, 'max_skip_steps': 3, 'retention_ratio': 0.2, "
                        + "'num_inference_steps': 12, 'mag_ratios': [1.0, 1.025244129544237]}",
                "faster_cache | {'spatial_attention_block_skip_range': 2, "
                        + "'spatial_attention_timestep_skip_range': [-1, 901], "
                        + "'temporal_attention_block_skip_range': 2, "
                        + "'temporal_attention_timestep_skip_range': [-1, 901], "
                        + "'unconditional_batch_skip_range': 3, "
                        + "'unconditional_batch_timestep_skip_range': [-1, 901], "
                        + "'tensor_format': 'BCFHW', 'attention_weight': 0.5}",
            })
    void readsTheConfigurationsOfRecordings(String policy, String config) throws Exception {
        assertThat(PolicyCatalogue.parse(policy, json(config)).id()).isEqualTo(policy);
    }

    @Test
    void hasEveryFieldOfTheReference() {
        assertThat(PolicyCatalogue.type("pab").parameters()).hasSize(9);
        assertThat(PolicyCatalogue.type("faster_cache").parameters()).hasSize(18);
        assertThat(names("taylorseer"))
                .contains("disable_cache_after_step", "skip_predict_identifiers", "cache_identifiers", "use_lite_mode");
        assertThat(names("magcache")).contains("mag_ratios", "calibrate", "retention_ratio");
    }

    private static List<String> names(String policy) {
        List<String> names = new ArrayList<>();
        PolicyCatalogue.type(policy).parameters().forEach(parameter -> names.add(parameter.name()));
        return names;
    }

    @Test
    void namesTheNearestPolicyAndParameter() {
        assertThatThrownBy(() -> PolicyCatalogue.type("first_blok_cache"))
                .isInstanceOf(InvalidPolicyException.class)
                .hasMessageStartingWith("unknown policy 'first_blok_cache'; nearest: first_block_cache");
        assertThatThrownBy(() -> PolicyCatalogue.parse("fbc", List.of("treshold=1")))
                .isInstanceOf(InvalidPolicyException.class)
                .hasMessageStartingWith("first_block_cache has no parameter 'treshold'; nearest: threshold");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'threshold': 'high'} | first_block_cache: threshold must be a number ≥ 0, was \"high\"",
                "{'threshold': -1} | first_block_cache: threshold must be a number ≥ 0, was -1",
                "{'threshold': null} | first_block_cache: threshold must be a number ≥ 0, was unset",
                "{'probe_stride': 1.5} | first_block_cache: probe_stride must be an integer ≥ 1, was 1.5",
                "{'probe_stride': 99999999999} | first_block_cache: probe_stride must be an integer ≥ 1, was 99999999999",
                "[1] | first_block_cache: parameters must be a JSON object, was [1]",
            })
    void saysWhatIsWrongWithAValue(String config, String message) throws Exception {
        JsonNode node = json(config.replace("\"", "'"));
        assertThatThrownBy(() -> PolicyCatalogue.parse("fbc", node))
                .isInstanceOf(InvalidPolicyException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "spatial_attention_timestep_skip_range | 50,850.5 | [50, 850.5]",
                "spatial_attention_timestep_skip_range | [50, 850] | [50, 850]",
                "spatial_attention_block_skip_range | 3 | 3",
                "spatial_attention_block_skip_range | null | null",
                "spatial_attention_block_identifiers | ^a\\d{1,2}$ | [^a\\d{1,2}$]",
                "spatial_attention_block_identifiers | [\"[ab]\", \"c\"] | [[ab], c]",
            })
    void readsValuesOfTheCommandLine(String name, String text, String plain) {
        PolicyBuilder builder = PyramidAttentionBroadcast.builder().set(name + "=" + text);
        assertThat(String.valueOf(builder.parameters().plain().get(name))).isEqualTo(plain);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "step_mask | mask=0110 | {\"mask\":\"0110\"}",
                "step_mask | mask=1010 | {\"mask\":\"1010\"}",
                "step_mask | mask=\"0110\" | {\"mask\":\"0110\"}",
                "dbcache | fn=2 | {\"front_blocks\":2}",
                "dbcache | max_cached=null | {\"max_cached\":null}",
                "dbcache | forecast=lagrange | {\"forecast\":\"lagrange\"}",
                "fbc | threshold=0.10 | {\"threshold\":0.1}",
                "fbc | threshold=1e0 | {\"threshold\":1}",
                "taylorseer | taylor_factors_dtype=torch.float16 | {\"taylor_factors_dtype\":\"float16\"}",
                "taylorseer | cache_identifiers=123 | {\"cache_identifiers\":[\"123\"]}",
                "faster_cache | attention_weight={\"from\":0,\"to\":1} | {\"attention_weight\":{\"from\":0,\"to\":1}}",
                "faster_cache | is_guidance_distilled=true | {\"is_guidance_distilled\":true}",
            })
    void whatIsGivenIsWrittenAsItsTypeSays(String policy, String assignment, String json) {
        PolicyBuilder builder = PolicyCatalogue.type(policy).builder().set(assignment);
        JsonNode given = JsonFile.mapper().valueToTree(builder.given());
        assertThat(given).hasToString(json);
        // What was written reads back as the same.
        assertThat(PolicyCatalogue.type(policy).builder().setAll(given).given()).isEqualTo(builder.given());
    }

    /** Every parameter of every policy. */
    static Stream<Arguments> parameters() {
        return PolicyCatalogue.all().stream()
                .flatMap(type -> type.parameters().stream().map(parameter -> Arguments.of(type, parameter.name())));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("parameters")
    void noParameterTakesNonsense(PolicyType type, String name) {
        String deep = "[".repeat(50) + "]".repeat(50);
        String endless = "[" + "1,".repeat(100_000) + "1]";
        for (String value : List.of("NaN", "Infinity", "-1e999", "{\"a\":{\"b\":1}}", deep, endless, "")) {
            boolean text = value.isEmpty() || Character.isLetter(value.charAt(0));
            JsonNode node = text ? TextNode.valueOf(value) : tree(value);
            // Any text may be a regular expression.
            if (name.endsWith("identifiers") && text) {
                continue;
            }
            assertRefused(type, name, () -> type.builder().set(name, node));
            // Of a command line, any text is a regular expression or a name.
            if (!name.endsWith("identifiers")) {
                assertRefused(type, name, () -> type.builder().set(name + "=" + value));
            }
        }
    }

    private static void assertRefused(PolicyType type, String name, ThrowingCallable set) {
        assertThatThrownBy(set)
                .isInstanceOf(InvalidPolicyException.class)
                .hasMessageStartingWith(type.id() + ": " + name + " must be ")
                .hasMessageContaining(", was ")
                .satisfies(
                        e -> assertThat(String.valueOf(e.getMessage()).length()).isLessThan(300));
    }

    private static JsonNode tree(String json) {
        try {
            return JsonFile.mapper().readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(json, e);
        }
    }

    @Test
    void listsAndStringsHaveAnEnd() {
        PolicyBuilder builder = StepMask.builder();
        assertThat(builder.set("mask=" + "01".repeat(5000)).given().get("mask")).isEqualTo("01".repeat(5000));
        assertThatThrownBy(() -> builder.set("mask=" + "01".repeat(50_000)))
                .hasMessage(
                        "step_mask: mask must be a string of 0 and 1, one per step, or slow, medium, fast or ultra, was a string of 100000, longer"
                                + " than 10000");
    }

    @Test
    void aParameterIsSetOnceByOneOfItsNames() {
        assertThatThrownBy(() -> PolicyCatalogue.parse("dbcache", json("{'fn': 1, 'front_blocks': 2}")))
                .isInstanceOf(InvalidPolicyException.class)
                .hasMessage("dbcache: front_blocks must be set once, was set as fn and as front_blocks");
    }

    @Test
    void refusesParametersOfOtherPolicies() {
        assertThatThrownBy(() -> MagCache.builder().set(FirstBlockCache.THRESHOLD, 0.5))
                .isInstanceOf(InvalidPolicyException.class)
                .hasMessage("magcache: this threshold is a parameter of another policy");
        assertThatThrownBy(() -> FirstBlockCache.builder().set(FirstBlockCache.THRESHOLD, -0.5))
                .hasMessage("first_block_cache: threshold must be a number ≥ 0, was -0.5");
        assertThatThrownBy(() -> FirstBlockCache.builder().unset(FirstBlockCache.THRESHOLD))
                .hasMessage("first_block_cache: threshold must be a number ≥ 0, was unset");
    }

    @Test
    void refusesWhatIsNoAssignmentAndNoExpression() {
        PolicyBuilder builder = PyramidAttentionBroadcast.builder();
        assertThatThrownBy(() -> builder.set("spatial")).hasMessageContaining("expected name=value, was 'spatial'");
        assertThatThrownBy(() -> builder.set("spatial_attention_block_identifiers=a["))
                .isInstanceOf(InvalidPolicyException.class)
                .hasMessageContaining("'a[' is no regular expression");
        assertThatThrownBy(() -> builder.set("spatial_attention_timestep_skip_range=800,100"))
                .hasMessageContaining("must be two timesteps [low, high] with low < high, was [800,100]");
    }

    @Test
    void writesDefaultsAsTheyStandInJson() {
        Map<String, Object> plain =
                PyramidAttentionBroadcast.builder().parameters().plain();
        assertThat(plain).containsEntry("spatial_attention_block_skip_range", null);
        assertThat(plain).containsEntry("cross_attention_timestep_skip_range", List.of(100L, 800L));
        for (PolicyType type : PolicyCatalogue.all()) {
            Map<String, Object> defaults = type.builder().parameters().plain();
            PolicyBuilder again = type.builder();
            again.setAll(JsonFile.mapper().<JsonNode>valueToTree(defaults));
            assertThat(again.parameters().plain()).isEqualTo(defaults);
        }
    }
}
