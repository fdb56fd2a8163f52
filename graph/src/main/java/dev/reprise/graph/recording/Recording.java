package dev.reprise.graph.recording;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.json.JsonFile;
import dev.reprise.graph.model.Folder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A frozen run: the inputs of every denoising step, what came out without caching and with each policy, and which modules did not
 * run. A folder with {@code recording.json} ({@link RecordingDescription}), {@code fingerprint.json} ({@link Fingerprint}; recordings of
 * format 1 have none) and {@code recording.safetensors}:
 *
 * <pre>
 * const.&lt;input&gt;                  an input that is the same at every step
 * step.NN.in.&lt;input&gt;             an input of step NN (two digits or more)
 * step.NN.none                   the model's first output without caching
 * step.NN.&lt;policy&gt;               the model's first output with a policy
 * step.NN.&lt;policy&gt;.&lt;output&gt;      each further output, by name; also step.NN.none.&lt;output&gt;
 * </pre>
 *
 * <p>Inputs are open loop: those of the next step do not depend on the outputs of this one. Readers that know one output only
 * find it where they expect it.
 */
public final class Recording {
    public static final String DESCRIPTION = "recording.json";
    public static final String TENSORS = "recording.safetensors";
    public static final String FINGERPRINT = "fingerprint.json";

    /** Files of the user that may stand beside a recording: what its policies may cost and have to save. One of them. */
    public static final List<String> BUDGETS = List.of("reprise.yml", "reprise.json");

    /** Stands for the run without caching where a policy is named. */
    public static final String UNCACHED = "none";

    private static final Pattern STEP = Pattern.compile("step\\.(\\d{2,9})\\.(.+)", Pattern.DOTALL);
    static final String INPUT = "in.";

    /** Before the name of an input that is the same at every step. */
    public static final String CONSTANT = "const.";

    private final Path directory;
    private final RecordingDescription description;
    private final Safetensors tensors;
    private final @Nullable Fingerprint fingerprint;
    private final Map<String, String> constants = new LinkedHashMap<>();
    /** Step → what follows the step in the tensor's name → the tensor's name. */
    private final SortedMap<Integer, SortedMap<String, String>> steps = new TreeMap<>();

    private Recording(
            Path directory, RecordingDescription description, Safetensors tensors, @Nullable Fingerprint fingerprint) {
        this.directory = directory;
        this.description = description;
        this.tensors = tensors;
        this.fingerprint = fingerprint;
    }

    /** Before the name of an input of one step: {@code step.07.in.}. */
    public static String inputPrefix(int step) {
        return stepPrefix(step) + INPUT;
    }

    static String stepPrefix(int step) {
        return String.format(Locale.ROOT, "step.%02d.", step);
    }

    /**
     * Reads a recording and checks that every step is complete.
     *
     * @throws InvalidModelException in one line: which file, what was expected and found
     */
    public static Recording read(Path directory) {
        Path file = directory.resolve(DESCRIPTION);
        if (!Files.exists(file)) {
            throw new InvalidModelException(directory + ": not a recording: it has no " + DESCRIPTION);
        }
        Recording recording = new Recording(
                directory,
                description(file),
                Safetensors.read(directory.resolve(TENSORS)),
                fingerprint(directory.resolve(FINGERPRINT)));
        try {
            recording.index();
            recording.requireComplete();
        } catch (InvalidModelException e) {
            throw new InvalidModelException(directory.resolve(TENSORS) + ": " + e.getMessage(), e);
        }
        return recording;
    }

    public Path directory() {
        return directory;
    }

    public RecordingDescription description() {
        return description;
    }

    /** What the recorded model is made of and what its parts computed; empty for recordings that have none. */
    public Optional<Fingerprint> fingerprint() {
        return Optional.ofNullable(fingerprint);
    }

    /**
     * The recorded model of this label.
     *
     * @throws InvalidModelException when there is no such label or file
     */
    public Path model(String label) {
        String name = description.models().get(label);
        if (name == null) {
            throw new InvalidModelException(directory + ": the recording has no model '" + label + "'; it has "
                    + description.models().keySet());
        }
        return Folder.of(directory).file(name);
    }

    /** Inputs of a denoising step by name. */
    public ImmutableMap<String, StoredTensor> inputs(int step) {
        ImmutableMap.Builder<String, StoredTensor> inputs = ImmutableMap.builder();
        constants.forEach((input, tensor) -> inputs.put(input, tensors.tensor(tensor)));
        after(INPUT, step).forEach((input, tensor) -> inputs.put(input, tensors.tensor(tensor)));
        return inputs.buildOrThrow();
    }

