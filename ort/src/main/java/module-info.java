/** ONNX Runtime: its environment and thread pool, sessions, element types, tensors. */
@SuppressWarnings("module") // the modules that some packages are exported to are compiled later
module dev.reprise.ort {
    requires transitive com.microsoft.onnxruntime;
    requires transitive dev.reprise.cache;
    requires com.google.common;
    requires com.sun.jna;
    requires org.slf4j;

    exports dev.reprise.ort.api;
    exports dev.reprise.ort.provider;
    exports dev.reprise.ort to
            dev.reprise.optimizer,
            dev.reprise.runtime,
            dev.reprise.spring,
            dev.reprise.verify;

    opens dev.reprise.ort.capi to
            com.sun.jna;
}
