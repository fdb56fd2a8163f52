package dev.reprise.verify.api;

import java.nio.file.Path;
import java.util.List;

/**
 * All replays of a recording on a model.
 *
 * @param model what was replayed on
 * @param recording the recording's folder
 * @param tolerance largest error that passes
 * @param attentionDifferences where the model's attention modules are not what the recording calls them
 * @param results one for each policy
 * @param cause why they are not the recorded run
 */
public record RecordingResult(
        Path model,
        Path recording,
        double tolerance,
        List<String> attentionDifferences,
        List<ReplayResult> results,
        Cause cause) {
    public RecordingResult {
        attentionDifferences = List.copyOf(attentionDifferences);
        results = List.copyOf(results);
    }
}
