package dev.reprise.cache.parameter;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The known names that somebody may have meant. */
public final class Nearest {
    private Nearest() {}

    /** Up to {@code count} names, nearest first: those that contain the word, then by edit distance. */
    public static List<String> names(String word, Collection<String> known, int count) {
        String wanted = word.toLowerCase(Locale.ROOT);
        return known.stream()
                .distinct()
                .sorted(Comparator.comparingInt(name -> rank(wanted, name.toLowerCase(Locale.ROOT))))
                .limit(count)
                .toList();
    }

    private static int rank(String wanted, String name) {
        return wanted.length() > 2 && (name.contains(wanted) || wanted.contains(name)) ? 0 : distance(wanted, name);
    }

    /** Levenshtein distance. */
    static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j < previous.length; j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] current = new int[previous.length];
            current[0] = i;
            for (int j = 1; j < current.length; j++) {
                int replace = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(replace, Math.min(previous[j], current[j - 1]) + 1);
            }
            previous = current;
        }
        return previous[b.length()];
    }
}
