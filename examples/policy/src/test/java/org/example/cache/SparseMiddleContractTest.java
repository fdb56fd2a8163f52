package org.example.cache;

import dev.reprise.runtime.PolicyContract;
import dev.reprise.runtime.PolicySettings;
import java.util.List;
import java.util.Map;

/** What holds for every policy of Reprise holds for ours: contexts, resets, shapes, budgets, and not a bit more than it says. */
class SparseMiddleContractTest extends PolicyContract {
    private static final PolicySettings SETTINGS = new PolicySettings(
            "sparse_middle",
            SparseMiddle.TYPE,
            // It skips within a few steps…
            Map.of("head", 1, "threshold", 5),
            // …and with each of these it does not.
            List.of(Map.of("interval", 1), Map.of("threshold", 0), Map.of("head", 1000)));

    @Override
    protected List<PolicySettings> policies(String model) {
        return List.of(SETTINGS);
    }
}
