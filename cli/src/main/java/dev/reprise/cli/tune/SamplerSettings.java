package dev.reprise.cli.tune;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cli.command.CommandException;
import dev.reprise.cli.command.FileOrJson;
import dev.reprise.graph.NearestNames;
import dev.reprise.verify.text.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A sampler, as {@code sampler.json} describes it: {@code {"preset": "flow", "steps": 30, "guidance": 3, "batch": "uncond_cond"}}.
 *
 * @param sampler how a sample goes on from step to step
 * @param steps denoising steps
 * @param guidance scale of classifier-free guidance, 1 for none
 * @param batch how the two guidance branches lie in the batch
 * @param shift of the flow's noise levels
 * @param timestepScale what a noise level of 1 is as a timestep
 * @param prediction what the model's output is, for DDIM and DPM-Solver++
 * @param betaStart first beta of the noise schedule
 * @param betaEnd last beta
 * @param scaledLinear whether betas are linear in their square roots
 * @param clamp results are compared within these two, empty for as they are
 */
record SamplerSettings(
        NoiseSchedule.Kind sampler,
        int steps,
        double guidance,
        Batch batch,
        double shift,
        double timestepScale,
        Prediction prediction,
        double betaStart,
        double betaEnd,
        boolean scaledLinear,
        List<Double> clamp) {

    /** How guidance branches lie in the batch. */
    enum Batch {
        SINGLE,
        UNCOND_COND,
        COND_UNCOND
    }

    /** What the model says. */
    enum Prediction {
        EPSILON,
        V_PREDICTION,
        SAMPLE
    }

    private static final String OPTION = "--sampler";

    private static final Set<String> FIELDS = Set.of(
            "preset",
            "sampler",
            "steps",
            "guidance",
            "batch",
            "shift",
            "timestep_scale",
            "prediction",
            "beta_start",
            "beta_end",
            "beta_schedule",
            "clamp");

    /** Fields by model family. */
    private static final Map<String, String> PRESETS = presets();

    private static Map<String, String> presets() {
        Map<String, String> presets = new LinkedHashMap<>();
        presets.put("flow", "{\"sampler\": \"flow_euler\"}");
        presets.put(
                "digits",
                "{\"sampler\": \"flow_euler\", \"steps\": 30, \"guidance\": 3, \"batch\": \"uncond_cond\","
                        + " \"clamp\": [-1, 1]}");
        presets.put("flux", "{\"sampler\": \"flow_euler\", \"steps\": 28, \"shift\": 3, \"timestep_scale\": 1}");
        presets.put(
                "sd3",
                "{\"sampler\": \"flow_euler\", \"steps\": 28, \"shift\": 3, \"guidance\": 7, \"batch\": \"uncond_cond\"}");
        presets.put(
                "pixart",
                "{\"sampler\": \"dpmpp_2m\", \"steps\": 20, \"guidance\": 4.5, \"batch\": \"uncond_cond\","
                        + " \"beta_schedule\": \"linear\"}");
        presets.put(
                "dit",
                "{\"sampler\": \"ddim\", \"steps\": 50, \"guidance\": 4, \"batch\": \"cond_uncond\","
                        + " \"beta_schedule\": \"linear\"}");
        presets.put(
                "cogvideox",
                "{\"sampler\": \"ddim\", \"steps\": 50, \"guidance\": 6, \"batch\": \"uncond_cond\","
                        + " \"prediction\": \"v_prediction\", \"beta_start\": 0.00085, \"beta_end\": 0.012}");
        return presets;
    }

    /** Reads a file, or JSON on the command line. */
    static SamplerSettings read(String fileOrJson) {
        String where = FileOrJson.isJson(fileOrJson) ? OPTION : fileOrJson;
        String text = FileOrJson.read(fileOrJson, OPTION);
        try {
            return of(Json.parse(text), where);
        } catch (JsonProcessingException e) {
            throw CommandException.usage(where + " must be a JSON object, found " + e.getOriginalMessage());
        }
    }

    private static SamplerSettings of(JsonNode given, String where) throws JsonProcessingException {
        if (!given.isObject()) {
            throw CommandException.usage(where + " must be a JSON object, was " + given);
        }
        for (String field : (Iterable<String>) given::fieldNames) {
            if (!FIELDS.contains(field)) {
                throw CommandException.usage(where + " has an unknown field '" + field + "'; nearest: "
                        + String.join(
                                ", ",
                                NearestNames.of(field, FIELDS.stream().sorted().toList(), 3)));
            }
        }
        ObjectNode json = Json.object();
        if (given.has("preset")) {
            String preset = given.get("preset").asText();
            String fields = PRESETS.get(preset);
            if (fields == null) {
                throw CommandException.usage(
                        where + ": preset must be one of " + String.join(", ", PRESETS.keySet()) + ", was " + preset);
            }
            json.setAll((ObjectNode) Json.parse(fields));
        }
        json.setAll((ObjectNode) given);
        Fields fields = new Fields(json, where);
        double guidance = fields.number("guidance", 1, 0);
        Batch batch = fields.choice("batch", guidance == 1 ? Batch.SINGLE : Batch.UNCOND_COND, Batch.values());
        if (batch == Batch.SINGLE && guidance != 1) {
            throw CommandException.usage(where + ": guidance " + guidance
                    + " needs both branches in the batch: batch must be uncond_cond or cond_uncond, was single");
        }
        return new SamplerSettings(
                fields.choice("sampler", NoiseSchedule.Kind.FLOW_EULER, NoiseSchedule.Kind.values()),
                (int) fields.number("steps", 30, 2),
                guidance,
                batch,
                fields.number("shift", 1, 1e-3),
                fields.number("timestep_scale", 1000, 1e-6),
                fields.choice("prediction", Prediction.EPSILON, Prediction.values()),
                fields.number("beta_start", 0.0001, 0),
                fields.number("beta_end", 0.02, 0),
                fields.word("beta_schedule", "scaled_linear", List.of("linear", "scaled_linear"))
                        .equals("scaled_linear"),
                fields.clamp());
    }

    boolean guided() {
        return batch != Batch.SINGLE;
    }

    /** Reads fields and says what is wrong with them. */
    private record Fields(ObjectNode json, String where) {
        double number(String name, double otherwise, double least) {
            JsonNode value = json.get(name);
            if (value == null) {
                return otherwise;
            }
            if (!value.isNumber() || !(value.doubleValue() >= least) || value.doubleValue() > 1e6) {
                throw CommandException.usage(
                        where + ": " + name + " must be a number of at least " + least + ", was " + value);
            }
            return value.doubleValue();
        }

        String word(String name, String otherwise, List<String> words) {
            String value = json.has(name) ? json.get(name).asText() : otherwise;
            if (!words.contains(value)) {
                throw CommandException.usage(
                        where + ": " + name + " must be one of " + String.join(", ", words) + ", was " + value);
            }
            return value;
        }

        <E extends Enum<E>> E choice(String name, E otherwise, E[] all) {
            Function<E, String> word = each -> each.name().toLowerCase(Locale.ROOT);
            String value =
                    word(name, word.apply(otherwise), Stream.of(all).map(word).toList());
            return Stream.of(all)
                    .filter(each -> word.apply(each).equals(value))
                    .findFirst()
                    .orElseThrow();
        }

        List<Double> clamp() {
            JsonNode value = json.get("clamp");
            if (value == null || value.isNull()) {
                return List.of();
            }
            if (!value.isArray()
                    || value.size() != 2
                    || !(value.get(0).asDouble() < value.get(1).asDouble())) {
                throw CommandException.usage(where + ": clamp must be two numbers [low, high], was " + value);
            }
            return List.of(value.get(0).asDouble(), value.get(1).asDouble());
        }
    }
}
