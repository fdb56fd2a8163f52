package dev.reprise.cache.reuse;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * cache-dit's masks by name. Each is a list of runs, computed and skipped in turn, made for 28 steps; for more steps all runs grow, for fewer
 * the last ones shrink, and few steps have runs of their own. The last step computes.
 *
 * <p>Source: {@code steps_mask} of https://github.com/vipshop/cache-dit.
 */
enum MaskPreset {
    SLOW(
            new int[] {8, 1, 3, 2, 3, 2, 2, 2, 1, 3, 1},
            new int[] {4, 1, 2, 1, 2, 1, 2, 1, 1},
            new int[] {5, 1, 2, 0, 1},
            new int[] {5, 1, 1, 0, 1}),
    MEDIUM(
            new int[] {6, 1, 2, 3, 2, 3, 2, 3, 2, 3, 1},
            new int[] {4, 1, 2, 1, 1, 2, 1, 2, 1},
            new int[] {5, 1, 1, 1, 1},
            new int[] {4, 1, 1, 1, 1}),
    FAST(
            new int[] {6, 1, 1, 3, 1, 4, 1, 5, 1, 4, 1},
            new int[] {3, 1, 1, 2, 1, 2, 1, 3, 1},
            new int[] {4, 1, 1, 2, 1},
            new int[] {3, 1, 1, 2, 1}),
    ULTRA(
            new int[] {4, 2, 1, 5, 1, 6, 1, 7, 1},
            new int[] {2, 1, 1, 2, 1, 3, 1, 3, 1},
            new int[] {3, 2, 1, 2, 1},
            new int[] {2, 2, 1, 2, 1});

    private static final int USUAL = 28;

    /** Runs for 28 steps, for 10 to 15, for 9 and for 8: computed, skipped, computed and so on. */
    private final int[] usual;

    private final int[] few;
    private final int[] nine;
    private final int[] eight;

    MaskPreset(int[] usual, int[] few, int[] nine, int[] eight) {
        this.usual = usual;
        this.few = few;
        this.nine = nine;
        this.eight = eight;
    }

    static Optional<MaskPreset> of(String name) {
        return Arrays.stream(values())
                .filter(preset -> preset.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst();
    }

    /** The mask for a number of steps; empty where there is none. */
    Optional<String> mask(int steps) {
        int[] runs;
        if (steps >= 16) {
            runs = grown(steps);
        } else if (steps >= 8) {
            runs = (steps == 8 ? eight : steps == 9 ? nine : few).clone();
        } else if (steps == 4 || steps == 6) {
            runs = steps == 4 ? new int[] {2, 1, 1} : new int[] {3, 2, 1};
        } else {
            return Optional.empty();
        }
        return Optional.of(written(shrunk(runs, steps), steps));
    }

    /** All runs in turn get longer by half their share of the steps, at least one, until they reach. */
    private int[] grown(int steps) {
        int[] runs = usual.clone();
        while (sum(runs) < steps) {
            for (int i = 0; i < runs.length && sum(runs) < steps; i++) {
                boolean last = i == runs.length - 1;
                runs[i] += last ? 1 : Math.max((int) (usual[i] * ((double) steps / USUAL * 0.5)), 1);
            }
        }
        return runs;
    }

    /** The last skipped run and the last computed one in turn get shorter by one; empty ones go. */
    private static List<List<Integer>> shrunk(int[] runs, int steps) {
        List<List<Integer>> kinds = List.of(new ArrayList<>(), new ArrayList<>());
        for (int i = 0; i < runs.length; i++) {
            if (runs[i] > 0) {
                kinds.get(i % 2).add(runs[i]);
            }
        }
        int excess = sum(runs) - steps;
        for (int turn = 1; excess > 0; turn++) {
            List<Integer> kind = kinds.get(turn % 2);
            if (!kind.isEmpty()) {
                int last = kind.size() - 1;
                kind.set(last, kind.get(last) - 1);
                if (kind.get(last) == 0) {
                    kind.remove(last);
                }
                excess--;
            }
        }
        return kinds;
    }

    private static String written(List<List<Integer>> kinds, int steps) {
        StringBuilder mask = new StringBuilder();
        for (int i = 0; mask.length() < steps; i++) {
            for (int kind = 0; kind < 2; kind++) {
                if (i < kinds.get(kind).size()) {
                    mask.append((kind == 0 ? "1" : "0").repeat(kinds.get(kind).get(i)));
                }
            }
        }
        return mask.substring(0, steps - 1) + "1";
    }

    private static int sum(int[] runs) {
        return Arrays.stream(runs).sum();
    }
}
