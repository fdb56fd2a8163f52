/** Runs a cut model on ONNX Runtime, with a cache policy. */
module dev.reprise.runtime {
    requires transitive com.microsoft.onnxruntime;
    requires transitive dev.reprise.cache;
    requires transitive dev.reprise.graph;
    requires transitive dev.reprise.ort;
    requires com.google.common;
    requires org.slf4j;
    requires static org.jspecify;

    exports dev.reprise.runtime;
    exports dev.reprise.runtime.api;
}
