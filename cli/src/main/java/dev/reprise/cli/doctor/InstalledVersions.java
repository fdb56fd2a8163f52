package dev.reprise.cli.doctor;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cli.command.Screen.Format;
import dev.reprise.ort.Installation;
import dev.reprise.verify.text.Json;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;

/** {@code reprise --version}: versions of what a result depends on, as somebody would write them into a report of a defect. */
public final class InstalledVersions implements IVersionProvider {
    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public String[] getVersion() {
        String onnxRuntime;
        String nativeLayer;
        try {
            Installation installation = Installation.start(0);
            onnxRuntime = installation.version();
            nativeLayer = (installation.nativeLayer().isAvailable() ? "" : "off: ")
                    + installation.nativeLayer().description();
        } catch (IllegalStateException | LinkageError e) {
            onnxRuntime = null;
            nativeLayer = "off: ONNX Runtime does not start ('reprise doctor' says why)";
        }
        Versions versions = Versions.find(onnxRuntime);
        return isJson() ? json(versions, nativeLayer) : text(versions, nativeLayer);
    }

    private boolean isJson() {
        OptionSpec format = spec == null ? null : spec.findOption("--format");
        return format != null && format.getValue() == Format.JSON;
    }

    private static String[] text(Versions versions, String nativeLayer) {
        return new String[] {
            "reprise " + versions.reprise(),
            "Java " + versions.java() + " (" + versions.javaVendor() + ")",
            "ONNX Runtime " + (versions.onnxRuntime() == null ? "none" : versions.onnxRuntime()),
            "native layer: " + nativeLayer,
            versions.system()
        };
    }

    /** {@code docs/schema/version.schema.json}. */
    private static String[] json(Versions versions, String nativeLayer) {
        ObjectNode json = Json.document();
        json.setAll(DiagnosisJson.versions(versions));
        json.put("native_layer", nativeLayer);
        return new String[] {Json.pretty(json)};
    }
}
