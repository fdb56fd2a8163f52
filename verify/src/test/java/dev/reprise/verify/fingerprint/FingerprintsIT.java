package dev.reprise.verify.fingerprint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.recording.Fingerprint.StepValues;
import dev.reprise.graph.recording.Recording;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.testdata.TestModels;
import dev.reprise.verify.run.RecordedInputs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FingerprintsIT {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"pixart/torchscript.onnx", "flux/dynamo.onnx"})
    void valuesDoNotDependOnHowManyAreHeld(String name) {
        Path model = TestModels.golden(name.substring(0, name.indexOf('/'))).resolveSibling(name);
        Path bundle = Optimizer.cut(model, CutOptions.DEFAULTS).write(folder.resolve("bundle"));
        RecordedInputs source = RecordedInputs.of(Recording.read(model.getParent()));
        try (CachedTransformer loaded = CachedTransformer.open(bundle, SessionSettings.cpu())) {
            List<StepValues> atOnce = Fingerprints.values(loaded, source, List.of(0, 5), Long.MAX_VALUE);
            List<StepValues> apart = Fingerprints.values(loaded, source, List.of(0, 5), 20_000);

            assertThat(apart).isEqualTo(atOnce);
            Manifest manifest = loaded.manifest();
            Set<String> all = new LinkedHashSet<>();
            manifest.segments().forEach(segment -> all.addAll(segment.outputs()));
            assertThat(new ArrayList<>(apart.get(0).values().keySet())).isEqualTo(new ArrayList<>(all));
            assertThat(ValueProbe.groups(manifest, 20_000).size()).isBetween(3, all.size());
            assertThat(ValueProbe.groups(manifest, Long.MAX_VALUE)).hasSize(1);
        }
    }

    @Test
    void aTensorLargerThanAGroupIsAlone() {
        Path model = TestModels.golden("pixart").resolve("torchscript.onnx");
        Manifest manifest = Optimizer.cut(model, CutOptions.DEFAULTS).manifest();

        assertThat(ValueProbe.groups(manifest, 1)).allMatch(group -> !group.isEmpty());
    }
}
