package dev.reprise.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.cli.text.Page;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TerminalTest {
    @Test
    void whatIsNoTerminalIsAsWideAsItHasToBe() {
        Terminal piped = Terminal.of(Map.of(), "", false);

        assertThat(piped.width()).isEqualTo(Page.UNLIMITED);
        assertThat(piped.helpWidth()).isEqualTo(110);
        assertThat(piped.out().enabled()).isFalse();
        assertThat(piped.watched()).isFalse();
    }

    @Test
    void aTerminalHasItsWidthAndColours() {
        Terminal terminal = Terminal.of(Map.of(), "97", true);

        assertThat(terminal.width()).isEqualTo(97);
        assertThat(terminal.helpWidth()).isEqualTo(97);
        assertThat(terminal.out().enabled()).isTrue();
        assertThat(terminal.err().enabled()).isTrue();
    }

    @Test
    void errorsOnATerminalAreColouredThoughTheResultIsPiped() {
        Terminal terminal = Terminal.of(Map.of(), "", true);

        assertThat(terminal.out().enabled()).isFalse();
        assertThat(terminal.err().enabled()).isTrue();
    }

    @Test
    void columnsWin() {
        assertThat(Terminal.of(Map.of("COLUMNS", "100"), "97", false).width()).isEqualTo(100);
        assertThat(Terminal.of(Map.of("COLUMNS", "100"), "", false).width()).isEqualTo(100);
        assertThat(Terminal.of(Map.of("COLUMNS", "wide"), "97", false).width()).isEqualTo(97);
        assertThat(Terminal.of(Map.of("COLUMNS", "0"), "unknown", false).width())
                .isEqualTo(80);
        assertThat(Terminal.of(Map.of("COLUMNS", "10"), "97", false).width()).isEqualTo(55);
    }

    @Test
    void noColorMeansNone() {
        assertThat(Terminal.of(Map.of("NO_COLOR", "1"), "97", true).out().enabled())
                .isFalse();
        assertThat(Terminal.of(Map.of("NO_COLOR", "1"), "97", true).err().enabled())
                .isFalse();
        assertThat(Terminal.of(Map.of("NO_COLOR", ""), "97", true).out().enabled())
                .isTrue();
        assertThat(Terminal.of(Map.of("TERM", "dumb"), "97", true).out().enabled())
                .isFalse();
    }
}
