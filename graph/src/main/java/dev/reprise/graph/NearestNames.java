package dev.reprise.graph;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
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

    /** The name that was most likely meant, empty where none is near enough to ask. */
    public static Optional<String> likely(String word, Collection<String> known) {
        String wanted = word.toLowerCase(Locale.ROOT);
        int most = Math.max(2, wanted.length() / 3);
        return of(word, known, 1).stream()
                .filter(name -> rank(wanted, name.toLowerCase(Locale.ROOT)) <= most)
                .findFirst();
    }

    /** {@code ; did you mean 'batch'?} for the end of a message about an unknown name; "" where none is near. */
    public static String question(String word, Collection<String> known) {
        return likely(word, known).map(near -> "; did you mean '" + near + "'?").orElse("");
    }

    private static int rank(String wanted, String name) {
        boolean part = wanted.length() > 2 && (name.contains(wanted) || wanted.contains(name));
        return part ? 0 : DISTANCE.apply(wanted, name);
    }
}
