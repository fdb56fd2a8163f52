/** Locates the modules of an exported model, cuts it, and writes the bundle. */
module dev.reprise.optimizer {
    requires transitive dev.reprise.graph;
    requires dev.reprise.ort;
    requires com.google.common;
    requires org.slf4j;
    requires static org.jspecify;

    exports dev.reprise.optimizer;
    exports dev.reprise.optimizer.api;
}
