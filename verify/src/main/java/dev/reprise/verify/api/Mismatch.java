package dev.reprise.verify.api;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A decision that differs from the recording.
 *
 * @param step denoising step
 * @param subject module path, or the word for all blocks or the model
 * @param what how it differs: {@code ran, recorded as skipped}
 * @param reason why it was decided so, "" where unknown
 */
public record Mismatch(int step, String subject, String what, String reason) {
    private static final Pattern NUMBER = Pattern.compile("\\.(\\d{1,9})(?=\\.|$)");

    /** One line for each step and range of blocks: {@code step 3: transformer_blocks.{2..7}.attn1 ran, recorded as skipped}. */
    public static List<String> lines(List<Mismatch> mismatches) {
        Map<Key, List<Mismatch>> alike = new LinkedHashMap<>();
        for (Mismatch mismatch : mismatches) {
            alike.computeIfAbsent(mismatch.key(), key -> new ArrayList<>()).add(mismatch);
        }
        List<String> lines = new ArrayList<>();
        alike.values().forEach(group -> addLines(group, lines));
        return lines;
    }

    /** What mismatches have in common that differ in the number of a block. */
    private record Key(int step, String before, String after, String what, boolean numbered, String reason) {}

    private Key key() {
        Matcher number = NUMBER.matcher(subject);
        return number.find()
                ? new Key(
                        step, subject.substring(0, number.start()), subject.substring(number.end()), what, true, reason)
                : new Key(step, subject, "", what, false, reason);
    }

    private int block() {
        Matcher number = NUMBER.matcher(subject);
        return number.find() ? Integer.parseInt(number.group(1)) : 0;
    }

    private static void addLines(List<Mismatch> group, List<String> lines) {
        Mismatch first = group.get(0);
        Key key = first.key();
        int from = 0;
        while (from < group.size()) {
            int to = from;
            while (to + 1 < group.size()
                    && group.get(to + 1).block() == group.get(to).block() + 1) {
                to++;
            }
            String range = from == to
                    ? "." + group.get(from).block()
                    : ".{" + group.get(from).block() + ".." + group.get(to).block() + "}";
            lines.add("step " + key.step() + ": " + key.before() + (key.numbered() ? range : "") + key.after() + " "
                    + key.what() + (key.reason().isEmpty() ? "" : " (" + key.reason() + ")"));
            from = to + 1;
        }
    }
}
