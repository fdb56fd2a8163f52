package dev.reprise.cache.span;

import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.Subject;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Span;
import dev.reprise.cache.reuse.LatentsInput;
import dev.reprise.cache.reuse.ModelOutputs;
import dev.reprise.cache.reuse.OutputOverLatents;
import dev.reprise.graph.bundle.Manifest;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the whole model adds to its latents, {@code v − u}, as EasyCache keeps it: a skipped step returns {@code u_t} plus the forecast of it,
 * and runs nothing. The first output has the shape of the latents; other outputs are those of the last computed step.
 */
public final class OutputChange implements Span {
    public static final PartType<Span> TYPE = new PartType<>(
            "output_change",
            "The difference of output and latents; works on any graph whose output has the latents' shape",
            "https://arxiv.org/abs/2507.02860",
            List.of(),
            values -> new OutputChange());

    private OutputChange() {}

    @Override
    public Bound bind(String policy, Manifest model, int copies) {
        LatentsInput.requireShapeOfOutput(policy, model);
        List<String> outputs = ModelOutputs.floatingPoint(policy, model);
        String latents = LatentsInput.find(policy, model).name();
        Map<String, Integer> keeps = BoundPolicy.copies(copies, outputs);
        return new Bound(
                List.of(Subject.MODEL.id()),
                Set.copyOf(outputs),
                Set.of(),
                keeps,
                forecast -> new OutputOverLatents(
                        policy,
                        latents,
                        outputs.get(0),
                        forecast,
                        ModelOutputs.last(outputs.subList(1, outputs.size()))));
    }
}
