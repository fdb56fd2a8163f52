package dev.reprise.runtime.step;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.math.TensorMath;
import dev.reprise.graph.ElementType;
import dev.reprise.ort.CountedTensor;
import dev.reprise.ort.Transfers;
import dev.reprise.runtime.api.InvalidInputException;
import dev.reprise.runtime.session.LoadedModel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** What a caller does with tensors between steps, where the model runs: a sampler's update, guidance, reading a result. */
final class CallerTensors {
    private final LoadedModel model;
    private final Transfers transfers;

    CallerTensors(LoadedModel model, Transfers transfers) {
        this.model = model;
        this.transfers = transfers;
    }

    /** {@code Σ cᵢ·tᵢ}. */
    OnnxTensor combine(float[] coefficients, List<OnnxTensor> tensors) {
        List<Float> factors = new ArrayList<>();
        for (float coefficient : coefficients) {
            factors.add(coefficient);
        }
        return make(held -> {
            List<Tensor> counted = new ArrayList<>();
            tensors.forEach(tensor -> counted.add(hold(tensor, held)));
            return (CountedTensor)
                    new TensorMath(new StepFragments(model, held::add, transfers)).combine(factors, counted);
        });
    }

    /** A copy in the memory of the CPU. */
    OnnxTensor toHost(OnnxTensor tensor) {
        return make(held -> {
            CountedTensor counted = hold(tensor, held);
            CountedTensor copy = model.isOnDevice()
                    ? transfers.toHost(counted)
                    : model.fragments().copy(counted, transfers);
            held.add(copy);
            return copy;
        });
    }

    /** Makes a tensor of the caller's own; everything else that was held for it is let go. */
    private OnnxTensor make(Function<List<CountedTensor>, CountedTensor> making) {
        List<CountedTensor> held = new ArrayList<>();
        try {
            CountedTensor made = making.apply(held);
            if (made.isOnDevice()) {
                made = transfers.lasting(made);
                held.add(made);
            }
            transfers.finish();
            made.handOut();
            return made.tensor();
        } finally {
            held.forEach(CountedTensor::release);
        }
    }

    private CountedTensor hold(OnnxTensor tensor, List<CountedTensor> held) {
        if (tensor.isClosed()) {
            throw new InvalidInputException("a closed tensor was given");
        }
        CountedTensor counted = CountedTensor.borrowed(tensor, ElementType.FLOAT, model.isOnDevice(tensor));
        held.add(counted);
        return counted;
    }
}
