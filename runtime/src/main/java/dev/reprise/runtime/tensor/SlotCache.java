package dev.reprise.runtime.tensor;

import dev.reprise.cache.Cache;
import dev.reprise.cache.math.Tensor;
import dev.reprise.ort.CountedTensor;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What one policy keeps in one context. */
public final class SlotCache implements Cache {
    private final Map<String, CountedTensor> slots = new HashMap<>();
    private final Set<String> overBudget = new HashSet<>();
    private final CacheBudget budget;
    private final UnaryOperator<CountedTensor> copy;

    /** @param copy makes an own tensor of a borrowed one, for the caller may close or overwrite his after the step */
    public SlotCache(CacheBudget budget, UnaryOperator<CountedTensor> copy) {
        this.budget = budget;
        this.copy = copy;
    }

    @Override
    public @Nullable Tensor get(String slot) {
        return slots.get(slot);
    }

    @Override
    public boolean put(String slot, Tensor tensor) {
        CountedTensor counted = (CountedTensor) tensor;
        CountedTensor before = slots.get(slot);
        if (before == counted) {
            return true;
        }
        if (!budget.fits(counted, before)) {
            remove(slot);
            overBudget.add(slot);
            return false;
        }
        CountedTensor own = counted.isBorrowed() ? copy.apply(counted) : counted;
        budget.keep(own);
        slots.put(slot, own);
        overBudget.remove(slot);
        if (before != null) {
            budget.drop(before);
        }
        return true;
    }

    @Override
    public void remove(String slot) {
        CountedTensor before = slots.remove(slot);
        if (before != null) {
            budget.drop(before);
        }
    }

    @Override
    public boolean overBudget(String slot) {
        return overBudget.contains(slot);
    }

    public void clear() {
        slots.values().forEach(budget::drop);
        slots.clear();
        overBudget.clear();
    }
}
