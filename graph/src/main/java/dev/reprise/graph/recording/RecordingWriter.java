package dev.reprise.graph.recording;

import dev.reprise.graph.json.JsonFile;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Writes a {@link Recording} step by step. It grows in a temporary folder beside its place and is renamed when it is finished: never
 * half a recording. Close it in any case; without {@link #finish} nothing is left.
 */
public final class RecordingWriter implements AutoCloseable {
    private final Path target;
    private final Path unfinished;
    private final SafetensorsWriter tensors;

    private RecordingWriter(Path target, Path unfinished, SafetensorsWriter tensors) {
        this.target = target;
        this.unfinished = unfinished;
        this.tensors = tensors;
    }

    /**
     * Begins a recording.
     *
     * @param target a folder that does not exist or is empty
     * @throws FileAlreadyExistsException when there is something else
     */
    public static RecordingWriter create(Path target) throws IOException {
        Path place = target.toAbsolutePath().normalize();
        requireEmpty(place);
        Path parent = Objects.requireNonNull(place.getParent(), "the root folder is never empty");
        Path unfinished = parent.resolve("." + place.getFileName() + "." + UUID.randomUUID() + ".unfinished");
        Files.createDirectories(unfinished);
        return new RecordingWriter(place, unfinished, SafetensorsWriter.create(unfinished.resolve(Recording.TENSORS)));
    }

    /** Adds an input that is the same at every step. */
    public void constant(String input, StoredTensor tensor) throws IOException {
        tensors.add("const." + input, tensor);
    }

    /** Adds an input of one step. */
    public void input(int step, String input, StoredTensor tensor) throws IOException {
        tensors.add(step(step) + "in." + input, tensor);
    }

    /**
     * Adds the model's first output at a step.
     *
     * @param policy name of the policy, or {@link Recording#UNCACHED}
     */
    public void output(int step, String policy, StoredTensor tensor) throws IOException {
        tensors.add(step(step) + policy, tensor);
    }

    /** Adds an output behind the first, by its name. */
    public void furtherOutput(int step, String policy, String output, StoredTensor tensor) throws IOException {
        tensors.add(step(step) + policy + "." + output, tensor);
    }

    /**
     * Completes the recording and puts it in its place.
     *
     * @throws dev.reprise.graph.InvalidModelException when a step lacks something that the description promises
     */
    public void finish(RecordingDescription description) throws IOException {
        tensors.finish();
        tensors.close();
        JsonFile.write(unfinished.resolve(Recording.DESCRIPTION), description);
        Recording.read(unfinished);
        requireEmpty(target);
        Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
    }

    private static String step(int step) {
        return String.format(Locale.ROOT, "step.%02d.", step);
    }

    private static void requireEmpty(Path target) throws IOException {
        if (!Files.exists(target)) {
            return;
        }
        if (!Files.isDirectory(target)) {
            throw new FileAlreadyExistsException(target.toString(), null, "expected a folder, found a file");
        }
        try (Stream<Path> content = Files.list(target)) {
            if (content.findAny().isPresent()) {
                throw new FileAlreadyExistsException(target.toString(), null, "the folder is not empty");
            }
        }
    }

    @Override
    public void close() throws IOException {
        tensors.close();
        if (Files.exists(unfinished)) {
            try (Stream<Path> files = Files.walk(unfinished)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
