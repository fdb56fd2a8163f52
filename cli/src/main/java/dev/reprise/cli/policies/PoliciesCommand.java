package dev.reprise.cli.policies;

import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.policy.Combined;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.cli.command.Screen;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code reprise policies}: the catalogue, straight from the code. */
@Command(
        name = "policies",
        description = "List the cache policies, or show one with all its parameters.",
        footer = {
            "",
            "Examples:",
            "  reprise policies",
            "  reprise policies first_block_cache",
            "  reprise policies combined          # and the parts that it is put together from",
            "  reprise policies --format json"
        })
public final class PoliciesCommand implements Callable<Integer> {
    @Mixin
    private Screen screen = new Screen();

    @Parameters(
            arity = "0..1",
            paramLabel = "NAME",
            completionCandidates = PolicyNames.class,
            description = "A policy's name or alias. Default: all of them")
    private @Nullable String name;

    @Override
    public Integer call() {
        List<PolicyType> types = name == null ? PolicyCatalogue.all() : List.of(PolicyCatalogue.type(name));
        screen.show(() -> CatalogueJson.of(types), out -> {
            if (name == null) {
                CatalogueText.list(types, out);
            } else {
                CatalogueText.show(types.get(0), out);
                if (types.get(0).equals(Combined.TYPE)) {
                    CatalogueText.parts(out);
                }
            }
        });
        return ExitCode.OK;
    }
}
