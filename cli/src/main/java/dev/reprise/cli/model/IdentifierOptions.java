package dev.reprise.cli.model;

import dev.reprise.cli.command.CommandException;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.optimizer.api.TimestepInput;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that say where to cut a model. */
public final class IdentifierOptions {
    @Option(
            names = "--block-list",
            paramLabel = "REGEX",
            description = "A list of transformer blocks: a regular expression that is searched for in module paths;"
                    + " repeatable. Default: the names in diffusers (blocks, transformer_blocks,"
                    + " single_transformer_blocks, layers, …)")
    private List<String> blockLists = new ArrayList<>();

    @Option(
            names = "--module",
            paramLabel = "REGEX",
            description =
                    "A further module to cut at, so that policies can provide its output: a regular expression for"
                            + " its whole path; repeatable.")
    private List<String> modules = new ArrayList<>();

    @Option(
            names = "--dim",
            paramLabel = "NAME=VALUE",
            description =
                    "Size of a dynamic dimension, for tensor sizes, multiply-adds and generated inputs; repeatable.")
    private Map<String, String> dimensions = new LinkedHashMap<>();

    @Option(
            names = "--timestep",
            paramLabel = "NAME[=SCALE]",
            description =
                    "The input that holds the timestep, and what one unit of it is worth on the scheduler's scale of"
                            + " 0 to 1000. Default: told by its name, and by a multiplication with 1000 behind it.")
    private @Nullable String timestep;

    /** Checked options, weights not packed. */
    public CutOptions cutOptions() {
        blockLists.forEach(expression -> requirePattern("--block-list", expression));
        modules.forEach(expression -> requirePattern("--module", expression));
        return new CutOptions(blockLists, modules, dimensions(), false).withTimestep(timestep());
    }

    /**
     * The same for a model or bundle.
     *
     * @throws CommandException when a bundle is to be cut: it is cut already
     */
    public CutOptions cutOptions(Path modelOrBundle) {
        if (Files.isDirectory(modelOrBundle) && (!blockLists.isEmpty() || !modules.isEmpty() || timestep != null)) {
            throw CommandException.usage("--block-list, --module and --timestep need a model file, found the bundle "
                    + modelOrBundle + ", which is cut already");
        }
        return cutOptions();
    }

    /** Dynamic dimensions by name. */
    public Map<String, Long> dimensions() {
        Map<String, Long> values = new LinkedHashMap<>();
        dimensions.forEach((name, text) -> values.put(name, dimension(name, text)));
        return values;
    }

    private @Nullable TimestepInput timestep() {
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
            throw CommandException.usage(
                    "--timestep must be the name of an input, or NAME=SCALE with a scale above 0, was '" + timestep
                            + "'");
        }
    }

    private static long dimension(String name, String text) {
        long value;
        try {
            value = Long.parseLong(text);
        } catch (NumberFormatException e) {
            value = 0;
        }
        if (value < 1 || value > Integer.MAX_VALUE) {
            throw CommandException.usage("--dim " + name + " must be a whole number from 1 to " + Integer.MAX_VALUE
                    + ", was '" + text + "'");
        }
        return value;
    }

    private static void requirePattern(String option, String expression) {
        try {
            Pattern.compile(expression);
        } catch (PatternSyntaxException e) {
            throw CommandException.usage(
                    option + " must be a regular expression, was '" + expression + "': " + e.getDescription());
        }
    }
}
