package dev.reprise.graph.flow;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.IntPredicate;

/**
 * Units that read and write values: the nodes of a graph, the segments of a bundle, the stages of a plan. Units and values are
 * numbered; the units are in an order in which they may run.
 *
 * @param <V> what stands for a value: its name, or the value itself
 */
public final class Flow<V> {
    /** In {@link #producer}: no unit makes the value. */
    public static final int NONE = -1;

    private final List<V> values = new ArrayList<>();
    private final Map<V, Integer> indices = new HashMap<>();
    private final int[][] reads;
    private final int[][] writes;
    private final int[] producer;
    private final int[][] readers;

    /** What one unit reads and writes. */
    public record Unit<V>(Collection<V> reads, Collection<V> writes) {}

    /**
     * @param inputs values that come first in the numbering; no unit makes them
     * @param units in an order in which they may run
     * @throws IllegalArgumentException when a value has two producers, or is read before it is made
     */
    public Flow(Collection<V> inputs, List<Unit<V>> units) {
        inputs.forEach(this::number);
        reads = new int[units.size()][];
        writes = new int[units.size()][];
        for (int u = 0; u < units.size(); u++) {
            reads[u] = units.get(u).reads().stream().mapToInt(this::number).toArray();
            writes[u] = units.get(u).writes().stream().mapToInt(this::number).toArray();
        }
        producer = new int[values.size()];
        Arrays.fill(producer, NONE);
        for (int u = 0; u < writes.length; u++) {
            for (int value : writes[u]) {
                if (producer[value] != NONE || value < inputs.size()) {
                    throw new IllegalArgumentException("'" + values.get(value) + "' is made twice");
                }
                producer[value] = u;
            }
        }
        readers = readers();
    }

    private int number(V value) {
        Integer known = indices.putIfAbsent(value, values.size());
        if (known != null) {
            return known;
        }
        values.add(value);
        return values.size() - 1;
    }

    private int[][] readers() {
        int[] counts = new int[values.size()];
        for (int u = 0; u < reads.length; u++) {
            for (int value : reads[u]) {
                if (producer[value] >= u) {
                    throw new IllegalArgumentException("'" + values.get(value) + "' is read before it is made");
                }
                counts[value]++;
            }
        }
        int[][] all = new int[counts.length][];
        Arrays.setAll(all, value -> new int[counts[value]]);
        for (int u = reads.length - 1; u >= 0; u--) {
            for (int value : reads[u]) {
                all[value][--counts[value]] = u;
            }
        }
        return all;
    }

    /** How many units there are. */
    public int units() {
        return reads.length;
    }

    /** How many values there are. */
    public int values() {
        return values.size();
    }

    public V value(int index) {
        return values.get(index);
    }

    /** The number of a value, {@link #NONE} when no unit reads or writes it. */
    public int index(V value) {
        return indices.getOrDefault(value, NONE);
    }

    /** Values that a unit reads. The array itself, not to be written to; as all of these. */
    public int[] reads(int unit) {
        return reads[unit];
    }

    /** Values that a unit writes. */
    public int[] writes(int unit) {
        return writes[unit];
    }

    /** The unit that makes a value, {@link #NONE} where none does. */
    public int producer(int value) {
        return producer[value];
    }

    /** Units that read a value, ascending. */
    public int[] readers(int value) {
        return readers[value];
    }

    /**
     * Which units have to run for the wanted values: from the last unit to the first, those that write a wanted value that is not
     * there yet.
     *
     * @param wanted values that are asked for; those that the units read on the way are added
     * @param present whether a value is there already, so that no unit has to make it
     * @param runs whether a unit that is needed has to run; what it reads is wanted only then
     */
    public BitSet needed(BitSet wanted, IntPredicate present, IntPredicate runs) {
        BitSet needed = new BitSet(units());
        for (int u = units() - 1; u >= 0; u--) {
            if (writesWanted(u, wanted, present) && runs.test(u)) {
                needed.set(u);
                for (int value : reads[u]) {
                    wanted.set(value);
                }
            }
        }
        return needed;
    }

    private boolean writesWanted(int unit, BitSet wanted, IntPredicate present) {
        for (int value : writes[unit]) {
            if (wanted.get(value) && !present.test(value)) {
                return true;
            }
        }
        return false;
    }

    /**
     * An order in which units may run: each after those that make what it reads, otherwise as they are listed.
     *
     * @return their positions in the list
     * @throws IllegalArgumentException when units wait for one another
     */
    public static <V> List<Integer> order(List<Unit<V>> units) {
        Map<V, Integer> producers = new HashMap<>();
        for (int u = 0; u < units.size(); u++) {
            for (V written : units.get(u).writes()) {
                producers.put(written, u);
            }
        }
        List<List<Integer>> followers = new ArrayList<>();
        units.forEach(unit -> followers.add(new ArrayList<>()));
        int[] missing = new int[units.size()];
        for (int u = 0; u < units.size(); u++) {
            for (V read : units.get(u).reads()) {
                Integer from = producers.get(read);
                if (from != null) {
                    followers.get(from).add(u);
                    missing[u]++;
                }
            }
        }
        PriorityQueue<Integer> ready = new PriorityQueue<>();
        for (int u = 0; u < missing.length; u++) {
            if (missing[u] == 0) {
                ready.add(u);
            }
        }
        List<Integer> order = new ArrayList<>();
        while (!ready.isEmpty()) {
            int next = ready.remove();
            order.add(next);
            for (int follower : followers.get(next)) {
                missing[follower]--;
                if (missing[follower] == 0) {
                    ready.add(follower);
                }
            }
        }
        if (order.size() < units.size()) {
            throw new IllegalArgumentException(
                    "units wait for one another: only " + order.size() + " of " + units.size() + " can run");
        }
        return order;
    }
}
