package dev.reprise.verify.run;

import dev.reprise.graph.recording.StoredTensor;
import java.util.List;
import java.util.Map;

/**
 * Some steps of a source, in order.
 *
 * @param source all of them
 * @param chosen which ones
 */
public record ChosenSteps(InputSource source, List<Integer> chosen) implements InputSource {
    @Override
    public List<Double> timesteps() {
        return chosen.stream().map(source.timesteps()::get).toList();
    }

    @Override
    public Map<String, StoredTensor> inputs(int step) {
        return source.inputs(chosen.get(step));
    }
}
