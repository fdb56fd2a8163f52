package dev.reprise.optimizer.locate;

import dev.reprise.graph.Value;
import dev.reprise.graph.bundle.BlockChain;
import dev.reprise.graph.bundle.ModuleKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Every block of the chain was located, and the hidden states end in the shape that they began with: policies add a residual of the
 * whole chain to what enters it.
 */
final class ChainFollowsBlocks implements LocationCheck {
    @Override
    public List<String> contradictions(AnalyzedGraph graph, Location location) {
        BlockChain chain = location.chain();
        if (chain == null) {
            return List.of();
        }
        List<String> found = new ArrayList<>();
        Set<String> blocks = location.modules().stream()
                .filter(module -> module.kind() == ModuleKind.TRANSFORMER_BLOCK)
                .map(module -> module.path().dotted())
                .collect(Collectors.toSet());
        chain.blocks().stream()
                .filter(block -> !blocks.contains(block.path()))
                .forEach(block -> found.add("the chain leads through " + block.path() + ", which is no located block"));
        List<Long> entering = shape(graph, chain.hiddenStates());
        List<Long> leaving = shape(graph, chain.last().hiddenStates());
        if (entering != null && leaving != null && !entering.equals(leaving)) {
            found.add("the hidden states enter the chain with shape " + entering + " and leave it with shape " + leaving
                    + "; policies that skip blocks cannot work");
        }
        return found;
    }

    private static @Nullable List<Long> shape(AnalyzedGraph graph, String tensor) {
        Value value = graph.graph().value(tensor);
        List<Long> shape = value == null ? null : graph.shapes().shape(value);
        return shape == null || shape.stream().anyMatch(dimension -> dimension < 0) ? null : shape;
    }
}
