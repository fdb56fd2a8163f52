package dev.reprise.cli.text;

import java.util.ArrayList;
import java.util.List;

/**
 * Columns aligned by spaces, within the width of the page. Where there is too little room titles take several lines, the cells of
 * columns that may do so as well, and columns that may be left out are. {@link TableLayout} decides.
 */
public final class Table {
    static final String GAP = "  ";

    private final List<Column> columns = new ArrayList<>();
    private final List<List<String>> rows = new ArrayList<>();

    /**
     * A column.
     *
     * @param title what stands above it
     * @param right whether it is aligned at the right, as figures are
     * @param wraps whether its cells take several lines where there is too little room
     * @param optional whether it is left out where there is too little room
     */
    record Column(String title, boolean right, boolean wraps, boolean optional) {
        static Column of(String marked) {
            int marks = 0;
            while (marks < marked.length() && ">~?".indexOf(marked.charAt(marks)) >= 0) {
                marks++;
            }
            String found = marked.substring(0, marks);
            return new Column(marked.substring(marks), found.contains(">"), found.contains("~"), found.contains("?"));
        }
    }

    /**
     * Column titles. Marks in front of one: {@code >} aligns the column at the right, {@code ~} lets its cells take several lines,
     * {@code ?} leaves it out where there is too little room.
     */
    public Table(String... header) {
        for (String title : header) {
            columns.add(Column.of(title));
        }
    }

    /** Adds a row with one cell per column. */
    public Table row(String... cells) {
        if (cells.length != columns.size()) {
            throw new IllegalArgumentException("a row needs " + columns.size() + " cells, found " + cells.length);
        }
        rows.add(List.of(cells));
        return this;
    }

    public boolean isEmpty() {
        return rows.isEmpty();
    }

    /** Prints titles and rows, every line behind {@code indent}. */
    public void print(Page out, String indent) {
        print(out, indent, true);
    }

    /** Prints the rows without titles. */
    public void printRows(Page out, String indent) {
        print(out, indent, false);
    }

    private void print(Page out, String indent, boolean titled) {
        TableLayout layout = TableLayout.fit(columns, rows, out.width() - indent.length());
        if (titled) {
            List<List<String>> titles = layout.titles();
            int height = titles.stream().mapToInt(List::size).max().orElse(0);
            for (int line = 0; line < height; line++) {
                List<String> cells = new ArrayList<>();
                for (List<String> title : titles) {
                    // They stand on the rows.
                    int at = line - (height - title.size());
                    cells.add(at < 0 ? "" : out.strong(title.get(at)));
                }
                out.println(line(indent, cells, layout));
            }
        }
        for (List<String> row : rows) {
            List<List<String>> wrapped = layout.cells(row);
            int height = wrapped.stream().mapToInt(List::size).max().orElse(0);
            for (int line = 0; line < height; line++) {
                int at = line;
                out.println(line(
                        indent,
                        wrapped.stream()
                                .map(cell -> at < cell.size() ? cell.get(at) : "")
                                .toList(),
                        layout));
            }
        }
    }

    private static String line(String indent, List<String> cells, TableLayout layout) {
        StringBuilder line = new StringBuilder(indent);
        for (int i = 0; i < cells.size(); i++) {
            String cell = cells.get(i);
            String padding =
                    " ".repeat(Math.max(0, layout.width(i) - Page.plain(cell).length()));
            line.append(i == 0 ? "" : GAP).append(layout.isRight(i) ? padding + cell : cell + padding);
        }
        return line.toString().stripTrailing();
    }
}
