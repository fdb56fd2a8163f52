package dev.reprise.runtime.monitor;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Percentage;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** A denoising step, as Java Flight Recorder keeps it. */
@Name(StepEvent.NAME)
@Label("Denoising Step")
@Category("Reprise")
@StackTrace(false)
final class StepEvent extends Event {
    static final String NAME = "dev.reprise.Step";

    @Label("Step")
    int index;

    @Label("Timestep")
    @Description("The scheduler's timestep; not a number where it is not known")
    double timestep;

    @Label("Context")
    @Nullable
    String context;

    @Label("Computed Share")
    @Description("Share of the multiply-adds that ran")
    @Percentage
    float computedShare;

    @Label("Decisions to Compute")
    int computed;

    @Label("Decisions to Reuse")
    int reused;

    @Label("Decisions to Predict")
    int predicted;

    @Label("Cache")
    @DataAmount
    long cacheBytes;

    @Label("Transferred")
    @Description("Between the memories of the CPU and of the device")
    @DataAmount
    long transferredBytes;

    @Label("Failure")
    @Nullable
    String failure;
}
