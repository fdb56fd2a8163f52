package dev.reprise.optimizer.locate;

import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Every output of a module is made inside it, and read outside or an output of the model. */
final class OutputsLeaveModules implements LocationCheck {
    @Override
    public List<String> contradictions(AnalyzedGraph graph, Location location) {
        List<String> found = new ArrayList<>();
        for (LocatedModule module : location.modules()) {
            Set<Node> inside = new HashSet<>(module.nodes());
            for (Value output : module.outputs()) {
                if (!inside.contains(output.producer())) {
                    found.add(module.path() + " does not make its output " + output);
                } else if (!output.isOutput() && inside.containsAll(output.consumers())) {
                    found.add("nothing outside of " + module.path() + " reads its output " + output);
                }
            }
        }
        return found;
    }
}
