package dev.reprise.graph.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FlowTest {
    private static final int DEEP = 100_000;

    private static Flow.Unit<String> unit(String reads, String writes) {
        return new Flow.Unit<>(List.of(reads.split(" ")), List.of(writes.split(" ")));
    }

    /** {@code in → v0 → v1 → …}, one unit each. */
    static List<Flow.Unit<String>> line(int length) {
        List<Flow.Unit<String>> units = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            units.add(unit(i == 0 ? "in" : "v" + (i - 1), "v" + i));
        }
        return units;
    }

    private static BitSet bits(int... bits) {
        BitSet set = new BitSet();
        for (int bit : bits) {
            set.set(bit);
        }
        return set;
    }

    @Test
    void knowsWhoMakesAndWhoReads() {
        Flow<String> flow = new Flow<>(List.of("in"), List.of(unit("in", "a"), unit("in a", "b"), unit("a b", "c")));
        assertThat(flow.index("in")).isZero();
        assertThat(flow.producer(flow.index("in"))).isEqualTo(Flow.NONE);
        assertThat(flow.producer(flow.index("b"))).isEqualTo(1);
        assertThat(flow.readers(flow.index("a"))).containsExactly(1, 2);
        assertThat(flow.readers(flow.index("c"))).isEmpty();
        assertThat(flow.index("unknown")).isEqualTo(Flow.NONE);
    }

    @Test
    void refusesWhatCannotRun() {
        assertThatThrownBy(() -> new Flow<>(List.of(), List.of(unit("b", "a"), unit("in", "b"))))
                .hasMessage("'b' is read before it is made");
        assertThatThrownBy(() -> new Flow<>(List.of(), List.of(unit("in", "a"), unit("in", "a"))))
                .hasMessage("'a' is made twice");
        assertThatThrownBy(() -> new Flow<>(List.of("in"), List.of(unit("x", "in"))))
                .hasMessage("'in' is made twice");
    }

    @Test
    void needsWhatIsOnTheWayOnly() {
        Flow<String> flow = new Flow<>(
                List.of("in"), List.of(unit("in", "a"), unit("a", "b"), unit("in", "other"), unit("b", "out")));
        BitSet wanted = bits(flow.index("out"));
        assertThat(flow.needed(wanted, value -> false, unit -> true)).isEqualTo(bits(0, 1, 3));
        assertThat(wanted.get(flow.index("in"))).isTrue();
    }

    @Test
    void stopsAtWhatIsThereAndAtUnitsThatNeedNotRun() {
        Flow<String> flow = new Flow<>(List.of("in"), line(4));
        int present = flow.index("v1");
        assertThat(flow.needed(bits(flow.index("v3")), value -> value == present, unit -> true))
                .isEqualTo(bits(2, 3));
        assertThat(flow.needed(bits(flow.index("v3")), value -> false, unit -> unit != 2))
                .isEqualTo(bits(3));
    }

    @Test
    void needsAllOfADeepLine() {
        Flow<String> flow = new Flow<>(List.of("in"), line(DEEP));
        assertThat(flow.needed(bits(flow.index("v" + (DEEP - 1))), value -> false, unit -> true)
                        .cardinality())
                .isEqualTo(DEEP);
    }

    @Test
    void ordersByNeedAndOtherwiseAsListed() {
        assertThat(Flow.order(List.of(unit("b", "c"), unit("in", "b"), unit("in", "d"))))
                .containsExactly(1, 0, 2);
        assertThatThrownBy(() -> Flow.order(List.of(unit("b", "a"), unit("a", "b"), unit("in", "c"))))
                .hasMessage("units wait for one another: only 1 of 3 can run");
    }

    @Test
    void ordersADeepLineThatIsListedBackwards() {
        List<Flow.Unit<String>> units = line(DEEP);
        List<Flow.Unit<String>> backwards = new ArrayList<>();
        for (int i = DEEP - 1; i >= 0; i--) {
            backwards.add(units.get(i));
        }
        assertThat(Flow.order(backwards))
                .isEqualTo(
                        IntStream.range(0, DEEP).map(i -> DEEP - 1 - i).boxed().toList());
    }
}
