package dev.reprise.optimizer.locate;

import java.util.List;

/**
 * Checks that what was located agrees with itself. A wrong location cannot make a cut wrong, since any set of cut tensors gives the
 * same results; it makes policies cache the wrong tensors. So a contradiction is a warning.
 */
interface LocationCheck {
    /** The contradictions, each in a sentence that names the module; empty where there are none. */
    List<String> contradictions(AnalyzedGraph graph, Location location);
}
