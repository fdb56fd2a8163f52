package dev.reprise.optimizer.locate;

import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.bundle.BlockChain;
import dev.reprise.graph.bundle.BlockChain.Block;
import dev.reprise.optimizer.api.Warning;
import dev.reprise.optimizer.operators.Dependence;
import dev.reprise.optimizer.operators.Operators;
import dev.reprise.optimizer.paths.ModulePaths;
import dev.reprise.optimizer.shapes.ShapePropagation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Follows the hidden and the encoder stream through the blocks.
 *
 * <p>An output belongs to the hidden stream when its residual stream leads back to what the latents became, to the encoder stream
 * when it leads back to the text alone. {@code x} is what enters the first block on the hidden stream.
 */
public final class ChainLocator {
    private final Dependence dependence;
    private final ShapePropagation shapes;
    private final @Nullable Value latents;
    private final List<Warning> warnings;

    public ChainLocator(
            Dependence dependence, ShapePropagation shapes, @Nullable Value latents, List<Warning> warnings) {
        this.dependence = dependence;
        this.shapes = shapes;
        this.latents = latents;
        this.warnings = warnings;
    }

    /** A chain, and its blocks with the hidden states first among their outputs. */
    public record Located(BlockChain chain, List<LocatedModule> blocks) {}

    @Nullable
    public Located locate(List<LocatedModule> blocks, List<LocatedModule> attention) {
        if (blocks.isEmpty()) {
            return null;
        }
        LocatedModule first = blocks.get(0);
        Set<Node> firstBlock = new HashSet<>(first.nodes());
        Set<Node> all = new HashSet<>();
        blocks.forEach(block -> all.addAll(block.core()));
        for (boolean throughNorms : new boolean[] {false, true}) {
            ResidualStream entry =
                    new ResidualStream(dependence, value -> !firstBlock.contains(value.producer()), throughNorms);
            Value hidden = null;
            Value x = null;
            Value encoder = null;
            Value encoderInput = null;
            ResidualStream origins = ResidualStream.toOrigins(dependence, throughNorms);
            for (Value output : first.outputs()) {
                Set<Value> sources = entry.sources(output);
                Value fromLatents = pick(sources, origins, true);
                Value fromText = pick(sources, origins, false);
                if (fromLatents != null && hidden == null) {
                    hidden = output;
                    x = fromLatents;
                } else if (fromLatents == null && fromText != null && encoder == null) {
                    encoder = output;
                    encoderInput = fromText;
                }
            }
            if (hidden != null && x != null) {
                return follow(blocks, hidden, x, encoder, encoderInput, throughNorms, attention);
            }
        }
        warnings.add(new Warning(
                Warning.Code.NO_BLOCK_CHAIN,
                "no residual stream leads through " + first.path() + ": none of its outputs " + first.outputs()
                        + " is a sum with what enters it"));
        return null;
    }

