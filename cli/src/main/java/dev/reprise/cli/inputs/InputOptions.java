package dev.reprise.cli.inputs;

import dev.reprise.cli.command.CommandException;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.verify.run.InputSource;
import dev.reprise.verify.run.RecordedInputs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that say what a model is run with. */
public final class InputOptions {
    private static final int MOST_STEPS = 10_000;
    private static final int GENERATED_STEPS = 20;

    @Option(
            names = {"--inputs", "--recording"},
            paramLabel = "DIR|FILE",
            description = "A recording, or a safetensors file with const.INPUT and step.NN.in.INPUT. 'calibrate' takes"
                    + " several, one for each guidance branch.")
    private List<Path> inputs = new ArrayList<>();

    @Option(
            names = "--random",
            paramLabel = "SEED",
            description = "Generated inputs: latents that change smoothly, timesteps from 999 to 0, the rest constant.")
    private @Nullable Long seed;

    @Option(
            names = "--steps",
            paramLabel = "N",
            description = "Denoising steps. Default: all recorded ones, " + GENERATED_STEPS + " generated ones")
    private @Nullable Integer steps;

    /**
     * Checks that inputs were named.
     *
     * @throws CommandException otherwise
     */
    public void requireSource() {
        if (!isGiven()) {
            throw CommandException.usage("expected one of --inputs and --random");
        }
    }

    /** Whether inputs were named. */
    public boolean isGiven() {
        return !inputs.isEmpty() || seed != null;
    }

    /** Whether inputs are made up: dimensions say how large. */
    public boolean areGenerated() {
        return inputs.isEmpty();
    }

    /** The same source for another process, with at most so many steps. */
    public List<String> arguments(int most) {
        List<String> arguments =
                new ArrayList<>(List.of("--steps", Integer.toString(Math.min(most, steps == null ? most : steps))));
        for (Path path : inputs) {
            arguments.add("--inputs");
            arguments.add(path.toString());
        }
        if (inputs.isEmpty()) {
            arguments.add("--random");
            arguments.add(Long.toString(seed == null ? 1 : seed));
        }
        return arguments;
    }

    /** The one source; generated from seed 1 where none was named. */
    public InputSource source(Manifest manifest, Map<String, Long> dimensions) {
        if (inputs.size() > 1) {
            throw CommandException.usage("expected one --inputs, found " + inputs.size());
        }
        return sources(manifest, dimensions).values().iterator().next();
    }

    /** All sources by the name of their file or folder; all have the same number of steps. */
    public Map<String, InputSource> sources(Manifest manifest, Map<String, Long> dimensions) {
        check();
        int count = steps == null ? 0 : steps;
        Map<String, InputSource> sources = new LinkedHashMap<>();
        for (Path path : inputs) {
            sources.put(unusedName(path, sources), limited(RecordedInputs.read(path, manifest.roles()), count, path));
        }
        if (inputs.isEmpty()) {
            sources.put(
                    "random",
                    new RandomInputs(
                            manifest, dimensions, count == 0 ? GENERATED_STEPS : count, seed == null ? 1 : seed));
        }
        int first = sources.values().iterator().next().steps();
        for (Map.Entry<String, InputSource> source : sources.entrySet()) {
            if (source.getValue().steps() != first) {
                throw CommandException.invalid("all inputs must have the same number of steps, found " + first + " and "
                        + source.getValue().steps() + " in " + source.getKey());
            }
        }
        return sources;
    }

    private static RecordedInputs limited(RecordedInputs found, int most, Path path) {
        if (most > found.steps()) {
            throw CommandException.usage(
                    "--steps must be at most the " + found.steps() + " steps of " + path + ", was " + most);
        }
        return most == 0 ? found : found.first(most);
    }

    private void check() {
        if (!inputs.isEmpty() && seed != null) {
            throw CommandException.usage("expected one of --inputs and --random, found both");
        }
        if (steps != null && (steps < 1 || steps > MOST_STEPS)) {
            throw CommandException.usage("--steps must be in [1, " + MOST_STEPS + "], was " + steps);
        }
    }

    private static String unusedName(Path path, Map<String, InputSource> used) {
        String name = String.valueOf(path.toAbsolutePath().normalize().getFileName());
        String unused = name;
        for (int number = 2; used.containsKey(unused); number++) {
            unused = name + "_" + number;
        }
        return unused;
    }
}
