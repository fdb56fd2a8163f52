package dev.reprise.runtime.step;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.math.Fragment;
import dev.reprise.cache.math.FragmentRunner;
import dev.reprise.cache.math.Tensor;
import dev.reprise.graph.ElementType;
import dev.reprise.ort.CountedTensor;
import dev.reprise.ort.NativeTensors;
import dev.reprise.runtime.session.LoadedModel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Tensor arithmetic within a step: results live until the step ends. */
final class StepFragments implements FragmentRunner {
    private final LoadedModel model;
    private final StepTensors tensors;

    StepFragments(LoadedModel model, StepTensors tensors) {
        this.model = model;
        this.tensors = tensors;
    }

    @Override
    public List<Tensor> run(Fragment fragment, List<Tensor> inputs) {
        if (inputs.size() != fragment.inputs().size()) {
            throw new IllegalArgumentException(
                    "fragment " + fragment + " takes " + fragment.inputs().size() + " tensors, found " + inputs.size());
        }
        Map<String, OnnxTensor> feeds = new HashMap<>();
        for (int i = 0; i < inputs.size(); i++) {
            feeds.put(fragment.inputs().get(i), ((CountedTensor) inputs.get(i)).tensor());
        }
        return model.fragments().run(fragment, feeds).stream().map(this::own).toList();
    }

    @Override
    public Tensor floats(float... values) {
        return own(NativeTensors.floats(values, values.length));
    }

    @Override
    public float scalar(Tensor tensor) {
        CountedTensor counted = (CountedTensor) tensor;
        if (counted.elementType() != ElementType.FLOAT || counted.elements() != 1) {
            throw new IllegalArgumentException("only one FLOAT can be read back, found " + counted);
        }
        return counted.tensor().getFloatBuffer().get(0);
    }

    private Tensor own(OnnxTensor tensor) {
        return tensors.temporary(CountedTensor.owned(tensor, ElementType.FLOAT, model.live(), model.nextVersion()));
    }
}
