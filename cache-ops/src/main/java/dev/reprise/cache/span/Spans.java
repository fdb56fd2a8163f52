package dev.reprise.cache.span;

import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.PartProvider;
import dev.reprise.cache.part.Span;
import java.util.List;

/** Every span that a combined policy may name: ours, and those of {@link PartProvider}s. */
public final class Spans {
    private static final List<PartType<Span>> ALL =
            PartProvider.all(List.of(Blocks.TYPE, Output.TYPE, OutputChange.TYPE, Modules.TYPE), PartProvider::spans);

    private Spans() {}

    public static List<PartType<Span>> all() {
        return ALL;
    }
}
