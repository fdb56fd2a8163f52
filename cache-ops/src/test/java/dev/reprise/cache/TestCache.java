package dev.reprise.cache;

import dev.reprise.cache.math.Tensor;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

/** What one context keeps, within a budget. */
public final class TestCache implements Cache {
    private final Map<String, Tensor> slots = new HashMap<>();
    private final Set<String> refused = new HashSet<>();
    private final Set<Tensor> ofThisStep = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Set<Tensor> released = Collections.newSetFromMap(new IdentityHashMap<>());
    private long budget = Long.MAX_VALUE;

    /** From now on, what is dropped of earlier steps is gone. */
    void nextStep() {
        ofThisStep.clear();
    }

    /** Fails where a policy reads what a runtime would have closed. */
    void requireAlive(Tensor tensor) {
        if (released.contains(tensor)) {
            throw new AssertionError("a tensor is read after its slot let go of it");
        }
    }

    private void drop(Tensor tensor) {
        if (tensor != null
                && !ofThisStep.contains(tensor)
                && slots.values().stream().noneMatch(each -> each == tensor)) {
            released.add(tensor);
        }
    }

    public void budget(long bytes) {
        budget = bytes;
    }

    long bytes() {
        return slots.values().stream().mapToLong(Tensor::bytes).sum();
    }

    /** Takes a tensor away, as an eviction would. */
    public void lose(String slot) {
        if (slots.remove(slot) == null) {
            throw new AssertionError("nothing in " + slot + "; slots are " + slots.keySet());
        }
    }

    public Set<String> names() {
        return Set.copyOf(slots.keySet());
    }

    @Override
    public Tensor get(String slot) {
        return slots.get(slot);
    }

    @Override
    public boolean put(String slot, Tensor tensor) {
        Tensor before = slots.remove(slot);
        ofThisStep.add(tensor);
        if (before != tensor) {
            drop(before);
        }
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
        drop(slots.remove(slot));
        refused.remove(slot);
    }

    @Override
    public boolean overBudget(String slot) {
        return refused.contains(slot);
    }
}
