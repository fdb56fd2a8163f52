package dev.reprise.runtime.api;

import dev.reprise.cache.Decision;
import dev.reprise.cache.Reason;

/**
 * What a policy decided in one step, and why.
 *
 * @param subject module path, or one of the names of {@link dev.reprise.cache.Subject}
 */
public record TracedDecision(String subject, Decision decision, Reason reason) {
    @Override
    public String toString() {
        return subject + " " + decision + " " + reason;
    }
}
