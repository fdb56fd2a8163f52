package dev.reprise.runtime.plan;

import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Segment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Segments that run as one session, because no enabled policy ever looks between them. A session costs microseconds per run and
 * keeps ONNX Runtime from fusing operators across its border: without policies the model is as few sessions as exact caching allows.
 *
 * <pre>
 *   s1 ─▶ s2 ─▶ [watched] ─▶ s3 ─▶ s4     becomes     (s1 s2) ─▶ [watched] ─▶ (s3 s4)
 * </pre>
 *
 * The rule is that of the cut itself, with fewer cut tensors: segments from which the same watched tensors can be reached, without
 * passing through another one, are needed under the same decisions.
 *
 * @param members indices of the segments, ascending
 * @param inputs tensors that they read and do not make
 * @param outputs tensors that they make for others: watched, read outside, or model outputs
 * @param dependsOn model inputs that the outputs depend on
 */
public record SegmentGroup(List<Integer> members, List<String> inputs, List<String> outputs, Set<String> dependsOn) {

    /** Every segment by itself. */
    public static List<SegmentGroup> separate(Manifest manifest) {
        List<SegmentGroup> groups = new ArrayList<>();
        for (int s = 0; s < manifest.segments().size(); s++) {
            Segment segment = manifest.segments().get(s);
            groups.add(new SegmentGroup(
                    List.of(s), segment.inputs(), segment.outputs(), new LinkedHashSet<>(segment.dependsOn())));
        }
        return groups;
    }

    /**
     * The groups for these watched tensors, in an order in which they may run.
     *
     * @param exactCaching whether what the latents do not reach stays apart, by the inputs that reach it
     */
    public static List<SegmentGroup> group(Manifest manifest, Set<String> watched, boolean exactCaching) {
        Set<String> cuts = new HashSet<>(watched);
        manifest.outputs().forEach(output -> cuts.add(output.name()));
        List<Segment> segments = manifest.segments();
        Map<String, List<Integer>> readers = readers(segments);
        List<Set<String>> reached = reached(segments, readers, cuts);

        Map<Key, List<Integer>> byKey = new LinkedHashMap<>();
        for (int s = 0; s < segments.size(); s++) {
            Set<String> dependsOn = exactCaching ? invariance(segments.get(s), manifest) : Set.of();
            byKey.computeIfAbsent(new Key(reached.get(s), dependsOn), key -> new ArrayList<>())
                    .add(s);
        }
        List<SegmentGroup> groups = new ArrayList<>();
        for (List<Integer> members : byKey.values()) {
            groups.add(of(members, segments, readers, cuts));
        }
        return inOrder(groups);
    }

    private record Key(Set<String> reached, Set<String> dependsOn) {}

    /** Segments that the latents reach are all alike to exact caching. */
    private static Set<String> invariance(Segment segment, Manifest manifest) {
        String latents = manifest.roles().latents();
        return latents != null && segment.dependsOn().contains(latents)
                ? Set.of(latents)
                : Set.copyOf(segment.dependsOn());
    }

    private static Map<String, List<Integer>> readers(List<Segment> segments) {
        Map<String, List<Integer>> readers = new HashMap<>();
        for (int s = 0; s < segments.size(); s++) {
            for (String input : segments.get(s).inputs()) {
                readers.computeIfAbsent(input, key -> new ArrayList<>()).add(s);
            }
        }
        return readers;
    }

    /** By segment, the cut tensors that can be reached without passing through another one. */
    private static List<Set<String>> reached(
            List<Segment> segments, Map<String, List<Integer>> readers, Set<String> cuts) {
        List<Set<String>> reached = new ArrayList<>(segments.size());
        segments.forEach(segment -> reached.add(new TreeSet<>()));
        for (int s = segments.size() - 1; s >= 0; s--) {
            for (String output : segments.get(s).outputs()) {
                if (cuts.contains(output)) {
                    reached.get(s).add(output);
                } else {
                    for (int reader : readers.getOrDefault(output, List.of())) {
                        reached.get(s).addAll(reached.get(reader));
                    }
                }
            }
        }
        return reached;
    }

    private static SegmentGroup of(
            List<Integer> members, List<Segment> segments, Map<String, List<Integer>> readers, Set<String> cuts) {
        Set<String> made = new LinkedHashSet<>();
        members.forEach(member -> made.addAll(segments.get(member).outputs()));
        Set<String> inputs = new LinkedHashSet<>();
        Set<String> dependsOn = new LinkedHashSet<>();
        for (int member : members) {
            inputs.addAll(segments.get(member).inputs());
            dependsOn.addAll(segments.get(member).dependsOn());
        }
        inputs.removeAll(made);
        List<String> outputs = made.stream()
                .filter(output -> cuts.contains(output)
                        || readers.getOrDefault(output, List.of()).stream()
                                .anyMatch(reader -> !members.contains(reader)))
                .toList();
        return new SegmentGroup(List.copyOf(members), List.copyOf(inputs), outputs, dependsOn);
    }

    /** Sorted so that each group comes after those it reads from; as near as that allows to the order of the segments. */
    private static List<SegmentGroup> inOrder(List<SegmentGroup> groups) {
        Map<String, SegmentGroup> producers = new HashMap<>();
        groups.forEach(group -> group.outputs.forEach(output -> producers.put(output, group)));
        Set<SegmentGroup> ordered = new LinkedHashSet<>();
        for (SegmentGroup group : groups) {
            place(group, producers, ordered);
        }
        return List.copyOf(ordered);
    }

    /** Adds a group behind all that it reads from, and those behind what they read from. */
    private static void place(SegmentGroup group, Map<String, SegmentGroup> producers, Set<SegmentGroup> ordered) {
        Set<SegmentGroup> waiting = new HashSet<>(Set.of(group));
        Deque<SegmentGroup> open = new ArrayDeque<>(waiting);
        while (!open.isEmpty()) {
            SegmentGroup next = open.element();
            SegmentGroup missing = next.inputs.stream()
                    .map(producers::get)
                    .filter(producer -> producer != null && !ordered.contains(producer))
                    .findFirst()
                    .orElse(null);
            if (missing == null) {
                ordered.add(open.pop());
            } else if (waiting.add(missing)) {
                open.push(missing);
            } else {
                throw new IllegalStateException("groups of segments wait for one another: " + missing.members);
            }
        }
    }

    /** The members of these groups, as segments. */
    public static BitSet members(List<SegmentGroup> groups, BitSet chosen) {
        BitSet members = new BitSet();
        for (int g = chosen.nextSetBit(0); g >= 0; g = chosen.nextSetBit(g + 1)) {
            groups.get(g).members.forEach(members::set);
        }
        return members;
    }
}
