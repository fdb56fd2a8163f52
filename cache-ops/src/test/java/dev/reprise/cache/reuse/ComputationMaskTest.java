package dev.reprise.cache.reuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cache.Decision;
import dev.reprise.cache.OrtFragments;
import dev.reprise.cache.Subject;
import dev.reprise.cache.TestGeneration;
import dev.reprise.cache.ToyModel;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.policy.Combined;
import dev.reprise.cache.policy.DualBlockCache;
import dev.reprise.cache.policy.StepMask;
import dev.reprise.graph.json.JsonFile;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ComputationMaskTest {
    /** {@code testdata/export/published.py} asked cache-dit for them. */
    @Test
    void presetsAreThoseOfCacheDit() throws IOException {
        JsonNode recorded;
        try (InputStream file = ComputationMaskTest.class.getResourceAsStream("/masks.json")) {
            recorded = JsonFile.mapper().readTree(file);
        }
        assertThat(recorded).hasSize(56);
        recorded.properties()
                .forEach(steps -> steps.getValue()
                        .properties()
                        .forEach(mask -> assertThat(MaskPreset.of(mask.getKey())
                                        .flatMap(preset -> preset.mask(Integer.parseInt(steps.getKey()))))
                                .as("%s for %s steps", mask.getKey(), steps.getKey())
                                .contains(mask.getValue().textValue())));
    }

    @Test
    void everyPolicyWithAMaskTakesAPreset() throws Exception {
        try (Closing ort = new Closing()) {
            for (PolicyBuilder policy : List.of(
                    StepMask.builder().set("mask=ultra"),
                    Combined.builder().set("when=mask:steps=ultra").set("where=blocks"),
                    DualBlockCache.builder()
                            .set("mask=ultra")
                            .set("mask_policy=static")
                            .set("warmup_steps=0"))) {
                TestGeneration run = new TestGeneration(ort.fragments, ToyModel.singleStream(), policy.build(), 10);
                for (int i = 0; i < 10; i++) {
                    run.run(500, 1);
                }
                assertThat(run.decisions(Subject.BLOCKS).stream()
                                .map(decision -> decision == Decision.COMPUTE ? "1" : "0")
                                .collect(Collectors.joining()))
                        .isEqualTo("1101001001");
            }
        }
    }

    @Test
    void aPresetNeedsToKnowHowManyStepsThereAre() throws Exception {
        try (Closing ort = new Closing()) {
            PolicyBuilder policy = StepMask.builder().set("mask=fast");
            TestGeneration unknown = new TestGeneration(ort.fragments, ToyModel.singleStream(), policy.build(), 0);
            assertThatThrownBy(() -> unknown.run(500, 1))
                    .isInstanceOf(UnsupportedPolicyException.class)
                    .hasMessageStartingWith(
                            "step_mask: the mask fast needs to know how many denoising steps there are");
            TestGeneration seven = new TestGeneration(ort.fragments, ToyModel.singleStream(), policy.build(), 7);
            assertThatThrownBy(() -> seven.run(500, 1))
                    .hasMessageContaining("exists for 4, 6 and from 8 steps on, found 7");
        }
    }

    private static final class Closing implements AutoCloseable {
        private final OrtFragments fragments = new OrtFragments();

        @Override
        public void close() throws ai.onnxruntime.OrtException {
            fragments.close();
        }
    }
}
