package org.example.cache;

import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.policy.PolicyProvider;
import java.util.List;

/** Puts our policy into the catalogue; the file in {@code META-INF/services} names this class. */
public final class SparseMiddleProvider implements PolicyProvider {
    @Override
    public List<PolicyType> policies() {
        return List.of(SparseMiddle.TYPE);
    }
}
