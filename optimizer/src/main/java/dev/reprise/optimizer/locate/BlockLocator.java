package dev.reprise.optimizer.locate;

import dev.reprise.graph.Node;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.optimizer.api.UnsupportedModelException;
import dev.reprise.optimizer.api.Warning;
import dev.reprise.optimizer.paths.ModulePaths;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Finds the transformer blocks: entries of a list of modules ({@code transformer_blocks.3}) that hold attention or feed-forward
 * modules.
 *
 * <p>The chain is made of the top-level lists with the reference's names; where there are none, of the lists that the user named,
 * or of the top-level lists that structure shows, or of the largest nested one ({@code encoder.layer}).
 */
public final class BlockLocator {
    /** A list of blocks. */
    public record BlockList(String name, List<LocatedModule> blocks) {
        int nodes() {
            return blocks.stream().mapToInt(block -> block.nodes().size()).sum();
        }
    }

    private final ModuleBorder border;
    private final List<Pattern> identifiers;
    private final boolean userNamed;
    private final List<Warning> warnings;

    public BlockLocator(ModuleBorder border, CutOptions options, List<Warning> warnings) {
        this.border = border;
        this.userNamed = !options.blockLists().isEmpty();
        this.identifiers = (userNamed ? options.blockLists() : CutOptions.REFERENCE_BLOCK_LISTS)
                .stream().map(Pattern::compile).toList();
        this.warnings = warnings;
    }

    /** Every list of blocks, in execution order. */
    public List<BlockList> locate(List<LocatedModule> inner) {
        Map<String, Map<Integer, Set<Node>>> entries = new LinkedHashMap<>();
        for (LocatedModule module : inner) {
            // Only the outermost list entry is a block; lists inside a block are its own affair.
            String entry = ModulePaths.entry(module.path());
            if (entry != null && entry.length() < module.path().length()) {
                entries.computeIfAbsent(ModulePaths.parent(entry), key -> new TreeMap<>())
                        .computeIfAbsent(Integer.valueOf(ModulePaths.leaf(entry)), key -> new LinkedHashSet<>())
                        .addAll(module.core());
            }
        }
        List<BlockList> lists = new ArrayList<>();
        entries.forEach((name, cores) -> {
            List<LocatedModule> blocks = new ArrayList<>();
            cores.forEach((index, core) -> {
                LocatedModule block = border.draw(name + "." + index, ModuleKind.TRANSFORMER_BLOCK, core);
                if (!block.outputs().isEmpty()) {
                    blocks.add(block);
                }
            });
            if (!blocks.isEmpty()) {
                lists.add(new BlockList(name, blocks));
            }
        });
        lists.sort((a, b) ->
                Integer.compare(a.blocks().get(0).position(), b.blocks().get(0).position()));
        return lists;
    }

    /** The lists that form the chain. */
    public List<BlockList> chain(List<BlockList> lists) {
        if (userNamed) {
            List<BlockList> named =
                    lists.stream().filter(list -> isIdentified(list.name())).toList();
            if (named.isEmpty()) {
                throw new UnsupportedModelException(
                        "block list identifiers " + identifiers + " match none of the lists found: "
                                + lists.stream().map(BlockList::name).toList());
            }
            return named;
        }
        List<BlockList> topLevel =
                lists.stream().filter(list -> !list.name().contains(".")).toList();
        List<BlockList> referenced = topLevel.stream()
                .filter(list -> CutOptions.REFERENCE_BLOCK_LISTS.contains(list.name()))
                .toList();
        if (!referenced.isEmpty()) {
            return referenced;
        }
        if (!topLevel.isEmpty()) {
            return topLevel;
        }
        return lists.stream()
                .max((a, b) -> Integer.compare(a.nodes(), b.nodes()))
                .map(List::of)
                .orElseGet(() -> {
                    warnings.add(
                            new Warning(
                                    Warning.Code.NO_BLOCK_CHAIN,
                                    "no list of blocks with attention or feed-forward modules was found; whole-model policies still work"));
                    return List.of();
                });
    }

    /** Whether the reference's identifiers, searched as it searches, or the user's own find a list. */
    public boolean isIdentified(String list) {
        return identifiers.stream()
                .anyMatch(identifier -> identifier.matcher(list).find());
    }
}
