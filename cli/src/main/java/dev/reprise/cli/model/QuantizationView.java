package dev.reprise.cli.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Quantization;
import dev.reprise.verify.text.Json;
import dev.reprise.verify.text.Units;
import java.util.Locale;

/** What was quantized in a bundle, for people and for programs. */
public final class QuantizationView {
    private QuantizationView() {}

    /** {@code 12 of 14 segments, 84 layers, 91 % of the multiply-adds; largest error 0.0083, allowed 0.01 …}. */
    public static String text(Manifest manifest, Quantization quantization) {
        double share = (double) quantization.multiplyAdds() / Math.max(1, manifest.multiplyAdds());
        return String.format(
                Locale.ROOT,
                "%d of %d segments, %s, %s of the multiply-adds; largest error %.2g, allowed %.2g,"
                        + " measured in %s of %s",
                quantization.segments().size(),
                quantization.candidates(),
                Units.count(quantization.products(), "layer"),
                Units.percent(share),
                quantization.error(),
                quantization.maxError(),
                Units.count(quantization.steps(), "step"),
                quantization.inputs());
    }

    /** As {@code docs/schema/optimize.schema.json} and {@code inspect.schema.json} have it. */
    public static ObjectNode json(Quantization quantization) {
        ObjectNode json = Json.object();
        json.put("type", "int8");
        json.put("max_error", quantization.maxError());
        json.put("error", quantization.error());
        json.put("inputs", quantization.inputs());
        json.put("steps", quantization.steps());
        json.put("candidates", quantization.candidates());
        json.put("segments", quantization.segments().size());
        json.put("layers", quantization.products());
        json.put("multiply_adds", quantization.multiplyAdds());
        return json;
    }
}
