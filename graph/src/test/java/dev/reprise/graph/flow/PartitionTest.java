package dev.reprise.graph.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PartitionTest {
    private static Flow.Unit<String> unit(String reads, String writes) {
        return new Flow.Unit<>(List.of(reads.split(" ")), List.of(writes.split(" ")));
    }

    private static List<List<Integer>> groups(Flow<String> flow, Set<String> targets) {
        Partition partition = Partition.of(flow, targets);
        BitSet all = new BitSet();
        for (int u = 0; u < flow.units(); u++) {
            all.set(u, partition.reachesAny(u));
        }
        return partition.groups(all, unit -> unit, unit -> "");
    }

    @Test
    void isTheDrawing() {
        Flow<String> flow =
                new Flow<>(List.of("in"), List.of(unit("in", "a"), unit("a", "T"), unit("a", "b"), unit("T b", "out")));
        assertThat(groups(flow, Set.of("T", "out"))).containsExactly(List.of(0), List.of(1), List.of(2, 3));
        assertThat(groups(flow, Set.of("out"))).containsExactly(List.of(0, 1, 2, 3));
    }

    @Test
    void whatReachesNoTargetBelongsNowhere() {
        Flow<String> flow = new Flow<>(List.of("in"), List.of(unit("in", "a"), unit("in", "unused")));
        assertThat(groups(flow, Set.of("a", "in", "no such value"))).containsExactly(List.of(0));
    }

    @Test
    void aUnitWithATargetAndAnotherOutputReachesBoth() {
        Flow<String> flow =
                new Flow<>(List.of("in"), List.of(unit("in", "T more"), unit("more", "out"), unit("T", "end")));
        assertThat(groups(flow, Set.of("T", "out", "end"))).hasSize(3);
    }

    @Test
    void keepsApartWhatIsSaidToBe() {
        Flow<String> flow = new Flow<>(List.of("in"), FlowTest.line(4));
        Partition partition = Partition.of(flow, Set.of("v3"));
        BitSet all = new BitSet();
        all.set(0, 4);
        assertThat(partition.groups(all, unit -> unit, unit -> unit < 2)).containsExactly(List.of(0, 1), List.of(2, 3));
    }

    @Test
    void holdsForDeepLines() {
        Flow<String> flow = new Flow<>(List.of("in"), FlowTest.line(100_000));
        assertThat(groups(flow, Set.of("v50000", "v99999"))).hasSize(2);
    }

    /** Against the definition: the targets reached from each unit, found by a search of its own. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void agreesWithItsDefinition(long seed) {
        Random random = new Random(seed);
        List<Flow.Unit<String>> units = new ArrayList<>();
        Set<String> targets = new HashSet<>();
        for (int u = 0; u < 60; u++) {
            List<String> reads = new ArrayList<>();
            for (int r = 0; r < 1 + random.nextInt(3); r++) {
                reads.add(u == 0 ? "in" : "v" + Math.max(0, u - 1 - random.nextInt(6)));
            }
            units.add(new Flow.Unit<>(new HashSet<>(reads), List.of("v" + u, "w" + u)));
            if (random.nextInt(5) == 0) {
                targets.add("v" + u);
            }
        }
        targets.add("v59");
        Flow<String> flow = new Flow<>(List.of("in"), units);
        List<List<Integer>> groups = groups(flow, targets);
        for (List<Integer> group : groups) {
            for (List<Integer> other : groups) {
                assertThat(reached(flow, group.get(0), targets).equals(reached(flow, other.get(0), targets)))
                        .isEqualTo(group.equals(other));
            }
            for (int member : group) {
                assertThat(reached(flow, member, targets)).isEqualTo(reached(flow, group.get(0), targets));
            }
        }
        List<Flow.Unit<Integer>> asUnits = groups.stream()
                .map(group -> {
                    Set<Integer> writes = new HashSet<>();
                    Set<Integer> reads = new HashSet<>();
                    for (int member : group) {
                        for (int value : flow.writes(member)) {
                            writes.add(value);
                        }
                        for (int value : flow.reads(member)) {
                            reads.add(value);
                        }
                    }
                    reads.removeAll(writes);
                    return new Flow.Unit<>((java.util.Collection<Integer>) reads, writes);
                })
                .toList();
        assertThat(Flow.order(asUnits)).hasSize(groups.size());
    }

    private static Set<String> reached(Flow<String> flow, int unit, Set<String> targets) {
        Set<String> reached = new HashSet<>();
        for (int value : flow.writes(unit)) {
            if (targets.contains(flow.value(value))) {
                reached.add(flow.value(value));
            } else {
                for (int reader : flow.readers(value)) {
                    reached.addAll(reached(flow, reader, targets));
                }
            }
        }
        return reached;
    }
}
