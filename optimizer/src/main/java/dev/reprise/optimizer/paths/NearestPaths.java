package dev.reprise.optimizer.paths;

import dev.reprise.graph.ModulePath;
import java.util.List;

/** What a user may have meant by an identifier that matches nothing: the module paths that share most of its letters. */
public final class NearestPaths {
    private static final int SHOWN = 4;

    private NearestPaths() {}

    public static String describe(String expression, List<ModulePath> paths) {
        if (paths.isEmpty()) {
            return "the model carries no module paths";
        }
        String plain = expression.replaceAll("[^\\w.]+", "");
        List<String> nearest = paths.stream()
                .sorted((a, b) -> Integer.compare(distance(plain, a.dotted()), distance(plain, b.dotted())))
                .limit(SHOWN)
                .map(ModulePath::dotted)
                .toList();
        return "the nearest are " + String.join(", ", nearest);
    }

    /** Levenshtein distance. */
    static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
