package dev.reprise.cli.optimize;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Joiner;
import dev.reprise.cli.model.MeasuredView;
import dev.reprise.cli.model.MendedView;
import dev.reprise.cli.model.QuantizationView;
import dev.reprise.cli.text.Page;
import dev.reprise.cli.text.Table;
import dev.reprise.cli.text.Wrap;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Quantization;
import dev.reprise.optimizer.api.Warning;
import dev.reprise.verify.text.Json;
import dev.reprise.verify.text.Units;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a model was cut into.
 *
 * @param model the file
 * @param modelBytes its size
 * @param bundle the folder that was written, null for a dry run
 * @param bundleBytes its size, 0 for a dry run
 * @param weightsPacked whether the weights are in the bundle
 * @param nanos how long it took
 * @param manifest what the bundle says
 * @param warnings what a user should know
 */
record OptimizeResult(
        Path model,
        long modelBytes,
        @Nullable Path bundle,
        long bundleBytes,
        boolean weightsPacked,
        long nanos,
        Manifest manifest,
        List<Warning> warnings) {
    OptimizeResult {
        warnings = List.copyOf(warnings);
    }

    private int blocks() {
        return manifest.chain() == null ? 0 : manifest.chain().blocks().size();
    }

    /** {@code docs/schema/optimize.schema.json}. */
    ObjectNode json() {
        ObjectNode json = Json.document();
        json.put("model", model.toString());
        json.put("bundle", bundle == null ? null : bundle.toString());
        json.put("segments", manifest.segments().size());
        json.put("modules", manifest.modules().size());
        json.put("blocks", blocks());
        json.put("multiply_adds", manifest.multiplyAdds());
        ObjectNode fired = json.putObject("rewrites");
        manifest.rewrites().forEach(fired::put);
        Quantization quantization = manifest.quantization();
        if (quantization != null) {
            json.set("quantization", QuantizationView.json(quantization));
        }
        if (manifest.measured() != null) {
            json.set("measured", MeasuredView.json(manifest.measured()));
        }
        json.set("mended", MendedView.json(manifest.mended()));
        json.put("model_bytes", modelBytes);
        json.put("bundle_bytes", bundleBytes);
        json.set("duration_ms", Json.millis((double) nanos));
        ArrayNode array = json.putArray("warnings");
        for (Warning warning : warnings) {
            array.addObject().put("code", warning.code().name()).put("message", warning.message());
        }
        return json;
    }

    void print(Page out) {
        String multiplyAdds = Units.count(manifest.multiplyAdds());
        Table table = new Table("", ">BEFORE", ">AFTER");
        table.row("model files", "1", Integer.toString(manifest.segments().size()));
        table.row("bytes on disk", Units.bytes(modelBytes), bundle == null ? "–" : "+ " + Units.bytes(bundleBytes));
        table.row("multiply-adds of a step", multiplyAdds, multiplyAdds);
        table.row(
                "tensors between them", "0", Integer.toString(manifest.tensors().size()));
        table.print(out, "");
        out.println();
        if (manifest.measured() != null) {
            MeasuredView.table(manifest.measured()).print(out, "");
            Wrap.print(out, "", "Rewrites: " + MeasuredView.text(manifest.measured()) + ".");
            out.println();
        }
        if (!manifest.mended().isEmpty()) {
            Wrap.print(out, "", "Mended: " + MendedView.text(manifest.mended()) + ".");
        }
        if (!manifest.rewritten().isEmpty()) {
            Wrap.print(
                    out,
                    "",
                    "Rewritten for speed: "
                            + Joiner.on(", ").withKeyValueSeparator(" ").join(manifest.rewrites()) + ".");
        }
        Quantization quantization = manifest.quantization();
        if (quantization != null) {
            Wrap.print(out, "", "Quantized to int8: " + QuantizationView.text(manifest, quantization) + ".");
        }
        Wrap.print(
                out,
                "",
                (bundle == null ? "Would write a bundle" : "Wrote " + bundle) + " in " + Units.millis((double) nanos)
                        + (weightsPacked ? ", weights included." : ", weights stay in " + model + "."));
    }
}
