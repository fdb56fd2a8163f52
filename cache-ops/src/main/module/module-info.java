/** Cache policies, and their tensor arithmetic as ONNX fragments. */
module dev.reprise.cache {
    requires transitive dev.reprise.graph;
    requires hipparchus.core;
    requires static org.jspecify;

    exports dev.reprise.cache;
    exports dev.reprise.cache.math;
    exports dev.reprise.cache.parameter;
    exports dev.reprise.cache.policy;
}
