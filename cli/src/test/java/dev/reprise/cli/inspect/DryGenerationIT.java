package dev.reprise.cli.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.cli.inputs.RandomInputs;
import dev.reprise.demo.DemoModels;
import dev.reprise.optimizer.CutModel;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.verify.run.Playback;
import dev.reprise.verify.text.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said without running a model is what a run does, for policies that decide by the step alone. */
class DryGenerationIT {
    private static final int STEPS = 20;

    @TempDir
    private static Path folder;

    private static CutModel cut;
    private static CachedTransformer loaded;

    @BeforeAll
    static void open() {
        cut = Optimizer.cut(DemoModels.digits().resolve("torchscript.onnx"), CutOptions.DEFAULTS);
        // Exact caching would save more than the policies do.
        loaded = CachedTransformer.open(
                cut.write(folder.resolve("bundle")), SessionSettings.cpu().withoutExactCaching());
    }

    @AfterAll
    static void close() {
        loaded.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "none | {}",
                "pyramid_attention_broadcast | {'spatial_attention_block_skip_range': 2, 'cross_attention_block_skip_range': 3}",
                "faster_cache | {'tensor_format': 'BCHW'}",
                "taylorseer | {'cache_identifiers': ['.*attn\\d?']}",
                "taylorseer | {'use_lite_mode': true}",
                "magcache | {'mag_ratios': [1]}",
                "output_forecast | {}",
                "hicache | {}",
                "step_mask | {'mask': '1010'}",
                "spectrum | {}",
                "combined | {}"
            })
    void computesWhatARunComputes(String name, String parameters) throws Exception {
        CachePolicy policy = PolicyCatalogue.parse(
                name, Json.parse(parameters.replace('\'', '"').replace("\\", "\\\\")));
        double said = new DryGeneration(cut.manifest(), new Demand(cut.manifest()), STEPS)
                .computedShare(policy.bind(cut.manifest()));

        List<Double> shares = new ArrayList<>();
        try (CachedTransformer generation = loaded.newGeneration()) {
            generation.enableCache(policy);
            Playback.runTraced(
                    generation,
                    new RandomInputs(cut.manifest(), Map.of("batch", 2L), STEPS, 1),
                    (step, outputs) -> shares.add(step.computedShare()));
        }

        assertThat(said)
                .isCloseTo(shares.stream().mapToDouble(share -> share).average().orElseThrow(), Offset.offset(1e-9));
    }

    @Test
    void aPolicyThatComparesReusesAsIfNothingChanged() {
        // All but the first step, and what the first block costs in each.
        double firstBlock = 12_466_192.0 / cut.manifest().multiplyAdds();

        assertThat(new DryGeneration(cut.manifest(), new Demand(cut.manifest()), STEPS)
                        .computedShare(
                                PolicyCatalogue.type("fbc").builder().build().bind(cut.manifest())))
                .isCloseTo((1 + (STEPS - 1) * firstBlock) / STEPS, Offset.offset(1e-9));
    }
}
