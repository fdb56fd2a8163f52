/** Runs a bundle step by step, with cache policies. */
module dev.reprise.runtime {
    requires transitive dev.reprise.ort;
    requires org.slf4j;
    requires static jdk.jfr; // for those who add FlightRecorderSteps
    requires static micrometer.core; // for those who add StepMetrics

    exports dev.reprise.runtime;
    exports dev.reprise.runtime.api;
    exports dev.reprise.runtime.monitor;
    exports dev.reprise.runtime.tune;
}
