package dev.reprise.cli.inputs;

import dev.reprise.graph.bundle.InputRoles;
import dev.reprise.graph.bundle.TensorSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What a model input most likely means, by its role, its name and its type: that says which generated values it can take. */
enum InputKind {
    /** What is denoised: changes with every step. */
    LATENTS,
    /** The scheduler's value: falls with every step. */
    TIMESTEP,
    /** 1 where there is something to attend to. */
    MASK,
    /** The guidance scale that distilled models take. */
    GUIDANCE,
    /** Which of several texts a token belongs to. */
    TYPE_IDS,
    /** Coordinates of tokens. */
    POSITIONS,
    /** Rows of a table: token ids, class labels. */
    INDICES,
    /** Embeddings and all else. */
    FEATURES;

    private static final List<String> POSITION_WORDS =
            List.of("position", "positions", "pos", "coords", "coordinates", "grid", "img", "image", "txt", "video");

    /** Coordinates have an axis of this length at most: [tokens, 3]. */
    static final int MOST_COORDINATES = 4;

    static InputKind of(TensorSpec input, InputRoles roles) {
        if (input.name().equals(roles.latents())) {
            return LATENTS;
        }
        List<String> words = Arrays.asList(input.name().toLowerCase(Locale.ROOT).split("[^a-z0-9]+", -1));
        boolean number = input.elementType().isFloatingPoint();
        if (input.name().equals(roles.timestep()) || (isScalar(input) && isTime(words))) {
            return TIMESTEP;
        }
        if (words.contains("mask")) {
            return MASK;
        }
        if (words.contains("guidance") && number) {
            return GUIDANCE;
        }
        boolean ids = words.contains("ids") || words.contains("id");
        if (ids && (words.contains("type") || words.contains("segment"))) {
            return TYPE_IDS;
        }
        if (ids && (number || hasCoordinates(input) || words.stream().anyMatch(POSITION_WORDS::contains))) {
            return POSITIONS;
        }
        if (words.contains("positions") || words.contains("coords") || words.contains("coordinates")) {
            return POSITIONS;
        }
        return number ? FEATURES : INDICES;
    }

    /** One value, or one for each sample. */
    private static boolean isScalar(TensorSpec input) {
        return input.shape() != null && input.shape().size() <= 1;
    }

    private static boolean isTime(List<String> words) {
        return words.contains("timestep") || words.contains("timesteps") || words.contains("sigma");
    }

    private static boolean hasCoordinates(TensorSpec input) {
        List<Long> shape = input.shape();
        if (shape == null || shape.size() < 2) {
            return false;
        }
        long last = shape.get(shape.size() - 1);
        return last > 1 && last <= MOST_COORDINATES;
    }
}
