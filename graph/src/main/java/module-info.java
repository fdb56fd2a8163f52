/** The graph of an ONNX model, and the formats of bundles and recordings. */
@SuppressWarnings("module") // the modules that some packages are exported to are compiled later
module dev.reprise.graph {
    requires transitive com.google.protobuf;
    requires transitive com.fasterxml.jackson.databind;
    requires transitive com.google.common;
    requires org.apache.commons.text;
    requires org.slf4j;
    requires transitive org.jspecify; // asked at run time, too: which components of a record may be null

    exports dev.reprise.graph;
    exports dev.reprise.graph.bundle;
    exports dev.reprise.graph.model;
    exports dev.reprise.graph.onnx;
    exports dev.reprise.graph.recording;
    exports dev.reprise.graph.files to
            dev.reprise.optimizer,
            dev.reprise.verify;
    exports dev.reprise.graph.flow to
            dev.reprise.cache,
            dev.reprise.optimizer,
            dev.reprise.runtime;
    exports dev.reprise.graph.json to
            dev.reprise.cache,
            dev.reprise.verify;

    opens dev.reprise.graph.bundle to
            com.fasterxml.jackson.databind;
    opens dev.reprise.graph.json to
            com.fasterxml.jackson.databind;
    opens dev.reprise.graph.recording to
            com.fasterxml.jackson.databind;
}