    private Located follow(
            List<LocatedModule> blocks,
            Value hidden,
            Value x,
            @Nullable Value encoder,
            @Nullable Value encoderInput,
            boolean throughNorms,
            List<LocatedModule> attention) {
        List<Block> chain = new ArrayList<>();
        List<LocatedModule> ordered = new ArrayList<>();
        List<Value> hiddenAfter = new ArrayList<>();
        Set<Value> hiddenStream = new LinkedHashSet<>(Set.of(x, hidden));
        Set<Value> encoderStream = new LinkedHashSet<>();
        if (encoder != null && encoderInput != null) {
            encoderStream.add(encoderInput);
            encoderStream.add(encoder);
        }
        Value last = hidden;
        for (LocatedModule block : blocks) {
            Set<Value> streams = new HashSet<>(hiddenStream);
            streams.addAll(encoderStream);
            Set<Node> inside = new HashSet<>(block.nodes());
            Value h = null;
            Value e = null;
            for (Value output : block.outputs()) {
                // What the streams were before this block; an output of this block cannot be its own source.
                ResidualStream stream = new ResidualStream(
                        dependence,
                        value -> streams.contains(value) && !inside.contains(value.producer()),
                        throughNorms);
                Set<Value> sources = stream.sources(output);
                boolean isHidden = sources.stream().anyMatch(hiddenStream::contains);
                boolean isEncoder = sources.stream().anyMatch(encoderStream::contains);
                if (isHidden && h == null) {
                    h = output;
                } else if (isEncoder && e == null) {
                    e = output;
                }
            }
            boolean fused = block.outputs().stream().anyMatch(ChainLocator::isSummandOfNorm);
            if (h == null && block.outputs().size() == 1 && !fused) {
                // A block may project what enters it, as blocks with long skip connections do.
                h = block.outputs().get(0);
            }
            if (h == null) {
                warnings.add(new Warning(
                        Warning.Code.NO_BLOCK_CHAIN,
                        "the residual stream ends before " + block.path() + ": none of its outputs " + block.outputs()
                                + " is a sum with the hidden states of the block before"
                                + (fused ? ", an optimizer has put the sum into the norm that follows" : "")
                                + "; the chain ends there"));
                break;
            }
            hiddenStream.add(h);
            if (e != null) {
                encoderStream.add(e);
            }
            last = h;
            hiddenAfter.add(h);
            chain.add(new Block(block.path(), h.name(), e == null ? null : e.name()));
            ordered.add(hiddenFirst(block, h, e));
        }
        if (chain.isEmpty()) {
            return new Located(
                    new BlockChain(
                            x.name(),
                            null,
                            null,
                            List.of(new Block(blocks.get(0).path(), hidden.name(), null))),
                    List.of(blocks.get(0)));
        }
        StreamAdditions additions = new StreamAdditions(dependence, shapes, blocks);
        for (int i = 0; i + 1 < chain.size(); i++) {
            // In another layout than x nothing could be added to x and a residual.
            if (sameShape(x, hiddenAfter.get(i))) {
                List<Value> added = additions.between(hiddenAfter.get(i), ordered.get(i + 1));
                chain.set(i, withAdded(chain.get(i), added));
            }
        }
        Block end = chain.get(chain.size() - 1);
        chain.set(chain.size() - 1, new Block(end.path(), inLayoutOf(x, last).name(), end.encoderHiddenStates()));
        return new Located(
                new BlockChain(
                        x.name(),
                        encoderInput == null ? null : encoderInput.name(),
                        modulatedInput(blocks.get(0), attention),
                        chain),
                ordered);
    }

    private boolean sameShape(Value a, Value b) {
        List<Long> shape = shapes.shape(a);
        return shape != null && shape.equals(shapes.shape(b));
    }

    private static Block withAdded(Block block, List<Value> added) {
        return new Block(
                block.path(),
                block.hiddenStates(),
                block.encoderHiddenStates(),
                added.stream().map(Value::name).toList());
    }

    private static boolean isSummandOfNorm(Value output) {
        return output.consumers().stream()
                .anyMatch(node ->
                        Operators.isSkipNorm(node) && (output.equals(node.input(0)) || output.equals(node.input(1))));
    }

    /**
     * The hidden states after the last block in the layout they had before the first. Blocks at the end may work on text and image
     * tokens in one sequence, or on frames in another order; what follows them restores the layout by moving elements alone.
     */
    private Value inLayoutOf(Value x, Value last) {
        List<Long> layout = shapes.shape(x);
        Deque<Value> open = new ArrayDeque<>(List.of(last));
        Set<Value> seen = new HashSet<>(open);
        while (layout != null && !open.isEmpty()) {
            Value value = open.poll();
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

    /** The source whose origins depend on the latents, or the one whose origins do not. */
    private @Nullable Value pick(Set<Value> sources, ResidualStream origins, boolean fromLatents) {
        for (Value source : sources) {
            boolean dependsOnLatents = latents == null
                    || origins.sources(source).stream().anyMatch(origin -> dependence.dependsOn(origin, latents));
            if (dependsOnLatents == fromLatents) {
                return source;
            }
        }
        return null;
    }

    private static LocatedModule hiddenFirst(LocatedModule block, Value hidden, @Nullable Value encoder) {
        Set<Value> outputs = new LinkedHashSet<>();
        outputs.add(hidden);
        if (encoder != null) {
            outputs.add(encoder);
        }
        outputs.addAll(block.outputs());
        return new LocatedModule(
                block.path(), block.kind(), block.nodes(), block.core(), block.inputs(), List.copyOf(outputs));
    }

    /** What the first attention of the first block reads of the latents. */
    private @Nullable String modulatedInput(LocatedModule first, List<LocatedModule> attention) {
        return attention.stream()
                .filter(module -> ModulePaths.isBelow(module.path(), first.path()))
                .min((a, b) -> Integer.compare(a.position(), b.position()))
                .flatMap(module -> module.inputs().stream()
                        .filter(input ->
                                input.producer() != null && (latents == null || dependence.dependsOn(input, latents)))
                        .findFirst())
                .map(Value::name)
                .orElse(null);
    }
}
