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

        assertThat(printed(table)).isEqualTo("""
                  NAME    FIGURE  NOTE
                  a          1.0
                  longer    12.0  yes
                """);
    }

    @Test
    void cutsOnlyTheColumnThatYields() {
        String path = "p".repeat(60);
        Table table = new Table("PATH", "~NOTE").row(path, "n".repeat(200));

        assertThat(printed(table).lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(120))
                .anySatisfy(line -> assertThat(line).contains(path).endsWith("…"));
    }

    @Test
    void refusesRowsOfAnotherLength() {
        assertThatThrownBy(() -> new Table("A", "B").row("a"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a row needs 2 cells, found 1");
    }

    private static String printed(Table table) {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        table.print(out, "  ");
        out.flush();
        return text.toString().replace(System.lineSeparator(), "\n");
    }
}
