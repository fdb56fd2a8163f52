package dev.reprise.cli.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class TableTest {
    @Test
    void alignsColumnsAndDropsTrailingBlanks() {
        Table table = new Table("NAME", ">FIGURE", "~NOTE");
        table.row("a", "1.0", "").row("longer", "12.0", "yes");

        assertThat(printed(table, 80)).isEqualTo("""
                  NAME    FIGURE  NOTE
                  a          1.0
                  longer    12.0  yes
                """);
    }

    @Test
    void titlesTakeSeveralLinesFirst() {
        Table table = new Table("POLICY", ">MEAN STEP", ">OF ALL").row("fbc", "1 ms", "2.0");

        assertThat(printed(table, 20)).isEqualTo("""
                          MEAN   OF
                  POLICY  STEP  ALL
                  fbc     1 ms  2.0
                """);
    }

    @Test
    void cellsOfAColumnThatWrapsTakeSeveralLinesAndLoseNothing() {
        Table table = new Table("NAME", "~NOTE", ">FIGURE").row("a", "one two three four five six seven", "12");

        assertThat(printed(table, 36)).isEqualTo("""
                  NAME  NOTE                  FIGURE
                  a     one two three four        12
                        five six seven
                """);
        assertThat(printed(new Table("~NOTE").row("x".repeat(25)), 22)).isEqualTo("""
                  NOTE
                  xxxxxxxxxxxxxxxxxxxx
                  xxxxx
                """);
    }

    @Test
    void optionalColumnsAreLeftOutWhereThereIsTooLittleRoom() {
        Table table = new Table("NAME", "?KIND", "?>CACHE", ">FIGURE").row("a", "attention", "10 MB", "12");

        assertThat(printed(table, 80)).contains("KIND", "CACHE");
        assertThat(printed(table, 30)).contains("KIND").doesNotContain("CACHE");
        assertThat(printed(table, 18)).isEqualTo("""
                  NAME  FIGURE
                  a         12
                """);
    }

    @Test
    void anyTextWrapsInTheEnd() {
        Table table = new Table("POLICY", ">FIGURE").row("pyramid_attention_broadcast", "123.4 ms");

        assertThat(printed(table, 30).lines())
                .hasSize(3)
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(30));
    }

    @Test
    void coloursTakeNoRoom() {
        Page page = new Page(new PrintWriter(new StringWriter()), 80, true);
        Table table = new Table("NAME", "VERDICT", ">STEP").row("a", page.good("WITHIN"), "1");

        assertThat(printed(table, 80).replaceAll("\u001b\\[[0-9]*m", "")).isEqualTo("""
                  NAME  VERDICT  STEP
                  a     WITHIN      1
                """);
    }

    @Test
    void refusesRowsOfAnotherLength() {
        assertThatThrownBy(() -> new Table("A", "B").row("a"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a row needs 2 cells, found 1");
    }

    private static String printed(Table table, int width) {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        table.print(new Page(out, width, false), "  ");
        out.flush();
        return text.toString().replace(System.lineSeparator(), "\n");
    }
}
