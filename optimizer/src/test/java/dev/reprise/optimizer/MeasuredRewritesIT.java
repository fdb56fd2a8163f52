package dev.reprise.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reprise.graph.bundle.ManifestFile;
import dev.reprise.graph.bundle.MeasuredRewrite;
import dev.reprise.graph.recording.Recording;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.optimizer.api.MeasureOptions;
import dev.reprise.optimizer.measure.RunTimer;
import dev.reprise.ort.api.SessionConfig;
import dev.reprise.testdata.TestModels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The choice of rewrites by what they gain, with times that a test makes up. */
class MeasuredRewritesIT {
    private static final Path MODEL = TestModels.golden("dit").resolve("torchscript.onnx");

    @TempDir
    private Path folder;

    private final CutModel cut = Optimizer.cut(MODEL, CutOptions.DEFAULTS);

    @Test
    void leavesOutWhatTakesLonger() {
        assertThat(cut.manifest().rewrites()).containsKeys("fuse_attention", "fuse_tanh_gelu");

        CutModel measured =
                cut.measured(options(1e-6, inputs()), timer(rewrite -> rewrite.equals("fuse_attention") ? 130 : 90));

        assertThat(measured.manifest().rewrites())
                .doesNotContainKey("fuse_attention")
                .containsKey("fuse_tanh_gelu");
        Map<String, Integer> before = new HashMap<>(cut.manifest().rewrites());
        before.remove("fuse_attention");
        assertThat(measured.manifest().rewrites()).isEqualTo(before);
        assertThat(measured.manifest().measured()).isNotNull();
        assertThat(measured.manifest().measured().rewrites()).isNotEmpty().allSatisfy(rewrite -> {
            assertThat(rewrite.rounds()).isEqualTo(3);
            boolean attention = rewrite.rewrite().equals("fuse_attention");
            assertThat(rewrite.ratio()).isEqualTo(attention ? 1.3 : 0.9);
            assertThat(rewrite.kept()).isEqualTo(!attention);
        });
        Path bundle = measured.write(folder.resolve("bundle"));
        assertThat(ManifestFile.read(bundle).withWeights(measured.manifest().weights()))
                .isEqualTo(measured.manifest());
    }

    @Test
    void leavesNoRewrittenModelWhereNothingGains() {
        CutModel measured = cut.measured(options(1e-6, inputs()), timer(rewrite -> 101));

        assertThat(measured.manifest().rewritten()).isEmpty();
        assertThat(measured.write(folder.resolve("bundle")).resolve("rewritten"))
                .doesNotExist();
    }

    /** A round takes a second: the fifth begins within a rewrite's share of the time, and the sixth does not. */
    @Test
    void goesOnUntilTheTimeIsOver() {
        int trials = cut.measured(options(1e-6, inputs()), timer(rewrite -> 100))
                .manifest()
                .measured()
                .rewrites()
                .size();

        List<MeasuredRewrite> rewrites = cut.measured(options(4.5 * trials, inputs()), timer(rewrite -> 1_000_000_000))
                .manifest()
                .measured()
                .rewrites();

        assertThat(rewrites)
                .hasSize(trials)
                .allSatisfy(rewrite -> assertThat(rewrite.rounds()).isEqualTo(5));
    }

    @Test
    void measuresEachKindOfSegmentOnceWithAndWithout() {
        List<String> runs = new ArrayList<>();
        List<MeasuredRewrite> rewrites = cut.measured(options(1e-6, inputs()), (rewrite, run) -> {
                    runs.add(rewrite);
                    run.run();
                    return 100;
                })
                .manifest()
                .measured()
                .rewrites();

        assertThat(runs)
                .hasSize(rewrites.size() * 6)
                .startsWith(
                        RunTimer.PLAIN,
                        rewrites.get(0).rewrite(),
                        rewrites.get(0).rewrite(),
                        RunTimer.PLAIN);
        assertThat(rewrites.stream()
                        .filter(rewrite -> rewrite.rewrite().equals("fuse_attention"))
                        .mapToInt(MeasuredRewrite::segments)
                        .sum())
                .isEqualTo((int) cut.manifest().rewritten().stream()
                        .filter(segment -> segment.rewrites().containsKey("fuse_attention"))
                        .count());
    }

    @Test
    void namesAnInputThatIsMissing() {
        Map<String, StoredTensor> incomplete = new HashMap<>(inputs());
        String first = cut.manifest().inputs().get(0).name();
        incomplete.remove(first);

        assertThatThrownBy(() -> cut.measured(options(1, incomplete), RunTimer.CLOCK))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("input '" + first + "' is not fed and has no default");
    }

    private static Map<String, StoredTensor> inputs() {
        return Recording.read(MODEL.getParent()).inputs(0);
    }

    private static RunTimer timer(ToLongFunction<String> rewritten) {
        return (rewrite, run) -> {
            run.run();
            return rewrite.equals(RunTimer.PLAIN) ? 100 : rewritten.applyAsLong(rewrite);
        };
    }

    private static MeasureOptions options(double seconds, Map<String, StoredTensor> step) {
        return new MeasureOptions(seconds, SessionConfig.cpu(), step, "recording", what -> {});
    }
}
