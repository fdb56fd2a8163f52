package dev.reprise.graph.recording;

import dev.reprise.graph.files.StagedFolder;
import dev.reprise.graph.json.JsonFile;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Writes a {@link Recording} step by step. The folder appears when it is finished: never half a recording. Close it in any case;
 * without {@link #finish} nothing is left.
 */
public final class RecordingWriter implements AutoCloseable {
    private final StagedFolder folder;
    private final SafetensorsWriter tensors;

    private RecordingWriter(StagedFolder folder, SafetensorsWriter tensors) {
        this.folder = folder;
        this.tensors = tensors;
    }

    /**
     * Begins a recording.
     *
     * @param target a folder that does not exist or is empty
     * @throws FileAlreadyExistsException when there is something else
     */
    public static RecordingWriter create(Path target) throws IOException {
        return in(StagedFolder.create(target));
    }

    /** Begins a recording in place of another one, which stays until this one is complete. */
    public static RecordingWriter replacing(Path target) throws IOException {
        return in(StagedFolder.replacing(target));
    }

    private static RecordingWriter in(StagedFolder folder) throws IOException {
        try {
            return new RecordingWriter(
                    folder, SafetensorsWriter.create(folder.path().resolve(Recording.TENSORS)));
        } catch (IOException e) {
            folder.close();
            throw e;
        }
    }

    /** Adds an input that is the same at every step. */
    public void constant(String input, StoredTensor tensor) throws IOException {
        tensors.add(Recording.CONSTANT + input, tensor);
    }

    /** Adds an input of one step. */
    public void input(int step, String input, StoredTensor tensor) throws IOException {
        tensors.add(Recording.inputPrefix(step) + input, tensor);
    }

    /**
     * Adds the model's first output at a step.
     *
     * @param policy name of the policy, or {@link Recording#UNCACHED}
     */
    public void output(int step, String policy, StoredTensor tensor) throws IOException {
        tensors.add(Recording.stepPrefix(step) + policy, tensor);
    }

    /** Adds an output behind the first, by its name. */
    public void furtherOutput(int step, String policy, String output, StoredTensor tensor) throws IOException {
        tensors.add(Recording.stepPrefix(step) + policy + "." + output, tensor);
    }

    /**
     * Adds the model's outputs at a step: the first, and those behind it by their names.
     *
     * @param outputs by name, in the model's order
     */
    public void outputs(int step, String policy, Map<String, StoredTensor> outputs) throws IOException {
        boolean first = true;
        for (Map.Entry<String, StoredTensor> output : outputs.entrySet()) {
            if (first) {
                output(step, policy, output.getValue());
            } else {
                furtherOutput(step, policy, output.getKey(), output.getValue());
            }
            first = false;
        }
    }

    /** Takes a file over from the recording that is replaced, if it is there. */
    public void keep(Path file) throws IOException {
        if (Files.exists(file)) {
            Files.copy(file, folder.path().resolve(file.getFileName()));
        }
    }

    /** Adds what the model is made of and what its parts computed. */
    public void fingerprint(Fingerprint fingerprint) throws IOException {
        JsonFile.write(folder.path().resolve(Recording.FINGERPRINT), fingerprint);
    }

    /**
     * Completes the recording and puts it in its place.
     *
     * @throws dev.reprise.graph.InvalidModelException when a step lacks something that the description promises
     */
    public void finish(RecordingDescription description) throws IOException {
        tensors.finish();
        tensors.close();
        JsonFile.write(folder.path().resolve(Recording.DESCRIPTION), description);
        Recording.read(folder.path());
        folder.publish(Recording.DESCRIPTION);
    }

    @Override
    public void close() throws IOException {
        try {
            tensors.close();
        } finally {
            folder.close();
        }
    }
}
