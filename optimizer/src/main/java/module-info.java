/** Finds the modules of a diffusion transformer in an ONNX graph, and cuts it at their outputs. */
module dev.reprise.optimizer {
    requires transitive dev.reprise.graph;
    requires transitive dev.reprise.ort; // where rewrites are measured
    requires com.google.common;
    requires org.slf4j;

    exports dev.reprise.optimizer;
    exports dev.reprise.optimizer.api;
}
