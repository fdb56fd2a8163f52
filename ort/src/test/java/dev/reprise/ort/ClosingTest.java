package dev.reprise.ort;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClosingTest {
    @Test
    void oneThatFailsKeepsNoneFromBeingClosed() {
        List<String> closed = new ArrayList<>();
        Closing closing = new Closing()
                .add(() -> {
                    throw new IOException("first");
                })
                .add(() -> closed.add("second"))
                .add(() -> {
                    throw new IllegalStateException("third");
                });
        assertThat(closed).containsExactly("second");
        assertThatThrownBy(closing::finish)
                .hasRootCauseMessage("first")
                .satisfies(e -> assertThat(e.getSuppressed())
                        .singleElement()
                        .hasToString("java.lang.IllegalStateException: third"));
        new Closing().add(() -> closed.add("more")).finish();
    }
}
