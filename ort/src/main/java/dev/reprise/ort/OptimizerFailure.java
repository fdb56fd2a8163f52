package dev.reprise.ort;

import ai.onnxruntime.OrtException;
import java.util.List;
import java.util.Locale;

/** Whether ONNX Runtime failed to open a model because its own graph optimizers failed. */
final class OptimizerFailure {
    /** ONNX Runtime has no code for it; its messages name the source file or the class that failed. */
    private static final List<String> SIGNS =
            List.of("core/optimizer/", "graph_utils", "graphtransformer", "graph_transformer");

    private OptimizerFailure() {}

    static boolean isCauseOf(OrtException failure) {
        String message =
                String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT).replace('\\', '/');
        return SIGNS.stream().anyMatch(message::contains);
    }
}
