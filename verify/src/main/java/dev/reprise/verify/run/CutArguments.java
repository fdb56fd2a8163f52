package dev.reprise.verify.run;

import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.optimizer.api.TimestepInput;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * Where to cut a model, in the words of a command line or of a build. Messages begin with the name of what is wrong: {@code dim tokens
 * must be a whole number …}.
 *
 * @param blockLists regular expressions for lists of blocks
 * @param modules regular expressions for further modules to cut at
 * @param dimensions sizes of dynamic dimensions, {@code NAME=VALUE}; of two with one name the last counts
 * @param timestep the input that holds the timestep, {@code NAME} or {@code NAME=SCALE}; null to tell by its name
 */
public record CutArguments(
        List<String> blockLists,
        List<String> modules,
        List<String> dimensions,
        @Nullable String timestep) {
    public CutArguments {
        blockLists = List.copyOf(blockLists);
        modules = List.copyOf(modules);
        dimensions = List.copyOf(dimensions);
    }

    /**
     * Checked, weights not packed.
     *
     * @throws IllegalArgumentException when one of them makes no sense
     */
    public CutOptions options() {
        blockLists.forEach(expression -> requirePattern("block-list", expression));
        modules.forEach(expression -> requirePattern("module", expression));
        return new CutOptions(blockLists, modules, sizes(), false).withTimestep(timestepInput());
    }

    /**
     * The same for a model, or for a bundle, which takes none of them: it is cut, and its sizes are counted. They would change nothing
     * without a word.
     *
     * @throws IllegalArgumentException also when a bundle was told any
     */
    public CutOptions options(Path modelOrBundle) {
        if (Files.isDirectory(modelOrBundle) && !dimensions.isEmpty()) {
            throw new IllegalArgumentException("dim needs a model file, found the bundle " + modelOrBundle
                    + ", whose sizes were counted when it was cut");
        }
        return optionsToGenerate(modelOrBundle);
    }

    /**
     * The same where inputs are generated: dimensions say how large, for a bundle, too.
     *
     * @throws IllegalArgumentException also when a bundle was told where to be cut
     */
    public CutOptions optionsToGenerate(Path modelOrBundle) {
        if (Files.isDirectory(modelOrBundle) && (!blockLists.isEmpty() || !modules.isEmpty() || timestep != null)) {
            throw new IllegalArgumentException("block-list, module and timestep need a model file, found the bundle "
                    + modelOrBundle + ", which is cut already");
        }
        return options();
    }

    /** Sizes of dynamic dimensions by name. */
    public Map<String, Long> sizes() {
        Map<String, Long> sizes = new LinkedHashMap<>();
        for (String dimension : dimensions) {
            int equals = dimension.lastIndexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("dim must be NAME=VALUE, was '" + dimension + "'");
            }
            String name = dimension.substring(0, equals);
            sizes.put(name, size(name, dimension.substring(equals + 1)));
        }
        return sizes;
    }

    private @Nullable TimestepInput timestepInput() {
        if (timestep == null) {
            return null;
        }
        int equals = timestep.lastIndexOf('=');
        try {
            return equals < 0
                    ? new TimestepInput(timestep, OptionalDouble.empty())
                    : new TimestepInput(
                            timestep.substring(0, equals),
                            OptionalDouble.of(Double.parseDouble(timestep.substring(equals + 1))));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "timestep must be the name of an input, or NAME=SCALE with a scale above 0, was '" + timestep + "'",
                    e);
        }
    }

    private static long size(String name, String text) {
        long value;
        try {
            value = Long.parseLong(text);
        } catch (NumberFormatException e) {
            value = 0;
        }
        if (value < 1 || value > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "dim " + name + " must be a whole number from 1 to " + Integer.MAX_VALUE + ", was '" + text + "'");
        }
        return value;
    }

    private static void requirePattern(String argument, String expression) {
        try {
            Pattern.compile(expression);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    argument + " must be a regular expression, was '" + expression + "': " + e.getDescription(), e);
        }
    }
}
