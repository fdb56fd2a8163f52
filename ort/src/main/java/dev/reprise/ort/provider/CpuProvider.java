package dev.reprise.ort.provider;

import ai.onnxruntime.OrtSession.SessionOptions;

/** ONNX Runtime's own operators on the CPU. Every session has them, after those that were added. */
public record CpuProvider() implements ExecutionProvider {
    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public boolean isCompiledIn() {
        return true;
    }

    @Override
    public String needs() {
        return "ONNX Runtime only";
    }

    @Override
    public boolean ordersRuns() {
        return true;
    }

    @Override
    public void addTo(SessionOptions options) {
        // Nothing to add.
    }
}
