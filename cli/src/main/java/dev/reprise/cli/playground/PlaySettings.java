package dev.reprise.cli.playground;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.verify.text.Json;
import java.util.ArrayList;
import java.util.List;

/**
 * What the page asks for.
 *
 * @param model name of a demo model
 * @param steps denoising steps
 * @param seed of the noise
 * @param pauseMillis rest after each step, for people to see it
 * @param sides what is compared with the original model
 */
record PlaySettings(String model, int steps, long seed, int pauseMillis, List<SideSettings> sides) {
    static final int FEWEST_STEPS = 4;
    static final int MOST_STEPS = 100;
    static final int LONGEST_PAUSE = 2000;
    private static final int MOST_SIDES = 2;

    PlaySettings {
        sides = List.copyOf(sides);
    }

    /** @throws RequestException when a field does not fit */
    static PlaySettings of(JsonNode json) {
        JsonNode sides = json.path("sides");
        if (!sides.isArray() || sides.isEmpty() || sides.size() > MOST_SIDES) {
            throw RequestException.badField(
                    RequestProblem.COMMON, "sides", "sides must be a list of 1 or 2 settings, was " + sides);
        }
        List<SideSettings> read = new ArrayList<>();
        for (JsonNode side : sides) {
            read.add(SideSettings.of(read.size(), side));
        }
        return new PlaySettings(
                json.path("model").asText(),
                (int) whole(json, "steps", FEWEST_STEPS, MOST_STEPS),
                whole(json, "seed", 0, Integer.MAX_VALUE),
                (int) whole(json, "pause", 0, LONGEST_PAUSE),
                read);
    }

    private static long whole(JsonNode json, String field, long low, long high) {
        JsonNode value = json.path(field);
        if (!value.isIntegralNumber()
                || !value.canConvertToLong()
                || value.longValue() < low
                || value.longValue() > high) {
            throw RequestException.badField(
                    RequestProblem.COMMON,
                    field,
                    field + " must be a whole number in [" + low + ", " + high + "], was "
                            + (value.isMissingNode() ? "not given" : value));
        }
        return value.longValue();
    }

    PlaySettings withSide(int index, SideSettings side) {
        List<SideSettings> changed = new ArrayList<>(sides);
        changed.set(index, side);
        return new PlaySettings(model, steps, seed, pauseMillis, changed);
    }

    ObjectNode json() {
        ObjectNode json = Json.object();
        json.put("model", model);
        json.put("steps", steps);
        json.put("seed", seed);
        json.put("pause", pauseMillis);
        ArrayNode all = json.putArray("sides");
        sides.forEach(side -> all.add(side.json()));
        return json;
    }
}
