package org.example.spark;

import java.io.Serializable;
import java.nio.file.Path;
import org.apache.spark.SparkFiles;

/**
 * What all tasks of a job have in common; travels with each of them.
 *
 * @param bundle where the model is on an executor
 * @param policy name of the policy's file among those distributed with the job; null computes everything
 * @param steps denoising steps of a picture
 * @param threads of ONNX Runtime for one step
 * @param measuredShare share of rows whose quality is measured, 0 to 1
 */
record GenerationSettings(BundlePlace bundle, String policy, int steps, int threads, double measuredShare)
        implements Serializable {

    GenerationSettings {
        if (steps < 2 || steps > 1000) {
            throw new IllegalArgumentException("steps must be from 2 to 1000, was " + steps);
        }
        if (threads < 1) {
            throw new IllegalArgumentException("threads must be 1 or more, was " + threads);
        }
        if (!(measuredShare >= 0 && measuredShare <= 1)) {
            throw new IllegalArgumentException("measured share must be in [0, 1], was " + measuredShare);
        }
    }

    /** The policy's file on this machine. */
    Path policyFile() {
        return Path.of(SparkFiles.get(policy));
    }

    /**
     * Where executors find the bundle.
     *
     * @param path of a folder that every machine has; or the name that the job distributed it under
     * @param distributed whether it came with the job
     */
    record BundlePlace(String path, boolean distributed) implements Serializable {
        Path here() {
            return Path.of(distributed ? SparkFiles.get(path) : path);
        }
    }
}
