package dev.reprise.cli.tune;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cli.command.CommandException;
import dev.reprise.graph.bundle.InputRoles;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.runtime.api.DenoisingModel;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.tune.Rollout;
import dev.reprise.verify.run.InputSource;
import dev.reprise.verify.run.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A built-in sampler over recorded conditions: latents begin as noise of the sample's own seed, everything else is what the recording's first
 * step has. Several recordings take turns.
 */
final class SampledRollout implements Rollout {
    private final SamplerSettings settings;
    private final long seed;
    private final InputRoles roles;
    private final List<Map<String, StoredTensor>> conditions = new ArrayList<>();

    SampledRollout(SamplerSettings settings, Manifest model, List<InputSource> sources, long seed) {
        this.settings = settings;
        this.seed = seed;
        roles = model.roles();
        String latents = latents();
        for (InputSource source : sources) {
            Map<String, StoredTensor> inputs = source.inputs(0);
            StoredTensor start = inputs.get(latents);
            if (start == null) {
                throw CommandException.invalid(
                        "the inputs must have the latents " + latents + ", found " + inputs.keySet());
            }
            if (settings.guided() && (start.shape().isEmpty() || start.shape().get(0) % 2 != 0)) {
                throw CommandException.invalid("the sampler's batch holds both guidance branches: the batch of "
                        + latents + " must be even, was " + start.shape());
            }
            if (!conditions.isEmpty() && !start.shape().equals(first().shape())) {
                throw CommandException.invalid("all inputs must have latents of one shape, found " + first().shape()
                        + " and " + start.shape());
            }
            conditions.add(inputs);
        }
        if (settings.guidance() != 1 && first().shape().size() < 2) {
            throw CommandException.invalid("the latents " + latents + " must have a batch, were " + first().shape());
        }
    }

    private String latents() {
        String latents = roles.latents();
        if (latents == null) {
            throw CommandException.invalid("tune needs to know which model input is the latents, and could not tell");
        }
        return latents;
    }

    /** Images of one rollout. */
    int images() {
        long batch = first().shape().get(0);
        return (int) (settings.guided() ? batch / 2 : batch);
    }

    private StoredTensor first() {
        StoredTensor latents = conditions.get(0).get(latents());
        if (latents == null) {
            throw new IllegalStateException("no latents");
        }
        return latents;
    }

    @Override
    public List<float[]> run(DenoisingModel model, int sample) {
        Map<String, StoredTensor> condition = conditions.get(sample % conditions.size());
        StoredTensor start = condition.get(latents());
        if (start == null) {
            throw new IllegalStateException("no latents");
        }
        int all = Tensors.floats(start).length;
        int batch = Math.toIntExact(start.shape().get(0));
        int images = settings.guided() ? batch / 2 : batch;
        float[] x = noise(all / batch * images, sample);
        NoiseSchedule schedule = NoiseSchedule.of(settings);
        Map<String, OnnxTensor> constant = new LinkedHashMap<>();
        try {
            condition.forEach((name, tensor) -> {
                if (!name.equals(latents()) && !name.equals(roles.timestep())) {
                    constant.put(name, Tensors.toNative(tensor));
                }
            });
            for (int i = 0; i < settings.steps(); i++) {
                step(model, condition, constant, x, schedule, i);
            }
        } finally {
            constant.values().forEach(OnnxTensor::close);
        }
        return split(x, images);
    }

    private void step(
            DenoisingModel model,
            Map<String, StoredTensor> condition,
            Map<String, OnnxTensor> constant,
            float[] x,
            NoiseSchedule schedule,
            int i) {
        StoredTensor like = first();
        double timestep = schedule.timestep(i);
        Map<String, OnnxTensor> inputs = new LinkedHashMap<>(constant);
        List<OnnxTensor> own = new ArrayList<>();
        try {
            own.add(Tensors.toNative(Tensors.of(settings.guided() ? twice(x) : x, like.elementType(), like.shape())));
            inputs.put(latents(), own.get(0));
            StoredTensor time = roles.timestep() == null ? null : condition.get(roles.timestep());
            if (time != null) {
                float[] values = new float[Tensors.floats(time).length];
                Arrays.fill(values, (float) timestep);
                own.add(Tensors.toNative(Tensors.of(values, time.elementType(), time.shape())));
                inputs.put(String.valueOf(roles.timestep()), own.get(1));
            }
            double traced = settings.sampler() == NoiseSchedule.Kind.FLOW_EULER
                    ? timestep / settings.timestepScale() * 1000
                    : timestep;
            try (Outputs outputs = model.run(Step.at(i, settings.steps()).withTimestep(traced), inputs)) {
                schedule.follow(x, guided(Tensors.floats(Tensors.fromNative(outputs.first())), x.length), i);
            }
        } finally {
            own.forEach(OnnxTensor::close);
        }
    }

    /** {@code u + guidance·(c − u)}; channels that are no prediction are left out. */
    private float[] guided(float[] output, int length) {
        int branches = settings.guided() ? 2 : 1;
        int found = output.length / branches;
        if (output.length % branches != 0 || found % length != 0) {
            throw CommandException.invalid(
                    "the model's output must have as many values as its latents, or a multiple of" + " them, "
                            + branches * length + ", found " + output.length);
        }
        int images = images();
        int image = length / images;
        int imageOut = found / images;
        float[] result = new float[length];
        boolean conditionalFirst = settings.batch() == SamplerSettings.Batch.COND_UNCOND;
        for (int at = 0; at < images; at++) {
            for (int j = 0; j < image; j++) {
                float one = output[at * imageOut + j];
                if (!settings.guided()) {
                    result[at * image + j] = one;
                    continue;
                }
                float two = output[found + at * imageOut + j];
                float conditional = conditionalFirst ? one : two;
                float unconditional = conditionalFirst ? two : one;
                result[at * image + j] = (float) (unconditional + settings.guidance() * (conditional - unconditional));
            }
        }
        return result;
    }

    private List<float[]> split(float[] x, int images) {
        List<Double> clamp = settings.clamp();
        List<float[]> results = new ArrayList<>();
        int size = x.length / images;
        for (int image = 0; image < images; image++) {
            float[] result = Arrays.copyOfRange(x, image * size, (image + 1) * size);
            for (int j = 0; j < size && !clamp.isEmpty(); j++) {
                result[j] = (float) Math.max(clamp.get(0), Math.min(clamp.get(1), result[j]));
            }
            results.add(result);
        }
        return results;
    }

    private float[] noise(int length, int sample) {
        Random random = new Random(seed * 1_000_003 + sample);
        float[] noise = new float[length];
        for (int i = 0; i < length; i++) {
            noise[i] = (float) random.nextGaussian();
        }
        return noise;
    }

    private static float[] twice(float[] x) {
        float[] both = Arrays.copyOf(x, 2 * x.length);
        System.arraycopy(x, 0, both, x.length, x.length);
        return both;
    }
}
