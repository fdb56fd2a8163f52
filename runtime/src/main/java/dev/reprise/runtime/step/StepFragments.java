package dev.reprise.runtime.step;

import com.google.common.primitives.Floats;
import dev.reprise.cache.math.Fragment;
import dev.reprise.cache.math.FragmentRunner;
import dev.reprise.cache.math.Tensor;
import dev.reprise.graph.ElementType;
import dev.reprise.ort.CountedTensor;
import dev.reprise.ort.NativeTensors;
import dev.reprise.ort.Transfers;
import dev.reprise.runtime.session.LoadedModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Tensor arithmetic whose results somebody holds: a step, until it ends. */
final class StepFragments implements FragmentRunner {
    private static final int FLOATS = 16;

    private final LoadedModel model;
    private final Consumer<CountedTensor> holder;
    private final Transfers transfers;
    /** The last ones: all modules of a step mostly want the same, which then goes to a device once. */
    private final Map<List<Float>, CountedTensor> floats = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<List<Float>, CountedTensor> eldest) {
            return size() > FLOATS;
        }
    };

    /** @param holder takes over every result */
    StepFragments(LoadedModel model, Consumer<CountedTensor> holder, Transfers transfers) {
        this.model = model;
        this.holder = holder;
        this.transfers = transfers;
    }

    @Override
    public List<Tensor> run(Fragment fragment, List<Tensor> inputs) {
        return List.copyOf(run(fragment, inputs, false));
    }

    @Override
    public float figure(Fragment fragment, List<Tensor> inputs) {
        CountedTensor result = run(fragment, inputs, true).get(0);
        if (result.elementType() != ElementType.FLOAT || result.elements() != 1) {
            throw new IllegalArgumentException("only one FLOAT can be read back, found " + result);
        }
        return result.tensor().getFloatBuffer().get(0);
    }

    private List<CountedTensor> run(Fragment fragment, List<Tensor> inputs, boolean toHost) {
        if (inputs.size() != fragment.inputs().size()) {
            throw new IllegalArgumentException(
                    "fragment " + fragment + " takes " + fragment.inputs().size() + " tensors, found " + inputs.size());
        }
        CountedTensor[] counted = inputs.toArray(CountedTensor[]::new);
        List<CountedTensor> results = model.fragments().run(fragment, counted, toHost, transfers);
        results.forEach(holder);
        return results;
    }

    @Override
    public Tensor floats(float... values) {
        List<Float> key = Floats.asList(values.clone());
        CountedTensor known = floats.get(key);
        if (known == null || known.owners() == 0) {
            known = CountedTensor.owned(
                    NativeTensors.floats(values, values.length), ElementType.FLOAT, false, model.live());
            floats.put(key, known);
        } else {
            known.retain();
        }
        holder.accept(known);
        return known;
    }
}
