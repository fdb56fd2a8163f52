/** Runs a bundle step by step, with cache policies. */
module dev.reprise.runtime {
    requires transitive dev.reprise.ort;
    requires org.slf4j;
    requires static jdk.jfr; // for those who add FlightRecorderSteps

    exports dev.reprise.runtime;
    exports dev.reprise.runtime.api;
    exports dev.reprise.runtime.monitor;
    exports dev.reprise.runtime.tune;
}
