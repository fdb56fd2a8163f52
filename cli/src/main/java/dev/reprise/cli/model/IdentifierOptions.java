package dev.reprise.cli.model;

import dev.reprise.cli.command.CommandException;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.verify.run.CutArguments;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
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
    private List<String> dimensions = new ArrayList<>();

    @Option(
            names = "--timestep",
            paramLabel = "NAME[=SCALE]",
            description =
                    "The input that holds the timestep, and what one unit of it is worth on the scheduler's scale of"
                            + " 0 to 1000. Default: told by its name, and by a multiplication with 1000 behind it.")
    private @Nullable String timestep;

    /** Checked options, weights not packed. */
    public CutOptions cutOptions() {
        return checked(CutArguments::options);
    }

    /**
     * The same for a model or bundle.
     *
     * @throws CommandException when a bundle was told any: it is cut already
     */
    public CutOptions cutOptions(Path modelOrBundle) {
        return checked(cut -> cut.options(modelOrBundle));
    }

    /** The same where inputs are generated: dimensions say how large, for a bundle, too. */
    public CutOptions cutOptionsToGenerate(Path modelOrBundle) {
        return checked(cut -> cut.optionsToGenerate(modelOrBundle));
    }

    /** Dynamic dimensions by name. */
    public Map<String, Long> dimensions() {
        return checked(CutArguments::sizes);
    }

    /** Messages begin with the name of an option. */
    private <T> T checked(Function<CutArguments, T> reading) {
        try {
            return reading.apply(new CutArguments(blockLists, modules, dimensions, timestep));
        } catch (IllegalArgumentException e) {
            throw CommandException.usage("--" + e.getMessage());
        }
    }
}
