package dev.reprise.cli.policies;

import dev.reprise.cache.policy.PolicyCatalogue;
import java.util.Iterator;
import java.util.stream.Stream;

/** Names and aliases of the catalogue's policies: what a shell offers where one is expected. */
public final class PolicyNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
        return PolicyCatalogue.all().stream()
                .flatMap(type -> Stream.concat(Stream.of(type.id()), type.aliases().stream()))
                .iterator();
    }
}
