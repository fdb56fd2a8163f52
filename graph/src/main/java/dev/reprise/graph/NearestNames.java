package dev.reprise.graph;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** The known names that somebody may have meant, for messages about an unknown one. */
public final class NearestNames {
    private static final LevenshteinDistance DISTANCE = LevenshteinDistance.getDefaultInstance();

    private NearestNames() {}

    /** Up to {@code count} names, nearest first: those that contain the word or are part of it, then by edit distance. */
    public static List<String> of(String word, Collection<String> known, int count) {
        String wanted = word.toLowerCase(Locale.ROOT);
        record Ranked(String name, int rank) {}
        return known.stream()
                .distinct()
                .map(name -> new Ranked(name, rank(wanted, name.toLowerCase(Locale.ROOT))))
                .sorted(Comparator.comparingInt(Ranked::rank))
                .limit(count)
                .map(Ranked::name)
                .toList();
    }

    private static int rank(String wanted, String name) {
        boolean part = wanted.length() > 2 && (name.contains(wanted) || wanted.contains(name));
        return part ? 0 : DISTANCE.apply(wanted, name);
    }
}
