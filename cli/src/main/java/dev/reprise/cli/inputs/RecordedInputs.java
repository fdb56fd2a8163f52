package dev.reprise.cli.inputs;

import com.google.common.collect.Maps;
import dev.reprise.cli.command.CommandException;
import dev.reprise.cli.model.Tensors;
import dev.reprise.graph.bundle.InputRoles;
import dev.reprise.graph.recording.Recording;
import dev.reprise.graph.recording.Safetensors;
import dev.reprise.graph.recording.StoredTensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Inputs from a recording's folder, or from a safetensors file with tensors called {@code const.INPUT} and {@code
 * step.NN.in.INPUT}.
 */
public final class RecordedInputs implements InputSource {
    private static final String CONSTANT = "const.";

    private final List<Double> timesteps;
    private final List<Map<String, StoredTensor>> steps;

    private RecordedInputs(List<Double> timesteps, List<Map<String, StoredTensor>> steps) {
        this.timesteps = List.copyOf(timesteps);
        this.steps = List.copyOf(steps);
    }

    /**
     * Reads a folder or file.
     *
     * @param most steps to use at most; 0 for all
     */
    public static RecordedInputs read(Path path, InputRoles roles, int most) {
        if (Files.isDirectory(path) && Files.exists(path.resolve(Recording.DESCRIPTION))) {
            return of(Recording.read(path), most);
        }
        return of(Safetensors.read(file(path)), path, roles, most);
    }

    /** The inputs of a recording. */
    public static RecordedInputs of(Recording recording, int most) {
        List<Double> timesteps = recording.description().timesteps();
        int count = limited(timesteps.size(), most, recording.directory());
        List<Map<String, StoredTensor>> steps = new ArrayList<>();
        for (int step = 0; step < count; step++) {
            steps.add(recording.inputs(step));
        }
        return new RecordedInputs(timesteps.subList(0, count), steps);
    }

    /** The same steps, with those inputs only. */
    public RecordedInputs only(Set<String> names) {
        return new RecordedInputs(
                timesteps,
                steps.stream()
                        .map(inputs -> Maps.filterKeys(inputs, names::contains))
                        .toList());
    }

    private static RecordedInputs of(Safetensors tensors, Path path, InputRoles roles, int most) {
        Map<String, StoredTensor> constants = new LinkedHashMap<>();
        for (String name : tensors.names()) {
            if (name.startsWith(CONSTANT)) {
                constants.put(name.substring(CONSTANT.length()), tensors.tensor(name));
            }
        }
        List<Map<String, StoredTensor>> steps = new ArrayList<>();
        while (true) {
            String prefix = String.format(Locale.ROOT, "step.%02d.in.", steps.size());
            Map<String, StoredTensor> inputs = new LinkedHashMap<>(constants);
            for (String name : tensors.names()) {
                if (name.startsWith(prefix)) {
                    inputs.put(name.substring(prefix.length()), tensors.tensor(name));
                }
            }
            if (inputs.size() == constants.size()) {
                break;
            }
            steps.add(inputs);
        }
        if (steps.isEmpty()) {
            throw CommandException.invalid(path + ": expected tensors called step.NN.in.INPUT from step.00 on, found "
                    + tensors.names().stream().limit(5).toList());
        }
        List<Map<String, StoredTensor>> used = steps.subList(0, limited(steps.size(), most, path));
        return new RecordedInputs(timesteps(used, roles), used);
    }

    private static Path file(Path path) {
        if (!Files.isDirectory(path)) {
            return path;
        }
        try (Stream<Path> files = Files.list(path)) {
            List<Path> found = files.filter(file -> file.toString().endsWith(".safetensors"))
                    .toList();
            if (found.size() != 1) {
                throw CommandException.invalid(
                        path + ": expected a recording, or one safetensors file, found " + found.size() + " of them");
            }
            return found.get(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int limited(int found, int most, Path path) {
        if (most > found) {
            throw CommandException.usage(
                    "--steps must be at most the " + found + " steps of " + path + ", was " + most);
        }
        return most == 0 ? found : most;
    }

    /** From the model's own timestep input; without one, as a scheduler spaces them. */
    private static List<Double> timesteps(List<Map<String, StoredTensor>> steps, InputRoles roles) {
        List<Double> timesteps = new ArrayList<>();
        for (int step = 0; step < steps.size(); step++) {
            StoredTensor input =
                    roles.timestep() == null ? null : steps.get(step).get(roles.timestep());
            float[] values = input == null ? new float[0] : Tensors.floats(input);
            timesteps.add(
                    values.length == 0 ? RandomInputs.timestep(step, steps.size()) : values[0] * roles.timestepScale());
        }
        return timesteps;
    }

    @Override
    public List<Double> timesteps() {
        return timesteps;
    }

    @Override
    public Map<String, StoredTensor> inputs(int step) {
        return steps.get(step);
    }
}
