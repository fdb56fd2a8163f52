package dev.reprise.cli.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.cli.Main;
import dev.reprise.testdata.ForkedJvm;
import dev.reprise.testdata.TestModels;
import dev.reprise.testdata.WebGpuDevice;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Recordings made on a CPU, replayed on a provider whose memory is not the CPU's. */
class VerifyOnDeviceIT {
    private final ForkedJvm jvm = WebGpuDevice.requireJvm();

    @Test
    void aSingleStreamModelPassesWithEveryRecordedPolicy() throws Exception {
        assertThat(verify("pixart", "torchscript_dynamic.onnx"))
                .contains("none", "pab", "fbc", "taylorseer1", "taylorseer2", "taylorseer_lite", "magcache")
                .contains("fastercache_BCHW");
    }

    @Test
    void aJointAttentionModelPassesWithEveryRecordedPolicy() throws Exception {
        assertThat(verify("flux", "dynamo.onnx"))
                .contains("none", "pab", "fbc", "taylorseer1", "taylorseer2", "taylorseer_lite", "magcache");
    }

    /** The policies that passed; the command fails when one did not. */
    private List<String> verify(String architecture, String file) throws Exception {
        Path recording = TestModels.golden(architecture);
        List<String> lines = jvm.run(
                Main.class,
                "verify",
                recording.resolve(file).toString(),
                "--recording",
                recording.toString(),
                "--provider",
                "webgpu");
        return lines.stream()
                .filter(line -> line.matches("\\w+ .* (WITHIN|SAME-BITS) .*"))
                .map(line -> line.substring(0, line.indexOf(' ')))
                .toList();
    }
}
