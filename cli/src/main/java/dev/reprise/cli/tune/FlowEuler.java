package dev.reprise.cli.tune;

/** Flow matching: {@code σ} from 1 to 0, shifted by {@code s·σ/(1 + (s − 1)·σ)}; {@code x += (σ' − σ)·v}, the timestep is {@code scale·σ}. */
final class FlowEuler implements NoiseSchedule {
    private final SamplerSettings settings;

    FlowEuler(SamplerSettings settings) {
        this.settings = settings;
    }

    private double sigma(int i) {
        double even = 1 - (double) i / settings.steps();
        return settings.shift() * even / (1 + (settings.shift() - 1) * even);
    }

    @Override
    public double timestep(int i) {
        return settings.timestepScale() * sigma(i);
    }

    @Override
    public void follow(float[] x, float[] output, int i) {
        float span = (float) (sigma(i + 1) - sigma(i));
        for (int j = 0; j < x.length; j++) {
            x[j] += span * output[j];
        }
    }
}
