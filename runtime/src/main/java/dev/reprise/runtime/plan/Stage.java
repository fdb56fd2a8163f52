package dev.reprise.runtime.plan;

import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.graph.flow.Flow;
import dev.reprise.graph.flow.Partition;
import dev.reprise.graph.flow.SegmentFlow;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Segments that run as one session, because no enabled policy ever looks between them. A session costs microseconds per run and
 * keeps ONNX Runtime from fusing operators across its border: without policies the model is as few sessions as exact caching and,
 * when it is large, {@link StandingCuts} allow.
 *
 * <pre>
 *   s1 ─▶ s2 ─▶ [watched] ─▶ s3 ─▶ s4     becomes     (s1 s2) ─▶ [watched] ─▶ (s3 s4)
 * </pre>
 *
 * The rule is that of the cut itself, {@link Partition}, with fewer cut tensors: the watched ones.
 *
 * @param segments indices of the segments, ascending
 * @param inputs tensors that they read and do not make
 * @param outputs tensors that they make for others: watched, read outside, or model outputs
 * @param dependsOn model inputs that the outputs depend on
 */
public record Stage(List<Integer> segments, List<String> inputs, List<String> outputs, Set<String> dependsOn) {

    /** Every segment by itself. */
    public static List<Stage> separate(Manifest manifest) {
        List<Stage> stages = new ArrayList<>();
        for (int s = 0; s < manifest.segments().size(); s++) {
            Segment segment = manifest.segments().get(s);
            stages.add(new Stage(
                    List.of(s), segment.inputs(), segment.outputs(), new LinkedHashSet<>(segment.dependsOn())));
        }
        return stages;
    }

    /**
     * The stages for these watched tensors, in an order in which they may run.
     *
     * @param exactCaching whether what the latents do not reach stays apart, by the inputs that reach it
     */
    public static List<Stage> merge(Manifest manifest, Set<String> watched, boolean exactCaching) {
        Set<String> cuts = new HashSet<>(watched);
        manifest.outputs().stream().map(TensorSpec::name).forEach(cuts::add);
        Flow<String> flow = new SegmentFlow(manifest).flow();
        BitSet all = new BitSet();
        all.set(0, flow.units());
        List<Stage> stages = new ArrayList<>();
        for (List<Integer> segments : Partition.of(flow, cuts)
                .groups(
                        all,
                        segment -> segment,
                        segment -> exactCaching ? invariance(manifest.segments().get(segment), manifest) : Set.of())) {
            stages.add(of(segments, manifest.segments(), flow, cuts));
        }
        return Flow.order(stages.stream()
                        .map(stage -> new Flow.Unit<>(stage.inputs, stage.outputs))
                        .toList())
                .stream()
                .map(stages::get)
                .toList();
    }

    /** Segments that the latents reach are all alike to exact caching. */
    private static Set<String> invariance(Segment segment, Manifest manifest) {
        String latents = manifest.roles().latents();
        return latents != null && segment.dependsOn().contains(latents)
                ? Set.of(latents)
                : Set.copyOf(segment.dependsOn());
    }

    private static Stage of(List<Integer> members, List<Segment> segments, Flow<String> flow, Set<String> cuts) {
        BitSet inside = new BitSet();
        Set<String> made = new LinkedHashSet<>();
        Set<String> inputs = new LinkedHashSet<>();
        Set<String> dependsOn = new LinkedHashSet<>();
        for (int member : members) {
            inside.set(member);
            made.addAll(segments.get(member).outputs());
            inputs.addAll(segments.get(member).inputs());
            dependsOn.addAll(segments.get(member).dependsOn());
        }
        inputs.removeAll(made);
        List<String> outputs = made.stream()
                .filter(output -> cuts.contains(output) || isReadOutside(output, flow, inside))
                .toList();
        return new Stage(List.copyOf(members), List.copyOf(inputs), outputs, dependsOn);
    }

    private static boolean isReadOutside(String tensor, Flow<String> flow, BitSet inside) {
        for (int reader : flow.readers(flow.index(tensor))) {
            if (!inside.get(reader)) {
                return true;
            }
        }
        return false;
    }
}
