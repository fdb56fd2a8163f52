package dev.reprise.runtime.step;

import dev.reprise.cache.math.Fragment;
import dev.reprise.cache.math.FragmentRunner;
import dev.reprise.cache.math.Tensor;
import dev.reprise.graph.ElementType;
import dev.reprise.ort.CountedTensor;
import dev.reprise.ort.NativeTensors;
import dev.reprise.ort.Transfers;
import dev.reprise.runtime.session.LoadedModel;
import java.util.List;

/** Tensor arithmetic within a step: results live until the step ends. */
final class StepFragments implements FragmentRunner {
    private final LoadedModel model;
    private final StepTensors tensors;
    private final Transfers transfers;

    StepFragments(LoadedModel model, StepTensors tensors, Transfers transfers) {
        this.model = model;
        this.tensors = tensors;
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
        results.forEach(tensors::temporary);
        return results;
    }

    @Override
    public Tensor floats(float... values) {
        return tensors.temporary(CountedTensor.owned(
                NativeTensors.floats(values, values.length), ElementType.FLOAT, false, model.live()));
    }
}
