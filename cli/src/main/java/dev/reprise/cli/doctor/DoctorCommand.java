package dev.reprise.cli.doctor;

import dev.reprise.cli.command.ExitCode;
import dev.reprise.cli.command.Screen;
import dev.reprise.cli.model.ProviderOptions;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code reprise doctor}: what this machine has, what does not work, and what helps. */
@Command(
        name = "doctor",
        description = {
            "Say what this machine has, what does not work and what helps: versions, execution providers, devices,"
                    + " memory, threads.",
            "Exit code 1 when models cannot run on the CPU, or not on a provider that --provider names."
        },
        footer = {
            "",
            "Examples:",
            "  reprise doctor",
            "  reprise doctor --provider cuda:0",
            "  reprise doctor --provider /opt/libonnxruntime_providers_openvino_plugin.so --format json"
        })
public final class DoctorCommand implements Callable<Integer> {
    @Mixin
    private Screen screen = new Screen();

    @Mixin
    private ProviderOptions provider = new ProviderOptions();

    @Override
    public Integer call() {
        Diagnosis diagnosis = Diagnosis.find(provider.requested(), provider.threads());
        screen.show(() -> DiagnosisJson.of(diagnosis), out -> DiagnosisText.print(diagnosis, out));
        return diagnosis.isHealthy() ? ExitCode.OK : ExitCode.FAILED;
    }
}
