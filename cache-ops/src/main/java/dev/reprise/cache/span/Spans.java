package dev.reprise.cache.span;

import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.PartProvider;
import dev.reprise.cache.part.Span;
import dev.reprise.cache.reuse.Catalogue;
import java.util.List;
import java.util.Optional;

/** Every span that a combined policy may name: ours, and those of {@link PartProvider}s. */
public final class Spans {
    private static final Catalogue<PartType<Span>> ALL = Catalogue.ofParts(
            "span", List.of(Blocks.TYPE, Output.TYPE, OutputChange.TYPE, Modules.TYPE), PartProvider::spans);

    private Spans() {}

    /** @throws InvalidPolicyException when a provider cannot be used, or has a name that another part has */
    public static List<PartType<Span>> all() {
        return ALL.all();
    }

    /** The provider that a part comes from, and its jar, for people; empty for ours. */
    public static Optional<String> origin(PartType<Span> type) {
        return ALL.origin(type);
    }
}
