package dev.reprise.cli.measure;

import dev.reprise.cli.text.Progress;
import dev.reprise.verify.run.InputSource;
import dev.reprise.verify.run.Playback;
import java.util.List;

/**
 * Runs all participants in one process, step by step in turn: other load on the machine affects all of them alike. Every other round
 * the order is reversed: no participant always follows the same one and finds its data in the processor's caches.
 */
public final class SideBySide {
    private static final int WARM_UP_STEPS = 3;

    private final InputSource source;
    private final Progress progress;

    public SideBySide(InputSource source, Progress progress) {
        this.source = source;
        this.progress = progress;
    }

    public void run(List<Participant> participants, int rounds) {
        // The first steps touch memory and make ONNX Runtime's plans.
        generation(participants, 0, Math.min(WARM_UP_STEPS, source.steps()), "warming up, step");
        participants.forEach(Participant::forgetTimes);
        for (int round = 0; round < rounds; round++) {
            generation(participants, round, source.steps(), "round " + (round + 1) + "/" + rounds + ", step");
            participants.forEach(Participant::endRound);
        }
    }

    private void generation(List<Participant> participants, int round, int steps, String what) {
        participants.forEach(Participant::begin);
        Playback.forEachStep(source, steps, (step, inputs) -> {
            progress.step(what, step.index() + 1, steps);
            for (int i = 0; i < participants.size(); i++) {
                int turn = round % 2 == 0 ? i : participants.size() - 1 - i;
                participants.get(turn).run(step, inputs);
            }
        });
    }
}
