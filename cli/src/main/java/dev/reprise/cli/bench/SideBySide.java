package dev.reprise.cli.bench;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cli.inputs.InputSource;
import dev.reprise.cli.model.StepInputs;
import dev.reprise.cli.text.Progress;
import dev.reprise.runtime.api.Step;
import java.util.List;
import java.util.Map;

/**
 * Runs all participants in one process, step by step in turn: whatever else the machine does meets all of them alike. Every other
 * round the order is turned round, so that nobody always runs in the caches that the same neighbour left.
 */
public final class SideBySide {
    private final InputSource source;
    private final Progress progress;

    public SideBySide(InputSource source, Progress progress) {
        this.source = source;
        this.progress = progress;
    }

    public void run(List<Participant> participants, int rounds) {
        // The first steps touch memory and make ONNX Runtime's plans.
        generation(participants, 0, Math.min(3, source.steps()), "warming up, step");
        participants.forEach(Participant::discard);
        for (int round = 0; round < rounds; round++) {
            generation(participants, round, source.steps(), "round " + (round + 1) + "/" + rounds + ", step");
        }
    }

    private void generation(List<Participant> participants, int round, int steps, String what) {
        participants.forEach(participant -> participant.begin(steps));
        try (StepInputs inputs = new StepInputs()) {
            for (int step = 0; step < steps; step++) {
                progress.step(what, step + 1, steps);
                Map<String, OnnxTensor> fed = inputs.next(source.inputs(step));
                Step at = Step.at(step, source.steps())
                        .withTimestep(source.timesteps().get(step));
                for (int i = 0; i < participants.size(); i++) {
                    int turn = round % 2 == 0 ? i : participants.size() - 1 - i;
                    participants.get(turn).run(step, at, fed);
                }
            }
        }
    }
}
