package dev.reprise.cli.inputs;

import dev.reprise.cli.CommandException;
import dev.reprise.graph.bundle.Manifest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that say what a model is run with. */
public final class InputOptions {
    private static final int MOST_STEPS = 10_000;

    @Option(
            names = "--inputs",
            paramLabel = "DIR|FILE",
            description = "A recording, or a safetensors file with const.INPUT and step.NN.in.INPUT.")
    private @Nullable Path inputs;

    @Option(
            names = "--random",
            paramLabel = "SEED",
            description = "Made-up inputs: smoothly changing latents, timesteps from 999 to 0, the rest fixed.")
    private @Nullable Long seed;

    @Option(
            names = "--steps",
            paramLabel = "N",
            description = "Denoising steps. Default: all that there are, 20 of made-up ones")
    private @Nullable Integer steps;

    /** Whether either source was named. */
    public boolean given() {
        return inputs != null || seed != null;
    }

    /** The same source for another process, with at most so many steps. */
    public List<String> arguments(int most) {
        List<String> arguments =
                new ArrayList<>(List.of("--steps", Integer.toString(Math.min(most, steps == null ? most : steps))));
        if (inputs != null) {
            arguments.add("--inputs");
            arguments.add(inputs.toString());
        } else {
            arguments.add("--random");
            arguments.add(Long.toString(seed == null ? 1 : seed));
        }
        return arguments;
    }

    /** The source, made up from seed 1 where none was named. */
    public InputSource source(Manifest manifest, Map<String, Long> dimensions) {
        if (inputs != null && seed != null) {
            throw CommandException.usage("expected one of --inputs and --random, found both");
        }
        int count = steps == null ? 0 : steps;
        if (steps != null && (count < 1 || count > MOST_STEPS)) {
            throw CommandException.usage("--steps must be in [1, " + MOST_STEPS + "], was " + count);
        }
        if (inputs != null) {
            return RecordedInputs.read(inputs, manifest.roles(), count);
        }
        return new RandomInputs(manifest, dimensions, count == 0 ? 20 : count, seed == null ? 1 : seed);
    }
}
