package dev.reprise.cache.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.PolicyType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyCatalogueTest {
    private static JsonNode json(String text) throws Exception {
        return JsonMapper.builder().build().readTree(text.replace('\'', '"'));
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
                "{'threshold': 'high'} | first_block_cache: threshold must be a number ≥ 0.0, was \"high\"",
                "{'threshold': -1} | first_block_cache: threshold must be a number ≥ 0.0, was -1.0",
                "{'threshold': null} | first_block_cache: threshold must be a number ≥ 0.0, was unset",
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

    @Test
    void refusesParametersOfOtherPolicies() {
        assertThatThrownBy(() -> MagCache.builder().set(FirstBlockCache.THRESHOLD, 0.5))
                .isInstanceOf(InvalidPolicyException.class)
                .hasMessage("magcache: this threshold is a parameter of another policy");
        assertThatThrownBy(() -> FirstBlockCache.builder().set(FirstBlockCache.THRESHOLD, -0.5))
                .hasMessage("first_block_cache: threshold must be a number ≥ 0.0, was -0.5");
        assertThatThrownBy(() -> FirstBlockCache.builder().unset(FirstBlockCache.THRESHOLD))
                .hasMessage("first_block_cache: threshold must be a number ≥ 0.0, was unset");
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
            JsonMapper.builder()
                    .build()
                    .<JsonNode>valueToTree(defaults)
                    .properties()
                    .forEach(property -> again.set(property.getKey(), property.getValue()));
            assertThat(again.parameters().plain()).isEqualTo(defaults);
        }
    }
}
