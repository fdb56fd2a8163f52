package dev.reprise.cli.doctor;

import dev.reprise.cli.text.Page;
import dev.reprise.cli.text.Table;
import dev.reprise.cli.text.Wrap;
import dev.reprise.ort.provider.Device;
import dev.reprise.verify.text.Units;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A diagnosis for people: what is there, then what to note, each with what helps. */
final class DiagnosisText {
    private static final String NONE = "none";

    private DiagnosisText() {}

    static void print(Diagnosis diagnosis, Page out) {
        facts(diagnosis).printRows(out, "");
        out.println();
        if (!diagnosis.ort().providers().isEmpty()) {
            providers(diagnosis.ort(), out).print(out, "");
            out.println();
        }
        List<Finding> findings = diagnosis.findings();
        for (Finding finding : findings) {
            Wrap.print(out, "", finding.severity().label() + ": " + finding.message());
            Wrap.print(out, "  ", finding.advice());
        }
        String conclusion = conclusion(diagnosis, findings);
        out.println(diagnosis.isHealthy() ? out.good(conclusion) : out.bad(conclusion));
    }

    private static Table facts(Diagnosis diagnosis) {
        Versions versions = diagnosis.versions();
        OrtFacts ort = diagnosis.ort();
        MemoryFacts memory = diagnosis.memory();
        ThreadFacts threads = diagnosis.threads();
        TextFacts text = diagnosis.text();
        Table table = new Table("", "~");
        table.row("Reprise", versions.reprise());
        table.row("Java", versions.java() + " (" + versions.javaVendor() + ")");
        table.row("system", versions.system());
        table.row("ONNX Runtime", orNone(versions.onnxRuntime()));
        table.row("NVIDIA driver", orNone(versions.nvidiaDriver()));
        table.row("CUDA", orNone(versions.cuda()));
        table.row("cuDNN", orNone(versions.cudnn()));
        table.row(
                "devices",
                ort.devices().isEmpty()
                        ? NONE
                        : ort.devices().stream().map(Device::toString).collect(Collectors.joining(", ")));
        table.row("native layer", ort.nativeLayer() ? ort.nativeDescription() : "off: " + ort.nativeDescription());
        table.row("memory", memory(memory));
        table.row(
                "threads",
                (threads.poolThreads() == null ? "no shared pool" : "shared pool of " + threads.poolThreads())
                        + "; cores: " + threads.javaCores() + " for Java, "
                        + (threads.physicalCores() == null ? "unknown" : threads.physicalCores()) + " physical");
        table.row("text", text.locale() + ", files " + text.charset() + ", file names " + text.fileNames());
        return table;
    }

    private static String memory(MemoryFacts memory) {
        String container =
                memory.containerLimitBytes() == null ? "" : ", container " + Units.bytes(memory.containerLimitBytes());
        return "Java heap up to " + Units.bytes(memory.heapLimitBytes()) + ", physical "
                + Units.bytes(memory.physicalBytes()) + container + ", free " + Units.bytes(memory.freeBytes());
    }

    private static Table providers(OrtFacts ort, Page out) {
        Table table = new Table("PROVIDER", "COMPILED IN", "USABLE", "~WHY NOT");
        for (ProviderFacts provider : ort.providers()) {
            table.row(
                    provider.provider().name(),
                    provider.compiledIn() ? "yes" : "no",
                    provider.isUsable() ? out.good("yes") : "no",
                    provider.problem() == null ? "" : provider.problem().reason());
        }
        return table;
    }

    private static String conclusion(Diagnosis diagnosis, List<Finding> findings) {
        if (!diagnosis.isHealthy()) {
            return "Something that is needed does not work.";
        }
        return findings.isEmpty() ? "Everything works." : "Everything that is needed works.";
    }

    private static String orNone(@Nullable String version) {
        return version == null ? NONE : version;
    }
}
