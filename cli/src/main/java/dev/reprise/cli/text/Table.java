package dev.reprise.cli.text;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Columns aligned by spaces, within 120 columns: the widest column that may gives way. */
public final class Table {
    private static final int WIDTH = 120;
    private static final int NARROWEST = 12;
    private static final String GAP = "  ";

    private final List<String> header;
    private final List<List<String>> rows = new ArrayList<>();

    /** Column titles. {@code >} in front marks a right-aligned column, {@code ~} one whose cells may be cut off. */
    public Table(String... header) {
        this.header = List.of(header);
    }

    /** Adds a row with one cell per column. */
    public Table row(String... cells) {
        if (cells.length != header.size()) {
            throw new IllegalArgumentException("a row needs " + header.size() + " cells, found " + cells.length);
        }
        rows.add(List.of(cells));
        return this;
    }

    public boolean isEmpty() {
        return rows.isEmpty();
    }

    /** Prints titles and rows, every line behind {@code indent}. */
    public void print(PrintWriter out, String indent) {
        print(out, indent, true);
    }

    /** Prints the rows without titles. */
    public void printRows(PrintWriter out, String indent) {
        print(out, indent, false);
    }

    private void print(PrintWriter out, String indent, boolean titled) {
        int columns = header.size();
        boolean[] right = new boolean[columns];
        boolean[] yields = new boolean[columns];
        int[] widths = new int[columns];
        List<String> titles = new ArrayList<>();
        for (int i = 0; i < columns; i++) {
            right[i] = header.get(i).startsWith(">");
            yields[i] = header.get(i).startsWith("~");
            titles.add(right[i] || yields[i] ? header.get(i).substring(1) : header.get(i));
            widths[i] = titles.get(i).length();
        }
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        fit(widths, yields, indent.length());
        if (titled) {
            print(out, indent, titles, widths, right);
        }
        for (List<String> row : rows) {
            print(out, indent, row, widths, right);
        }
    }

    private static void fit(int[] widths, boolean[] yields, int indent) {
        int total = indent + GAP.length() * (widths.length - 1);
        for (int width : widths) {
            total += width;
        }
        while (total > WIDTH) {
            int widest = -1;
            for (int i = 0; i < widths.length; i++) {
                if (yields[i] && widths[i] > NARROWEST && (widest < 0 || widths[i] > widths[widest])) {
                    widest = i;
                }
            }
            if (widest < 0) {
                return;
            }
            widths[widest]--;
            total--;
        }
    }

    private static void print(PrintWriter out, String indent, List<String> cells, int[] widths, boolean[] right) {
        StringBuilder line = new StringBuilder(indent);
        for (int i = 0; i < cells.size(); i++) {
            String cell = cells.get(i);
            if (cell.length() > widths[i]) {
                cell = cell.substring(0, widths[i] - 1) + "…";
            }
            String padding = " ".repeat(widths[i] - cell.length());
            line.append(i == 0 ? "" : GAP).append(right[i] ? padding + cell : cell + padding);
        }
        out.println(line.toString().stripTrailing());
    }
}