    /**
     * The model's first output at a step.
     *
     * @param policy name of a recorded policy, or {@link #UNCACHED}
     */
    public StoredTensor output(int step, String policy) {
        String tensor = step(step).get(policy);
        if (tensor == null) {
            throw new InvalidModelException(
                    directory + ": the recording has no output of policy '" + policy + "' at step " + step);
        }
        return tensors.tensor(tensor);
    }

    /** The model's outputs behind the first at a step, by name; empty for recordings of one output. */
    public ImmutableMap<String, StoredTensor> furtherOutputs(int step, String policy) {
        ImmutableMap.Builder<String, StoredTensor> outputs = ImmutableMap.builder();
        after(policy + ".", step).forEach((output, tensor) -> outputs.put(output, tensors.tensor(tensor)));
        return outputs.buildOrThrow();
    }

    /** What stands behind a prefix in the names of a step's tensors → the tensor's name. */
    private Map<String, String> after(String prefix, int step) {
        Map<String, String> found = new LinkedHashMap<>();
        step(step).forEach((rest, tensor) -> {
            if (rest.startsWith(prefix)) {
                found.put(rest.substring(prefix.length()), tensor);
            }
        });
        return found;
    }

    private SortedMap<String, String> step(int step) {
        SortedMap<String, String> found = steps.get(step);
        if (found == null) {
            throw new IndexOutOfBoundsException("step must be in [0, " + description.steps() + "), was " + step);
        }
        return found;
    }

    private static @Nullable Fingerprint fingerprint(Path file) {
        return Files.exists(file) ? JsonFile.record(file, JsonFile.content(file), Fingerprint.class) : null;
    }

    private static RecordingDescription description(Path file) {
        byte[] content = JsonFile.content(file);
        JsonNode json = JsonFile.parse(file, content);
        JsonNode version = json.path("version");
        if (version.isIntegralNumber() && version.longValue() > RecordingDescription.VERSION) {
            throw new InvalidModelException(file + ": recording version " + version + " is newer than "
                    + RecordingDescription.VERSION + ", which this build reads");
        }
        RecordingDescription description = JsonFile.record(file, content, RecordingDescription.class);
        JsonNode steps = json.path("steps");
        if (!steps.isMissingNode() && steps.asInt(-1) != description.steps()) {
            throw new InvalidModelException(
                    file + ": field 'steps' is " + steps + ", but there are " + description.steps() + " timesteps");
        }
        return description;
    }

    private void index() {
        for (int step = 0; step < description.steps(); step++) {
            steps.put(step, new TreeMap<>());
        }
        for (String name : tensors.names()) {
            Matcher matcher = STEP.matcher(name);
            if (name.startsWith(CONSTANT)) {
                constants.put(name.substring(CONSTANT.length()), name);
            } else if (matcher.matches()) {
                int number = Integer.parseInt(matcher.group(1));
                SortedMap<String, String> step = steps.get(number);
                if (step == null) {
                    throw new InvalidModelException(
                            "tensor '" + name + "' belongs to no step: there are " + description.steps());
                }
                String other = step.put(matcher.group(2), name);
                if (other != null) {
                    throw new InvalidModelException(
                            "tensors '" + other + "' and '" + name + "' are the same of step " + number);
                }
            } else {
                throw new InvalidModelException(
                        "expected tensors called const.INPUT, step.NN.in.INPUT or step.NN.POLICY, found '" + name
                                + "'");
            }
        }
    }

    /** Every step has the same inputs, none of them constant, and the output of every policy. */
    private void requireComplete() {
        ImmutableList<String> policies = ImmutableList.<String>builder()
                .add(UNCACHED)
                .addAll(description.policies().keySet())
                .build();
        Map<String, String> first = after(INPUT, 0);
        for (int step = 0; step < description.steps(); step++) {
            Map<String, String> inputs = after(INPUT, step);
            if (!inputs.keySet().equals(first.keySet())) {
                throw new InvalidModelException(
                        "step " + step + " has the inputs " + inputs.keySet() + ", step 0 has " + first.keySet());
            }
            for (String policy : policies) {
                if (!step(step).containsKey(policy)) {
                    throw new InvalidModelException("step " + step + " has no output of policy '" + policy + "'");
                }
            }
        }
        for (Fingerprint.StepValues values :
                fingerprint == null ? List.<Fingerprint.StepValues>of() : fingerprint.steps()) {
            if (values.step() >= description.steps()) {
                throw new InvalidModelException(FINGERPRINT + " has step " + values.step() + ", but there are "
                        + description.steps() + " steps");
            }
        }
        for (String input : first.keySet()) {
            if (constants.containsKey(input)) {
                throw new InvalidModelException("input '" + input + "' is both constant and given for each step");
            }
        }
    }
}
