/** ONNX Runtime: its environment and threads, execution providers, sessions, tensors. */
module dev.reprise.ort {
    requires transitive com.microsoft.onnxruntime;
    requires transitive dev.reprise.cache;
    requires com.google.common;
    requires com.sun.jna;
    requires org.slf4j;
    requires static org.jspecify;

    exports dev.reprise.ort.api;
    exports dev.reprise.ort.provider;
    exports dev.reprise.ort to
            dev.reprise.optimizer,
            dev.reprise.runtime;
}
