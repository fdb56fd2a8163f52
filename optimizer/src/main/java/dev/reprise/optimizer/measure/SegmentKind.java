package dev.reprise.optimizer.measure;

import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Segments that take the same time: the blocks of a list, for example. They have the same operators in the same order, and the same
 * shapes at their inputs and outputs, with typical values for open dimensions. What holds for the first one holds for all.
 *
 * @param segments indices of the segments, in their order
 * @param rewrites names of the rewrites that fired in them
 */
record SegmentKind(List<Integer> segments, Set<String> rewrites) {
    SegmentKind {
        segments = List.copyOf(segments);
        rewrites = Set.copyOf(rewrites);
    }

    private record Likeness(List<String> operators, List<List<Long>> shapes) {}

    /** The kinds in which a rewrite fired, in the order of their first segments. */
    static List<SegmentKind> of(Manifest manifest, Map<String, ModelProto> models) {
        Map<String, List<Long>> shapes = new HashMap<>();
        Stream.of(manifest.inputs(), manifest.tensors(), manifest.outputs())
                .flatMap(List::stream)
                .forEach(tensor -> shapes.put(tensor.name(), shape(tensor)));
        Map<Likeness, List<Integer>> like = new LinkedHashMap<>();
        for (int s = 0; s < manifest.segments().size(); s++) {
            Segment segment = manifest.segments().get(s);
            if (manifest.rewritten(segment).isPresent()) {
                ModelProto model = models.get(segment.file());
                if (model == null) {
                    throw new IllegalStateException("there is no model for " + segment.file());
                }
                Likeness likeness = new Likeness(
                        model.getGraph().getNodeList().stream()
                                .map(NodeProto::getOpType)
                                .toList(),
                        Stream.concat(segment.inputs().stream(), segment.outputs().stream())
                                .map(name -> shapes.getOrDefault(name, List.of()))
                                .toList());
                like.computeIfAbsent(likeness, key -> new ArrayList<>()).add(s);
            }
        }
        return like.values().stream()
                .map(segments -> new SegmentKind(segments, fired(segments, manifest)))
                .toList();
    }

    /** Index of the one that is measured. */
    int first() {
        return segments.get(0);
    }

    private static List<Long> shape(TensorSpec tensor) {
        return tensor.typical() == null ? List.of() : tensor.typical();
    }

    private static Set<String> fired(List<Integer> segments, Manifest manifest) {
        Set<String> names = new TreeSet<>();
        for (int s : segments) {
            manifest.rewritten(manifest.segments().get(s))
                    .ifPresent(rewritten -> names.addAll(rewritten.rewrites().keySet()));
        }
        return names;
    }
}
