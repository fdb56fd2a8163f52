package dev.reprise.optimizer.locate;

import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.bundle.BlockChain;
import dev.reprise.graph.bundle.BlockChain.Block;
import dev.reprise.optimizer.api.Warning;
import dev.reprise.optimizer.operators.Operators;
import dev.reprise.optimizer.shapes.ShapePropagation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Follows the hidden and the encoder stream through the blocks.
 *
 * <pre>
 *   x  ─▶ block 0 ─ h¹ ─▶ (+ hint) ─▶ block 1 ─ h² ─▶ …
 *   e⁰ ─▶         ─ e¹ ─▶             ─▶
 * </pre>
 *
 * {@link ChainEntry} tells the streams apart at the first block; {@link BlockStreams} follows them from block to block.
 */
final class ChainLocator implements Locator {
    @Override
    public Location locate(AnalyzedGraph graph, Location soFar) {
        List<LocatedModule> blocks = soFar.chainBlocks();
        if (blocks.isEmpty()) {
            return soFar;
        }
        LocatedModule first = blocks.get(0);
        ChainEntry entry = ChainEntry.find(graph, first);
        if (entry == null) {
            return soFar.withWarning(
                    Warning.Code.NO_BLOCK_CHAIN,
                    "no residual stream leads through " + first.path() + ": none of its outputs " + first.outputs()
                            + " is a sum with what enters it");
        }
        List<LocatedModule> followed = new ArrayList<>();
        List<BlockStreams.After> streams = new ArrayList<>();
        BlockStreams following = new BlockStreams(graph.dependence(), entry);
        Location location = soFar;
        for (LocatedModule block : blocks) {
            BlockStreams.After after = following.through(block);
            if (after == null) {
                location = location.withWarning(Warning.Code.NO_BLOCK_CHAIN, endsBefore(block));
                break;
            }
            followed.add(hiddenFirst(block, after));
            streams.add(after);
        }
        if (followed.isEmpty()) {
            Block only = new Block(first.path().dotted(), entry.hidden().name(), null);
            return location.withChain(new BlockChain(entry.x().name(), null, null, List.of(only)), List.of(first));
        }
        String modulatedInput = modulatedInput(graph, first, soFar.attention());
        return location.withChain(
                new BlockChain(
                        entry.x().name(),
                        entry.encoderInput() == null
                                ? null
                                : entry.encoderInput().name(),
                        modulatedInput,
                        chain(graph, blocks, followed, streams, entry.x())),
                followed);
    }

    private static String endsBefore(LocatedModule block) {
        return "the residual stream ends before " + block.path() + ": none of its outputs " + block.outputs()
                + " is a sum with the hidden states of the block before"
                + "; the chain ends there";
    }

    private static List<Block> chain(
            AnalyzedGraph graph,
            List<LocatedModule> blocks,
            List<LocatedModule> followed,
            List<BlockStreams.After> streams,
            Value x) {
        StreamAdditions additions = new StreamAdditions(graph.dependence(), graph.shapes(), blocks);
        List<Block> chain = new ArrayList<>();
        for (int i = 0; i < followed.size(); i++) {
            boolean isLast = i == followed.size() - 1;
            BlockStreams.After after = streams.get(i);
            Value hidden = isLast ? inLayoutOf(x, after.hidden(), graph.shapes()) : after.hidden();
            // In another layout than x nothing could be added to x and a residual.
            List<Value> added = !isLast && sameShape(graph.shapes(), x, hidden)
                    ? additions.between(hidden, followed.get(i + 1))
                    : List.of();
            chain.add(new Block(
                    followed.get(i).path().dotted(),
                    hidden.name(),
                    after.encoder() == null ? null : after.encoder().name(),
                    added.stream().map(Value::name).toList()));
        }
        return chain;
    }

    private static boolean sameShape(ShapePropagation shapes, Value a, Value b) {
        List<Long> shape = shapes.shape(a);
        return shape != null && shape.equals(shapes.shape(b));
    }

    /**
     * The hidden states after the last block in the layout they had before the first. Blocks at the end may work on text and image
     * tokens in one sequence, or on frames in another order; what follows them restores the layout by moving elements alone.
     */
    private static Value inLayoutOf(Value x, Value last, ShapePropagation shapes) {
        List<Long> layout = shapes.shape(x);
        Deque<Value> open = new ArrayDeque<>(List.of(last));
        Set<Value> seen = new HashSet<>(open);
        while (layout != null && !open.isEmpty()) {
            Value value = open.remove();
            if (layout.equals(shapes.shape(value))) {
                return value;
            }
            for (Node consumer : value.consumers()) {
                if (Operators.isLayout(consumer) && consumer.input(0) == value && !consumer.is("Concat")) {
                    consumer.writes().stream().filter(seen::add).forEach(open::add);
                }
            }
        }
        return last;
    }

    private static LocatedModule hiddenFirst(LocatedModule block, BlockStreams.After after) {
        Set<Value> outputs = new LinkedHashSet<>();
        outputs.add(after.hidden());
        if (after.encoder() != null) {
            outputs.add(after.encoder());
        }
        outputs.addAll(block.outputs());
        return new LocatedModule(
                block.path(), block.kind(), block.nodes(), block.core(), block.inputs(), List.copyOf(outputs));
    }

    /** What the first attention of the first block reads of the latents. */
    private static @Nullable String modulatedInput(
            AnalyzedGraph graph, LocatedModule first, List<LocatedModule> attention) {
        Value latents = graph.latents();
        return attention.stream()
                .filter(module -> module.path().isIn(first.path()))
                .min(Comparator.comparingInt(LocatedModule::position))
                .flatMap(module -> module.inputs().stream()
                        .filter(input -> input.producer() != null
                                && (latents == null || graph.dependence().dependsOn(input, latents)))
                        .findFirst())
                .map(Value::name)
                .orElse(null);
    }
}
