package dev.reprise.runtime.step;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.reprise.cache.math.Fragment;
import dev.reprise.cache.math.FragmentRunner;
import dev.reprise.cache.math.Tensor;
import dev.reprise.graph.ElementType;
import dev.reprise.ort.CountedTensor;
import dev.reprise.ort.ModelRunException;
import dev.reprise.runtime.session.LoadedModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
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
        try {
            // Not closed: the step owns the results.
            OrtSession.Result result =
                    model.fragments().session(fragment).run(feeds, new LinkedHashSet<>(fragment.outputs()));
            List<Tensor> results = new ArrayList<>(result.size());
            for (int i = 0; i < result.size(); i++) {
                results.add(own((OnnxTensor) result.get(i)));
            }
            return results;
        } catch (OrtException e) {
            throw new ModelRunException("fragment " + fragment + " failed on " + inputs + ": " + e.getMessage(), e);
        }
    }

    @Override
    public Tensor floats(float... values) {
        try {
            return own(OnnxTensor.createTensor(model.fragments().runtime().environment(), values));
        } catch (OrtException e) {
            throw new IllegalStateException("no tensor could be made of " + values.length + " floats", e);
        }
    }

    @Override
    public float scalar(Tensor tensor) {
        CountedTensor counted = (CountedTensor) tensor;
        if (counted.elementType() != ElementType.FLOAT || counted.elements() != 1) {
            throw new IllegalArgumentException("only one FLOAT can be read back, found " + counted);
        }
        return counted.tensor().getFloatBuffer().get(0);
    }

    private CountedTensor own(OnnxTensor tensor) {
        return tensors.temporary(CountedTensor.owned(tensor, ElementType.FLOAT, model.live(), model.nextVersion()));
    }
}
