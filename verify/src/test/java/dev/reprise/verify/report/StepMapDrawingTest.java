package dev.reprise.verify.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.verify.api.StepMap;
import dev.reprise.verify.api.StepMap.Cell;
import dev.reprise.verify.api.StepMap.State;
import dev.reprise.verify.report.StepMapDrawing.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepMapDrawingTest {
    @Test
    void neighboursWithOneReasonAreOneShape() {
        StepMap map = new StepMap(
                List.of("b.0.attn", "b.0.ff", "b.1.attn"),
                List.of(0.5),
                List.of(
                        List.of(new Cell(State.COMPUTED, "")),
                        List.of(new Cell(State.REUSED, "MASK")),
                        List.of(new Cell(State.REUSED, "MASK"))));

        assertThat(new StepMapDrawing(map).shapes())
                .containsExactly(
                        new Shape("c", 0, 0, 1, "b.0.attn", "computed"),
                        new Shape("r", 0, 1, 2, "b.0.ff … b.1.attn (2 modules)", "reused · MASK"));
    }
}
