package dev.reprise.cache;

import dev.reprise.cache.math.Tensor;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** The tensors one context keeps from step to step: counted slots by name, within a byte budget. Cleared by a reset. */
public interface Cache {
    /** The tensor in this slot, null when it is empty. */
    @Nullable
    Tensor get(String slot);

    /**
     * Keeps a tensor in a slot, in place of the one that was there. That one is closed, unless this step provided it or another
     * slot holds it too: read it before.
     *
     * @return false when the byte budget has no room: then the slot is empty
     */
    boolean put(String slot, Tensor tensor);

    /** Empties a slot. */
    void remove(String slot);

    /** Whether the last {@link #put} of this slot failed for want of room. */
    boolean overBudget(String slot);

    /** Why something is missing in these slots: there was no room for it, or it was not put there yet. */
    default Reason missing(Collection<String> wanted) {
        return wanted.stream().anyMatch(this::overBudget) ? Reason.BUDGET : Reason.FIRST_STEP;
    }
}
