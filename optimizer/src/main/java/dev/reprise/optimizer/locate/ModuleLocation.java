package dev.reprise.optimizer.locate;

import com.google.common.collect.ImmutableList;
import dev.reprise.optimizer.api.Warning;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Locates the modules of a graph: every locator in turn, then the checks.
 *
 * <pre>
 * attention, also in blocks ─▶ feed-forward ─▶ UNet ─▶ blocks that hold them ─▶ chain of the blocks ─▶ named modules ─▶ checks
 * </pre>
 */
public final class ModuleLocation {
    private static final Logger LOG = LoggerFactory.getLogger(ModuleLocation.class);

    /** In this order: each uses what the ones before it found. */
    private static final ImmutableList<Locator> LOCATORS = ImmutableList.of(
            new AttentionLocator(),
            new BlockAttentionLocator(),
            new FeedForwardLocator(),
            new UNetLocator(),
            new BlockLocator(),
            new ChainLocator(),
            new NamedModuleLocator());

    private static final ImmutableList<LocationCheck> CHECKS =
            ImmutableList.of(new OutputsLeaveModules(), new ModulesNest(), new ChainFollowsBlocks());

    private ModuleLocation() {}

    /**
     * Locates all modules.
     *
     * @throws dev.reprise.optimizer.api.UnsupportedModelException when an identifier that the user gave matches nothing
     */
    public static Location locate(AnalyzedGraph graph) {
        Location location = Location.NOTHING;
        for (Locator locator : LOCATORS) {
            long start = System.nanoTime();
            int before = location.modules().size();
            location = locator.locate(graph, location);
            LOG.debug(
                    "{} found {} modules in {} ms",
                    locator.getClass().getSimpleName(),
                    location.modules().size() - before,
                    (System.nanoTime() - start) / 1_000_000);
        }
        return checked(graph, location);
    }

    private static Location checked(AnalyzedGraph graph, Location located) {
        Location location = located;
        for (LocationCheck check : CHECKS) {
            for (String contradiction : check.contradictions(graph, located)) {
                location = location.withWarning(Warning.Code.LOCATION, contradiction);
            }
        }
        return location;
    }
}
