package dev.reprise.optimizer.api;

import com.google.common.collect.ImmutableList;
import dev.reprise.graph.ElementType;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * How to cut a model.
 *
 * @param blockLists regular expressions for the lists of blocks that form the chain, searched in the list's path; empty for
 *     {@link #REFERENCE_BLOCK_LISTS}
 * @param modules regular expressions for further modules to cut at, matched against the whole module path
 * @param dimensions values of dynamic dimensions by name, for sizes and multiply-adds; others count 1
 * @param timestep the model input that holds the timestep; null to tell by its name
 * @param packWeights whether the bundle gets its own copy of the weights it needs
 * @param rewrites whether the bundle gets a second, faster model of each segment that can be rewritten; which one runs is said when
 *     it is opened
 * @param weightsAs the element type that large float32 weights are stored in, {@link ElementType#FLOAT16} or {@link
 *     ElementType#BFLOAT16}; they are computed with in float32. Null to leave them as they are. Needs packed weights
 */
public record CutOptions(
        List<String> blockLists,
        List<String> modules,
        Map<String, Long> dimensions,
        @Nullable TimestepInput timestep,
        boolean packWeights,
        boolean rewrites,
        @Nullable ElementType weightsAs) {
    /** Names of the lists of blocks in the reference implementation (diffusers {@code hooks/_common.py}). */
    public static final ImmutableList<String> REFERENCE_BLOCK_LISTS = ImmutableList.of(
            "blocks",
            "transformer_blocks",
            "single_transformer_blocks",
            "layers",
            "visual_transformer_blocks",
            "temporal_transformer_blocks");

    public static final CutOptions DEFAULTS = new CutOptions(List.of(), List.of(), Map.of(), false);

    /** With the timestep input told by its name, and safe rewrites. */
    public CutOptions(
            List<String> blockLists, List<String> modules, Map<String, Long> dimensions, boolean packWeights) {
        this(blockLists, modules, dimensions, null, packWeights, true, null);
    }

    public CutOptions {
        blockLists = List.copyOf(blockLists);
        modules = List.copyOf(modules);
        dimensions = Map.copyOf(dimensions);
        blockLists.forEach(CutOptions::requirePattern);
        modules.forEach(CutOptions::requirePattern);
        dimensions.forEach((name, value) -> {
            if (value < 1) {
                throw new IllegalArgumentException("dimension " + name + " must be at least 1, was " + value);
            }
        });
        if (weightsAs != null && weightsAs != ElementType.FLOAT16 && weightsAs != ElementType.BFLOAT16) {
            throw new IllegalArgumentException("weights must be stored as float16 or bfloat16, was " + weightsAs);
        }
        if (weightsAs != null && !packWeights) {
            throw new IllegalArgumentException("weights that are stored as " + weightsAs + " must be packed");
        }
    }

    public CutOptions withModules(List<String> patterns) {
        return new CutOptions(blockLists, patterns, dimensions, timestep, packWeights, rewrites, weightsAs);
    }

    public CutOptions withDimensions(Map<String, Long> values) {
        return new CutOptions(blockLists, modules, values, timestep, packWeights, rewrites, weightsAs);
    }

    public CutOptions withTimestep(@Nullable TimestepInput input) {
        return new CutOptions(blockLists, modules, dimensions, input, packWeights, rewrites, weightsAs);
    }

    public CutOptions withoutRewrites() {
        return new CutOptions(blockLists, modules, dimensions, timestep, packWeights, false, weightsAs);
    }

    public CutOptions withPackedWeights(boolean packed) {
        return new CutOptions(blockLists, modules, dimensions, timestep, packed, rewrites, weightsAs);
    }

    /** With packed weights, large ones of float32 stored in a type of half the size. */
    public CutOptions withWeightsAs(ElementType type) {
        return new CutOptions(blockLists, modules, dimensions, timestep, true, rewrites, type);
    }

    private static void requirePattern(String expression) {
        try {
            Pattern.compile(expression);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "identifier '" + expression + "' is not a regular expression: " + e.getDescription(), e);
        }
    }
}
