package dev.reprise.optimizer.locate;

import com.google.common.collect.ImmutableList;
import dev.reprise.graph.Graph;
import dev.reprise.graph.ModulePath;
import dev.reprise.graph.Value;
import dev.reprise.graph.bundle.BlockChain;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.graph.bundle.UNet;
import dev.reprise.optimizer.api.Warning;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What was located in a graph.
 *
 * @param modules every module, in the order in which they were found
 * @param lists every list of blocks, in execution order
 * @param chain the blocks of the chain with the residual stream through them, null where none was found
 * @param unet the skip connections of a UNet, null where the model is none
 * @param warnings what the user should know
 */
public record Location(
        ImmutableList<LocatedModule> modules,
        ImmutableList<BlockList> lists,
        @Nullable BlockChain chain,
        @Nullable UNet unet,
        ImmutableList<Warning> warnings) {

    static final Location NOTHING =
            new Location(ImmutableList.of(), ImmutableList.of(), null, null, ImmutableList.of());

    private static final Comparator<LocatedModule> EXECUTION_ORDER = Comparator.comparingInt(LocatedModule::position)
            .thenComparingInt(module -> module.path().dotted().length());

    Location withModules(List<LocatedModule> found) {
        return new Location(joined(modules, found), lists, chain, unet, warnings);
    }

    Location withLists(List<BlockList> found) {
        return new Location(modules, ImmutableList.copyOf(found), chain, unet, warnings);
    }

    Location withWarning(Warning.Code code, String message) {
        return new Location(modules, lists, chain, unet, joined(warnings, List.of(new Warning(code, message))));
    }

    Location withUNet(UNet found) {
        return new Location(modules, lists, chain, found, warnings);
    }

    /** With a chain, and its blocks in place of those of the same paths. */
    Location withChain(BlockChain found, List<LocatedModule> blocks) {
        Map<ModulePath, LocatedModule> replaced = new HashMap<>();
        blocks.forEach(block -> replaced.put(block.path(), block));
        ImmutableList<LocatedModule> all = modules.stream()
                .map(module -> module.kind() == ModuleKind.TRANSFORMER_BLOCK
                        ? replaced.getOrDefault(module.path(), module)
                        : module)
                .collect(ImmutableList.toImmutableList());
        return new Location(all, lists, found, unet, warnings);
    }

    /** The blocks of the chain's lists, in execution order. */
    List<LocatedModule> chainBlocks() {
        return lists.stream()
                .filter(BlockList::isInChain)
                .flatMap(list -> list.blocks().stream())
                .sorted(Comparator.comparingInt(LocatedModule::position))
                .toList();
    }

    /** The paths of all modules. */
    Set<ModulePath> paths() {
        return modules.stream().map(LocatedModule::path).collect(Collectors.toSet());
    }

    List<LocatedModule> attention() {
        return modules.stream().filter(module -> module.kind().isAttention()).toList();
    }

    /** The modules in execution order, blocks before the modules inside them. */
    public List<LocatedModule> inExecutionOrder() {
        return modules.stream().sorted(EXECUTION_ORDER).toList();
    }

    /** The tensors that a policy may provide or wants to see, in a fixed order: outputs of the modules, the chain's streams, what enters a UNet's layers. */
    public Set<Value> cutTensors(Graph graph) {
        Set<Value> cuts = new LinkedHashSet<>();
        modules.forEach(module -> cuts.addAll(module.outputs()));
        if (chain != null) {
            addIfComputed(cuts, graph, chain.hiddenStates());
            addIfComputed(cuts, graph, chain.encoderHiddenStates());
            addIfComputed(cuts, graph, chain.modulatedInput());
            addIfComputed(cuts, graph, chain.last().hiddenStates());
            chain.blocks().forEach(block -> block.added().forEach(tensor -> addIfComputed(cuts, graph, tensor)));
        }
        if (unet != null) {
            unet.skips().forEach(skip -> addIfComputed(cuts, graph, skip.entering()));
        }
        return cuts;
    }

    private static void addIfComputed(Set<Value> cuts, Graph graph, @Nullable String name) {
        Value value = name == null ? null : graph.value(name);
        if (value != null && value.producer() != null) {
            cuts.add(value);
        }
    }

    private static <T> ImmutableList<T> joined(List<T> before, List<T> after) {
        return ImmutableList.<T>builder().addAll(before).addAll(after).build();
    }
}
