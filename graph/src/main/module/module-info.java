/** ONNX's vocabulary, model readers, and the formats of bundles and recordings. */
module dev.reprise.graph {
    requires transitive com.fasterxml.jackson.databind;
    requires transitive com.google.protobuf;
    requires com.google.common;
    requires org.apache.commons.text;
    requires org.slf4j;
    requires static org.jspecify;

    exports dev.reprise.graph;
    exports dev.reprise.graph.bundle;
    exports dev.reprise.graph.recording;
    exports dev.reprise.graph.files to
            dev.reprise.optimizer;
    exports dev.reprise.graph.flow to
            dev.reprise.cache,
            dev.reprise.optimizer,
            dev.reprise.runtime;
    exports dev.reprise.graph.json to
            dev.reprise.cache;
    exports dev.reprise.graph.model to
            dev.reprise.ort,
            dev.reprise.optimizer,
            dev.reprise.runtime;
    exports dev.reprise.graph.onnx to
            dev.reprise.cache,
            dev.reprise.ort,
            dev.reprise.optimizer,
            dev.reprise.runtime;

    // Jackson makes the records of manifests and recordings.
    opens dev.reprise.graph.bundle to
            com.fasterxml.jackson.databind;
    opens dev.reprise.graph.recording to
            com.fasterxml.jackson.databind;
}
