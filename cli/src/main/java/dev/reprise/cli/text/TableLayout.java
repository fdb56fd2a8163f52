package dev.reprise.cli.text;

import dev.reprise.cli.text.Table.Column;
import java.util.ArrayList;
import java.util.List;

/**
 * Which columns of a table are shown, and how wide each is. Tried in turn: everything in one line; titles in several; cells that may
 * wrap; without optional columns, the last first; all text wrapped. Figures are never broken.
 */
final class TableLayout {
    /** A column that wraps is this wide while there is something to leave out. */
    private static final int COMFORTABLE = 24;

    private static final int NARROWEST = 10;

    private final List<Integer> shown;
    private final List<Column> columns;
    private final int[] widths;

    private TableLayout(List<Integer> shown, List<Column> columns, int[] widths) {
        this.shown = shown;
        this.columns = columns;
        this.widths = widths;
    }

    static TableLayout fit(List<Column> columns, List<List<String>> rows, int width) {
        List<Integer> shown = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            shown.add(i);
        }
        TableLayout natural = of(shown, columns, rows, false);
        if (natural.total() <= width) {
            return natural;
        }
        while (true) {
            TableLayout compact = of(shown, columns, rows, true);
            if (compact.narrowed(width, COMFORTABLE, false)) {
                return compact.withWholeTitles(width);
            }
            Integer last = null;
            for (Integer i : shown) {
                last = columns.get(i).optional() ? i : last;
            }
            if (last == null) {
                if (!compact.narrowed(width, NARROWEST, false)) {
                    compact.narrowed(width, NARROWEST, true);
                }
                return compact;
            }
            shown = new ArrayList<>(shown);
            shown.remove(last);
        }
    }

    private static TableLayout of(
            List<Integer> shown, List<Column> columns, List<List<String>> rows, boolean titlesWrapped) {
        int[] widths = new int[shown.size()];
        for (int i = 0; i < widths.length; i++) {
            int column = shown.get(i);
            String title = columns.get(column).title();
            widths[i] = titlesWrapped ? longestWord(title) : title.length();
            for (List<String> row : rows) {
                widths[i] = Math.max(widths[i], Page.plain(row.get(column)).length());
            }
        }
        return new TableLayout(shown, columns, widths);
    }

    private static int longestWord(String text) {
        int longest = 0;
        for (String word : text.split(" ", -1)) {
            longest = Math.max(longest, word.length());
        }
        return longest;
    }

    private int total() {
        int total = Table.GAP.length() * (widths.length - 1);
        for (int width : widths) {
            total += width;
        }
        return total;
    }

    /**
     * Takes from the widest columns that wrap until all fit.
     *
     * @param allText whether every column of text may wrap
     * @return whether they fit
     */
    private boolean narrowed(int width, int least, boolean allText) {
        int excess = total() - width;
        while (excess > 0) {
            int widest = -1;
            for (int i = 0; i < widths.length; i++) {
                Column column = column(i);
                boolean gives = column.wraps() || (allText && !column.right());
                if (gives && widths[i] > least && (widest < 0 || widths[i] > widths[widest])) {
                    widest = i;
                }
            }
            if (widest < 0) {
                return false;
            }
            widths[widest]--;
            excess--;
        }
        return true;
    }

    /** Titles take one line as far as there is room. */
    private TableLayout withWholeTitles(int width) {
        for (int i = 0; i < widths.length; i++) {
            int more = column(i).title().length() - widths[i];
            if (more > 0 && total() + more <= width) {
                widths[i] += more;
            }
        }
        return this;
    }

    private Column column(int i) {
        return columns.get(shown.get(i));
    }

    int width(int i) {
        return widths[i];
    }

    boolean isRight(int i) {
        return column(i).right();
    }

    /** Lines of the titles of the columns that are shown. */
    List<List<String>> titles() {
        List<List<String>> titles = new ArrayList<>();
        for (int i = 0; i < widths.length; i++) {
            titles.add(Wrap.lines(column(i).title(), Math.max(1, widths[i]), true));
        }
        return titles;
    }

    /** Lines of the cells that are shown of a row. */
    List<List<String>> cells(List<String> row) {
        List<List<String>> cells = new ArrayList<>();
        for (int i = 0; i < widths.length; i++) {
            String cell = row.get(shown.get(i));
            // A cell in colour is a word: it fits.
            boolean fits = Page.plain(cell).length() <= widths[i];
            cells.add(fits ? List.of(cell) : Wrap.lines(Page.plain(cell), widths[i], true));
        }
        return cells;
    }
}
