package dev.reprise.cli.tune;

/** What a scheduler counts on: timesteps, and how a sample goes on from one to the next. */
interface NoiseSchedule {
    /** The timestep that step {@code i} hands to the model. */
    double timestep(int i);

    /** The sample of the next step: {@code x} changed in place, by the guided output of step {@code i}. */
    void follow(float[] x, float[] output, int i);

    /** A schedule with its own memory of earlier steps, fresh for a generation. */
    static NoiseSchedule of(SamplerSettings settings) {
        return switch (settings.sampler()) {
            case FLOW_EULER -> new FlowEuler(settings);
            case DDIM -> new VariancePreserving(settings, false);
            case DPMPP_2M -> new VariancePreserving(settings, true);
        };
    }

    /** Names of the samplers, as they stand in the file. */
    enum Kind {
        FLOW_EULER,
        DDIM,
        DPMPP_2M
    }
}
