package dev.reprise.cache;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** What one context keeps, within a budget. */
final class TestCache implements Cache {
    private final Map<String, Tensor> slots = new HashMap<>();
    private final Set<String> refused = new HashSet<>();
    private long budget = Long.MAX_VALUE;

    void budget(long bytes) {
        budget = bytes;
    }

    long bytes() {
        return slots.values().stream().mapToLong(Tensor::bytes).sum();
    }

    /** Takes a tensor away, as an eviction would. */
    void lose(String slot) {
        if (slots.remove(slot) == null) {
            throw new AssertionError("nothing in " + slot + "; slots are " + slots.keySet());
        }
    }

    Set<String> names() {
        return Set.copyOf(slots.keySet());
    }

    @Override
    public Tensor get(String slot) {
        return slots.get(slot);
    }

    @Override
    public boolean put(String slot, Tensor tensor) {
        slots.remove(slot);
        if (bytes() + tensor.bytes() > budget) {
            refused.add(slot);
            return false;
        }
        refused.remove(slot);
        slots.put(slot, tensor);
        return true;
    }

    @Override
    public void remove(String slot) {
        slots.remove(slot);
        refused.remove(slot);
    }

    @Override
    public boolean overBudget(String slot) {
        return refused.contains(slot);
    }
}
