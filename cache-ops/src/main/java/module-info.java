/** What a cache policy is, and the policies. */
@SuppressWarnings("module") // the modules that some packages are exported to are compiled later
module dev.reprise.cache {
    requires transitive dev.reprise.graph;
    requires hipparchus.core;
    requires org.slf4j;

    exports dev.reprise.cache;
    exports dev.reprise.cache.forecast;
    exports dev.reprise.cache.indicator;
    exports dev.reprise.cache.math;
    exports dev.reprise.cache.parameter;
    exports dev.reprise.cache.part;
    exports dev.reprise.cache.policy;
    exports dev.reprise.cache.span;

    uses dev.reprise.cache.part.PartProvider;
    uses dev.reprise.cache.policy.PolicyProvider;
}
