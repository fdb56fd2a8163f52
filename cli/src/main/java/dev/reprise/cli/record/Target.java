package dev.reprise.cli.record;

import com.google.common.collect.ImmutableSet;
import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cli.command.CommandException;
import dev.reprise.cli.model.NewFolder;
import dev.reprise.graph.recording.Recording;
import dev.reprise.graph.recording.RecordingDescription.RecordedPolicy;
import dev.reprise.verify.run.PolicyChoice;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The folder that a recording goes to.
 *
 * @param folder where
 * @param force whether a recording in it may be replaced
 * @param update whether the recording in it says what to record
 */
record Target(Path folder, boolean force, boolean update) {
    private static final Set<String> FILES = ImmutableSet.<String>builder()
            .add(Recording.DESCRIPTION, Recording.TENSORS, Recording.FINGERPRINT)
            .addAll(Recording.BUDGETS)
            .build();

    /** Checks that the folder can be written. Returns the recording to update. */
    Optional<Recording> check() {
        if (!update && !force) {
            NewFolder.requireFree(folder);
            return Optional.empty();
        }
        if (update) {
            Recording old = Recording.read(folder);
            requireRecordingAlone();
            return Optional.of(old);
        }
        if (Files.exists(folder.resolve(Recording.DESCRIPTION))) {
            requireRecordingAlone();
        } else {
            NewFolder.requireFree(folder);
        }
        return Optional.empty();
    }

    /** Who replaces a folder deletes what else is in it: models of a reference implementation, somebody's notes. */
    private void requireRecordingAlone() {
        try (Stream<Path> files = Files.list(folder)) {
            Optional<Path> other = files.filter(file -> !FILES.contains(String.valueOf(file.getFileName())))
                    .sorted()
                    .findFirst();
            if (other.isPresent()) {
                throw CommandException.usage("output " + folder + " must hold a recording alone to be replaced, found "
                        + other.get().getFileName() + " in it");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The policies of a recording. */
    static List<PolicyChoice> policies(Recording old) {
        List<PolicyChoice> choices = new ArrayList<>();
        for (Map.Entry<String, RecordedPolicy> policy :
                old.description().policies().entrySet()) {
            try {
                choices.add(PolicyChoice.of(
                        policy.getKey(),
                        policy.getValue().policy(),
                        policy.getValue().config(),
                        List.of()));
            } catch (InvalidPolicyException e) {
                throw CommandException.usage(old.directory() + ": policy " + policy.getKey()
                        + " cannot be recorded anew: " + e.getMessage());
            }
        }
        return choices;
    }
}
