package dev.reprise.graph;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Module paths that differ in numbers alone, as one: {@code transformer_blocks.{0..18}.attn}. What is folded is exactly what the
 * pattern says, every combination of its numbers.
 */
public final class FoldedPaths {
    private FoldedPaths() {}

    /**
     * What has paths that fold into one.
     *
     * @param path the folded path
     * @param members in their order
     */
    public record Group<T>(String path, List<T> members) {
        public Group {
            members = List.copyOf(members);
        }
    }

    /** The paths, folded. */
    public static List<String> of(Collection<String> paths) {
        return groups(paths, path -> path, path -> "").stream().map(Group::path).toList();
    }

    /**
     * Groups of items whose paths fold into one, in the order of their first members.
     *
     * @param path an item's module path
     * @param kind only items of equal kind are folded
     */
    public static <T> List<Group<T>> groups(
            Collection<T> items, Function<? super T, String> path, Function<? super T, ?> kind) {
        List<Folded<T>> folded = new ArrayList<>();
        int deepest = 0;
        for (T item : items) {
            List<String> names = List.of(path.apply(item).split("\\.", -1));
            folded.add(new Folded<>(names, kind.apply(item), List.of(item)));
            deepest = Math.max(deepest, names.size());
        }
        for (int at = 0; at < deepest; at++) {
            folded = fold(folded, at);
        }
        return folded.stream()
                .map(each -> new Group<>(String.join(".", each.names), each.members))
                .toList();
    }

    private record Folded<T>(List<String> names, Object kind, List<T> members) {
        /** Equal for all that differ in the number at one place alone; itself where there is no number. */
        Object key(int at) {
            if (at >= names.size() || !isNumber(names.get(at))) {
                return this;
            }
            List<String> others = new ArrayList<>(names);
            others.set(at, "");
            return List.of(others, kind);
        }
    }

    private static boolean isNumber(String name) {
        return name.matches("0|[1-9][0-9]{0,8}");
    }

    private static <T> List<Folded<T>> fold(List<Folded<T>> all, int at) {
        Map<Object, List<Folded<T>>> alike = new LinkedHashMap<>();
        all.forEach(each ->
                alike.computeIfAbsent(each.key(at), key -> new ArrayList<>()).add(each));
        List<Folded<T>> folded = new ArrayList<>();
        for (List<Folded<T>> group : alike.values()) {
            Folded<T> first = group.get(0);
            if (group.size() == 1) {
                folded.add(first);
                continue;
            }
            TreeSet<Integer> numbers = new TreeSet<>();
            List<T> members = new ArrayList<>();
            for (Folded<T> each : group) {
                numbers.add(Integer.valueOf(each.names.get(at)));
                members.addAll(each.members);
            }
            List<String> names = new ArrayList<>(first.names);
            names.set(at, "{" + ranges(numbers) + "}");
            folded.add(new Folded<>(names, first.kind, members));
        }
        return folded;
    }

    /** {@code 0..3,7}. */
    private static String ranges(SortedSet<Integer> numbers) {
        StringBuilder text = new StringBuilder();
        int from = numbers.first();
        int to = from;
        for (int number : numbers.tailSet(from + 1)) {
            if (number != to + 1) {
                append(text, from, to);
                from = number;
            }
            to = number;
        }
        append(text, from, to);
        return text.toString();
    }

    private static void append(StringBuilder text, int from, int to) {
        text.append(text.isEmpty() ? "" : ",").append(from);
        if (to > from) {
            text.append(to == from + 1 ? "," : "..").append(to);
        }
    }
}
