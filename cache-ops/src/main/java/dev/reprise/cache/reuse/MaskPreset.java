package dev.reprise.cache.reuse;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * cache-dit's masks by name. Each is made of runs, computed and skipped in turn, for 28 steps; for more steps all runs grow, for fewer the
 * last ones shrink, and few steps have a mask of their own. The last step computes.
 *
 * <p>Source: {@code steps_mask} of https://github.com/vipshop/cache-dit.
 */
enum MaskPreset {
    SLOW("1111111101110011100110010001", "111101101101101", "111110111", "11111011"),
    MEDIUM("1111110110001100011000110001", "111101101001001", "111110101", "11110101"),
    FAST("1111110100010000100000100001", "111010010010001", "111101001", "11101001"),
    ULTRA("1111001000001000000100000001", "110100100010001", "111001001", "11001001");

    private static final int USUAL = 28;

    private final String usual;
    private final String few;
    private final String nine;
    private final String eight;

    /**
     * A preset.
     *
     * @param usual mask for 28 steps
     * @param few for 15, which 10 to 14 shorten
     * @param nine for 9
     * @param eight for 8
     */
    MaskPreset(String usual, String few, String nine, String eight) {
        this.usual = usual;
        this.few = few;
        this.nine = nine;
        this.eight = eight;
    }

    static Optional<MaskPreset> of(String name) {
        return Arrays.stream(values())
                .filter(preset -> preset.word().equals(name))
                .findFirst();
    }

    /** What a user writes. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The mask for a number of steps; empty where there is none. */
    Optional<String> mask(int steps) {
        if (steps >= 10) {
            int[] runs = steps >= 16 ? grown(steps) : runs(few);
            return Optional.of(written(shrunk(runs, steps), steps));
        }
        return switch (steps) {
            case 4 -> Optional.of("1101");
            case 6 -> Optional.of("111001");
            case 8 -> Optional.of(eight);
            case 9 -> Optional.of(nine);
            default -> Optional.empty();
        };
    }

    /** Lengths of the runs of 1s and 0s in turn. */
    private static int[] runs(String mask) {
        return Arrays.stream(mask.split("(?<=1)(?=0)|(?<=0)(?=1)"))
                .mapToInt(String::length)
                .toArray();
    }

    /** All runs in turn get longer by half their share of the steps, at least one, until they reach. */
    private int[] grown(int steps) {
        int[] first = runs(usual);
        int[] runs = first.clone();
        while (sum(runs) < steps) {
            for (int i = 0; i < runs.length && sum(runs) < steps; i++) {
                boolean last = i == runs.length - 1;
                runs[i] += last ? 1 : Math.max((int) (first[i] * ((double) steps / USUAL * 0.5)), 1);
            }
        }
        return runs;
    }

    /** The last skipped run and the last computed one in turn get shorter by one; empty ones go. */
    private static List<List<Integer>> shrunk(int[] runs, int steps) {
        List<List<Integer>> kinds = List.of(new ArrayList<>(), new ArrayList<>());
        for (int i = 0; i < runs.length; i++) {
            kinds.get(i % 2).add(runs[i]);
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
