package dev.reprise.graph.flow;

import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.graph.bundle.TensorSpec;
import java.util.BitSet;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** How tensors run between the segments of a bundle, and which segments a step needs. */
public final class SegmentFlow {
    private final Flow<String> flow;

    public SegmentFlow(Manifest manifest) {
        flow = new Flow<>(names(manifest.inputs()), units(manifest.segments()));
    }

    private static List<Flow.Unit<String>> units(List<Segment> segments) {
        return segments.stream()
                .map(segment -> new Flow.Unit<>(segment.inputs(), segment.outputs()))
                .toList();
    }

    private static List<String> names(List<TensorSpec> specs) {
        return specs.stream().map(TensorSpec::name).toList();
    }

    /** The same by numbers: segments are the units, tensors the values. */
    public Flow<String> flow() {
        return flow;
    }

    /**
     * What some outputs need when some tensors are provided.
     *
     * @param segments the segments that run
     * @param provided of the provided tensors, those that anybody asks for: they are not hidden behind others
     */
    public record Needed(BitSet segments, Set<String> provided) {
        public Needed {
            segments = (BitSet) segments.clone();
            provided = Set.copyOf(provided);
        }

        @Override
        public BitSet segments() {
            return (BitSet) segments.clone();
        }
    }

    /** Goes from the outputs to what they need, and stops at provided tensors. */
    public Needed needed(Collection<String> outputs, Set<String> provided) {
        BitSet present = numbers(provided);
        BitSet wanted = numbers(outputs);
        BitSet segments = flow.needed(wanted, present::get, segment -> true);
        wanted.and(present);
        Set<String> asked = new LinkedHashSet<>();
        wanted.stream().mapToObj(flow::value).forEach(asked::add);
        return new Needed(segments, asked);
    }

    /** Numbers of tensors; of a tensor that no segment touches there is none. */
    private BitSet numbers(Collection<String> tensors) {
        BitSet numbers = new BitSet();
        for (String tensor : tensors) {
            int number = flow.index(tensor);
            if (number != Flow.NONE) {
                numbers.set(number);
            }
        }
        return numbers;
    }
}
