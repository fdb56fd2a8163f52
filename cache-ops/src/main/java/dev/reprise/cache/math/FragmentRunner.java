package dev.reprise.cache.math;

import java.util.List;

/** Runs {@link Fragment}s where the model runs. Results belong to the current step. */
public interface FragmentRunner {
    /** Runs a fragment; inputs in the order of its graph inputs, results in the order of its graph outputs. */
    List<Tensor> run(Fragment fragment, List<Tensor> inputs);

    /** A float32 tensor of one dimension with these values, for coefficients. */
    Tensor floats(float... values);

    /** Runs a fragment with one result of one float32 element and reads it: the one wait for the device that a probe costs. */
    float figure(Fragment fragment, List<Tensor> inputs);
}
