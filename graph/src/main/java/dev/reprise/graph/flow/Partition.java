package dev.reprise.graph.flow;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.IntUnaryOperator;

/**
 * Groups units that are needed under exactly the same decisions.
 *
 * <p>For a unit {@code u} let {@code S(u)} be the targets that can be reached from {@code u} without passing another target. Units
 * with equal {@code S} belong together.
 *
 * <pre>
 *   u1 ─▶ u2 ─▶ [T] ─▶ u4 ─▶ [out]      S(u1)={T,out}  S(u2)={T}  S(u3)=S(u4)={out}
 *     └─▶ u3 ───────────▲               groups {u1} {u2} {u3,u4}
 * </pre>
 *
 * <p>Along an uncut edge {@code a → b}, {@code S(a) ⊇ S(b)}, and behind a target no unit reaches it again: the groups are convex
 * and wait for one another in no circle, whatever the targets are. Splitting them further by something that only grows along edges
 * (the model inputs that a unit depends on) keeps that property.
 */
public final class Partition {
    private static final int[] NOTHING = {};

    /** By unit; units with equal sets have the same array. */
    private final int[][] reached;

    private Partition(int[][] reached) {
        this.reached = reached;
    }

    /** @param targets values to cut at, with the values that the whole is for; those that no unit makes do not count */
    public static <V> Partition of(Flow<V> flow, Collection<V> targets) {
        BitSet cut = new BitSet();
        for (V target : targets) {
            int value = flow.index(target);
            if (value != Flow.NONE) {
                cut.set(value);
            }
        }
        int[][] reached = new int[flow.units()][];
        Map<Reach, int[]> known = new HashMap<>();
        for (int u = flow.units() - 1; u >= 0; u--) {
            reached[u] = reach(flow, u, cut, reached, known);
        }
        return new Partition(reached);
    }

    private static <V> int[] reach(Flow<V> flow, int unit, BitSet cut, int[][] reached, Map<Reach, int[]> known) {
        int[] only = NOTHING;
        BitSet all = null;
        for (int value : flow.writes(unit)) {
            if (cut.get(value)) {
                all = all == null ? bits(only) : all;
                all.set(value);
                continue;
            }
            for (int reader : flow.readers(value)) {
                int[] more = reached[reader];
                if (all == null && (only.length == 0 || only == more)) {
                    only = more;
                } else if (more != only || all != null) {
                    all = all == null ? bits(only) : all;
                    for (int target : more) {
                        all.set(target);
                    }
                }
            }
        }
        if (all == null) {
            return only;
        }
        int[] set = all.stream().toArray();
        return known.computeIfAbsent(new Reach(set), key -> set);
    }

    private static BitSet bits(int[] set) {
        BitSet bits = new BitSet();
        for (int target : set) {
            bits.set(target);
        }
        return bits;
    }

    /** Whether a unit reaches any target: otherwise it is not needed. */
    public boolean reachesAny(int unit) {
        return reached[unit].length > 0;
    }

    /**
     * The groups, each with its units ascending, in the order of their first units. Not always an order in which they may run: see
     * {@link Flow#order}.
     *
     * @param units those to be grouped
     * @param home the unit whose group a unit goes to, mostly itself
     * @param apart equal for homes that may be in one group when they reach the same
     */
    public List<List<Integer>> groups(BitSet units, IntUnaryOperator home, IntFunction<?> apart) {
        Map<Key, List<Integer>> groups = new LinkedHashMap<>();
        for (int u = units.nextSetBit(0); u >= 0; u = units.nextSetBit(u + 1)) {
            int place = home.applyAsInt(u);
            groups.computeIfAbsent(new Key(new Reach(reached[place]), apart.apply(place)), key -> new ArrayList<>())
                    .add(u);
        }
        return List.copyOf(groups.values());
    }

    private record Key(Reach reach, Object apart) {}

    /** A set of targets, ascending. */
    private static final class Reach {
        private final int[] targets;
        private final int hash;

        Reach(int[] targets) {
            this.targets = targets;
            this.hash = Arrays.hashCode(targets);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Reach reach && (targets == reach.targets || Arrays.equals(targets, reach.targets));
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }
}
