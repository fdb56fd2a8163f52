package dev.reprise.cache;

import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.graph.flow.SegmentFlow;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.Set;

/** Whether a policy leaves anything out at a step at which it provides all that it may. */
public final class Saving {
    private Saving() {}

    /**
     * Refuses a policy that would compute everything and never say so. One that provides nothing has other ways, or says that it
     * computes.
     *
     * @throws UnsupportedPolicyException when everything that it provides is made on the way to something else
     */
    public static void require(String policy, Manifest model, BoundPolicy bound) {
        if (bound.provides().isEmpty()) {
            return;
        }
        SegmentFlow flow = new SegmentFlow(model);
        Set<String> outputs = new LinkedHashSet<>();
        model.outputs().forEach(output -> outputs.add(output.name()));
        BitSet saved = flow.needed(outputs, Set.of()).segments();
        outputs.addAll(bound.watches());
        saved.andNot(flow.needed(outputs, bound.provides()).segments());
        boolean counts = model.multiplyAdds() > 0;
        if (saved.stream().noneMatch(index -> !counts || multiplyAdds(model, index) > 0)) {
            throw new UnsupportedPolicyException(policy + " can save nothing in this model: what it would provide, "
                    + bound.provides().stream().sorted().findFirst().orElse("") + " and "
                    + (bound.provides().size() - 1)
                    + " others, is made on the way to something else that the output needs");
        }
    }

    private static long multiplyAdds(Manifest model, int index) {
        Segment segment = model.segments().get(index);
        return segment.multiplyAdds();
    }
}
