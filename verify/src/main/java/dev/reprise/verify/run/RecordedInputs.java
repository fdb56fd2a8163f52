package dev.reprise.verify.run;

import com.google.common.collect.Maps;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.bundle.InputRoles;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.graph.recording.Recording;
import dev.reprise.graph.recording.Safetensors;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.runtime.api.DenoisingModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Inputs from a recording's folder, or from a safetensors file with tensors called {@code const.INPUT} and {@code
 * step.NN.in.INPUT}.
 */
public final class RecordedInputs implements InputSource {
    private final List<Double> timesteps;
    private final List<Map<String, StoredTensor>> steps;

    private RecordedInputs(List<Double> timesteps, List<Map<String, StoredTensor>> steps) {
        this.timesteps = List.copyOf(timesteps);
        this.steps = List.copyOf(steps);
    }

    /**
     * Reads a folder or file.
     *
     * @param roles which input is the timestep
     */
    public static RecordedInputs read(Path path, InputRoles roles) {
        if (Files.isDirectory(path) && Files.exists(path.resolve(Recording.DESCRIPTION))) {
            return of(Recording.read(path));
        }
        return of(Safetensors.read(file(path)), path, roles);
    }

    /** The inputs of a recording. */
    public static RecordedInputs of(Recording recording) {
        List<Double> timesteps = recording.description().timesteps();
        List<Map<String, StoredTensor>> steps = new ArrayList<>();
        for (int step = 0; step < timesteps.size(); step++) {
            steps.add(recording.inputs(step));
        }
        return new RecordedInputs(timesteps, steps);
    }

    /** The inputs of a recording that a model reads. An export leaves out inputs that nothing in it reads. */
    public static RecordedInputs of(Recording recording, DenoisingModel model) {
        Set<String> read = model.inputs().stream().map(TensorSpec::name).collect(Collectors.toSet());
        RecordedInputs all = of(recording);
        return new RecordedInputs(
                all.timesteps,
                all.steps.stream()
                        .map(inputs -> Maps.filterKeys(inputs, read::contains))
                        .toList());
    }

    /** The first steps. */
    public RecordedInputs first(int count) {
        return new RecordedInputs(timesteps.subList(0, count), steps.subList(0, count));
    }

    private static RecordedInputs of(Safetensors tensors, Path path, InputRoles roles) {
        Map<String, StoredTensor> constants = new LinkedHashMap<>();
        for (String name : tensors.names()) {
            if (name.startsWith(Recording.CONSTANT)) {
                constants.put(name.substring(Recording.CONSTANT.length()), tensors.tensor(name));
            }
        }
        List<Map<String, StoredTensor>> steps = new ArrayList<>();
        while (true) {
            String prefix = Recording.inputPrefix(steps.size());
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
            throw new InvalidModelException(path + ": expected tensors called step.NN.in.INPUT from step.00 on, found "
                    + tensors.names().stream().limit(5).toList());
        }
        AlternatingBranches.of(steps).ifPresent(inputs -> {
            throw new InvalidModelException(path + ": calls 0 and 1, 2 and 3, and so on differ in " + inputs
                    + " alone: two guidance branches in turn; expected the calls of one, every other call");
        });
        return new RecordedInputs(timesteps(steps, roles), steps);
    }

    private static Path file(Path path) {
        if (!Files.isDirectory(path)) {
            return path;
        }
        try (Stream<Path> files = Files.list(path)) {
            List<Path> found = files.filter(file -> file.toString().endsWith(".safetensors"))
                    .toList();
            if (found.size() != 1) {
                throw new InvalidModelException(
                        path + ": expected a recording, or one safetensors file, found " + found.size() + " of them");
            }
            return found.get(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** From the model's own timestep input; without one, as a scheduler spaces them. */
    private static List<Double> timesteps(List<Map<String, StoredTensor>> steps, InputRoles roles) {
        List<Double> timesteps = new ArrayList<>();
        for (int step = 0; step < steps.size(); step++) {
            StoredTensor input =
                    roles.timestep() == null ? null : steps.get(step).get(roles.timestep());
            float[] values = input == null ? new float[0] : Tensors.floats(input);
            timesteps.add(
                    values.length == 0 ? InputSource.spaced(step, steps.size()) : values[0] * roles.timestepScale());
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
