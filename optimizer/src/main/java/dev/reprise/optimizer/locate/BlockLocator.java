package dev.reprise.optimizer.locate;

import dev.reprise.graph.ModulePath;
import dev.reprise.graph.Node;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.optimizer.api.UnsupportedModelException;
import dev.reprise.optimizer.api.Warning;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds the transformer blocks: entries of a list of modules ({@code transformer_blocks.3}) that hold attention or feed-forward
 * modules.
 *
 * <p>The chain is made of the top-level lists with the reference's names; where there are none, of the lists that the user named,
 * or of the top-level lists that structure shows, or of the largest nested one ({@code encoder.layer}). A UNet has no chain unless
 * the user names lists: each of its transformers holds few blocks of many.
 */
final class BlockLocator implements Locator {
    @Override
    public Location locate(AnalyzedGraph graph, Location soFar) {
        List<BlockList> lists = lists(graph, soFar);
        Set<ModulePath> chain = new LinkedHashSet<>();
        if (soFar.unet() == null || !graph.options().blockLists().isEmpty()) {
            chainLists(lists, graph.options()).forEach(list -> chain.add(list.path()));
        }
        List<LocatedModule> blocks = new ArrayList<>();
        lists.forEach(list -> blocks.addAll(list.blocks()));
        Location location = soFar.withModules(blocks)
                .withLists(lists.stream()
                        .map(list -> chain.contains(list.path()) ? list.inChain() : list)
                        .toList());
        return chain.isEmpty() && soFar.unet() == null
                ? location.withWarning(
                        Warning.Code.NO_BLOCK_CHAIN,
                        "no list of blocks with attention or feed-forward modules was found; whole-model policies still work")
                : location;
    }

    /** Every list of blocks, in execution order. */
    private static List<BlockList> lists(AnalyzedGraph graph, Location soFar) {
        List<Pattern> identifiers = identifiers(graph.options());
        List<BlockList> lists = new ArrayList<>();
        cores(soFar).forEach((path, entries) -> {
            List<LocatedModule> blocks = new ArrayList<>();
            entries.forEach((index, core) -> {
                LocatedModule block =
                        graph.boundary().of(path.child(Integer.toString(index)), ModuleKind.TRANSFORMER_BLOCK, core);
                if (!block.outputs().isEmpty()) {
                    blocks.add(block);
                }
            });
            if (!blocks.isEmpty()) {
                boolean identified = identifiers.stream()
                        .anyMatch(
                                identifier -> identifier.matcher(path.dotted()).find());
                lists.add(new BlockList(path, blocks, identified, false));
            }
        });
        if (soFar.unet() == null) {
            lists.addAll(LoneBlocks.between(lists, soFar.modules(), graph));
        }
        lists.sort(Comparator.comparingInt(list -> list.blocks().get(0).position()));
        return lists;
    }

    /** The cores of the attention and feed-forward modules inside every list entry, by list and index. */
    private static Map<ModulePath, Map<Integer, Set<Node>>> cores(Location soFar) {
        Map<ModulePath, Map<Integer, Set<Node>>> cores = new LinkedHashMap<>();
        Set<ModulePath> located = soFar.paths();
        for (LocatedModule module : soFar.modules()) {
            ModulePath entry = entry(module.path(), soFar);
            boolean holds = module.kind().isAttention() || module.kind() == ModuleKind.FEED_FORWARD;
            if (holds && entry != null && module.path().isBelow(entry) && !located.contains(entry)) {
                cores.computeIfAbsent(entry.parent(), key -> new TreeMap<>())
                        .computeIfAbsent(Integer.valueOf(entry.leaf()), key -> new LinkedHashSet<>())
                        .addAll(module.core());
            }
        }
        return cores;
    }

    /**
     * The block around a module. Blocks of a transformer lie in no other list, and a list inside of a block belongs to that block; the
     * transformers of a UNet lie in the lists of its blocks and layers.
     */
    private static @Nullable ModulePath entry(ModulePath module, Location soFar) {
        return soFar.unet() == null ? module.entry() : module.parent().innermostEntry();
    }

    /** Identifiers of the user, or of the reference, searched as the reference searches. */
    private static List<Pattern> identifiers(CutOptions options) {
        List<String> expressions =
                options.blockLists().isEmpty() ? CutOptions.REFERENCE_BLOCK_LISTS : options.blockLists();
        return expressions.stream().map(Pattern::compile).toList();
    }

    /** The lists that form the chain. */
    private static List<BlockList> chainLists(List<BlockList> lists, CutOptions options) {
        if (!options.blockLists().isEmpty()) {
            List<BlockList> named =
                    lists.stream().filter(BlockList::isIdentified).toList();
            if (named.isEmpty()) {
                throw new UnsupportedModelException(
                        "block list identifiers " + options.blockLists() + " match none of the lists found: "
                                + lists.stream().map(BlockList::path).toList());
            }
            return named;
        }
        List<BlockList> topLevel =
                lists.stream().filter(list -> list.path().isTopLevel()).toList();
        List<BlockList> referenced = topLevel.stream()
                .filter(list ->
                        CutOptions.REFERENCE_BLOCK_LISTS.contains(list.path().dotted()))
                .toList();
        if (!referenced.isEmpty()) {
            return referenced;
        }
        if (!topLevel.isEmpty()) {
            return topLevel;
        }
        return lists.stream()
                .max(Comparator.comparingInt(BlockList::nodes))
                .map(List::of)
                .orElse(List.of());
    }
}
