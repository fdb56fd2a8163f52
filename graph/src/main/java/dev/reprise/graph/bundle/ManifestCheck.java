package dev.reprise.graph.bundle;

import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.model.Folder;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What must hold between the parts of a manifest: names exist, files stay inside, segments can run in their order. */
final class ManifestCheck {
    private final Manifest manifest;
    private final Set<String> inputs;
    private final Set<String> known;

    private ManifestCheck(Manifest manifest) {
        this.manifest = manifest;
        this.inputs = names("inputs", manifest.inputs());
        this.known = new HashSet<>(inputs);
        known.addAll(names("outputs", manifest.outputs()));
        known.addAll(names("tensors", manifest.tensors()));
    }

    /** @throws InvalidModelException naming the first place that does not hold */
    static void check(Manifest manifest) {
        ManifestCheck check = new ManifestCheck(manifest);
        check.weights();
        check.outputs();
        check.defaults();
        check.segments();
        check.modules();
        check.roles();
        check.chain();
        check.unet();
        check.rewritten();
        check.quantized();
        check.measured();
    }

    private static Set<String> names(String field, List<TensorSpec> specs) {
        Set<String> names = new HashSet<>();
        for (TensorSpec spec : specs) {
            if (!names.add(spec.name())) {
                throw new InvalidModelException(field + ": tensor '" + spec.name() + "' is listed twice");
            }
        }
        return names;
    }

    private void rewritten() {
        Set<String> files = new HashSet<>();
        manifest.segments().forEach(segment -> files.add(segment.file()));
        for (RewrittenSegment faster : manifest.rewritten()) {
            Folder.requireInside(faster.file());
            if (!files.remove(faster.segment())) {
                throw new InvalidModelException(
                        "rewritten: '" + faster.segment() + "' is no segment, or is listed twice");
            }
        }
    }

    private void quantized() {
        Quantization quantization = manifest.quantization();
        if (quantization == null) {
            return;
        }
        Set<String> files = new HashSet<>();
        manifest.segments().forEach(segment -> files.add(segment.file()));
        for (QuantizedSegment segment : quantization.segments()) {
            Folder.requireInside(segment.file());
            Folder.requireInside(segment.weights());
            if (!files.remove(segment.segment())) {
                throw new InvalidModelException(
                        "quantization: '" + segment.segment() + "' is no segment, or is listed twice");
            }
        }
    }

    private void measured() {
        if (manifest.measured() == null) {
            return;
        }
        Set<String> files = new HashSet<>();
        manifest.segments().forEach(segment -> files.add(segment.file()));
        for (MeasuredRewrite measured : manifest.measured().rewrites()) {
            if (!files.contains(measured.segment())) {
                throw new InvalidModelException("measured: '" + measured.segment() + "' is no segment");
            }
        }
    }

    private void weights() {
        directory(manifest.weights().directory());
        Set<String> names = new HashSet<>();
        for (WeightFiles.WeightFile file : manifest.weights().files()) {
            Folder.requireInside(file.name());
            if (!names.add(file.name())) {
                throw new InvalidModelException("weights: file '" + file.name() + "' is listed twice");
            }
            if (file.size() < 0) {
                throw new InvalidModelException(
                        "weights: size of '" + file.name() + "' must not be negative, was " + file.size());
            }
        }
    }

    /**
     * The weights may lie above the bundle, because they stay in the file of the model, but not at a place that is the same for every
     * bundle: an absolute path, or one that leaves a folder again after it entered it.
     */
    private static void directory(String directory) {
        String below = directory;
        while (below.equals("..") || below.startsWith("../")) {
            below = below.substring(Math.min(3, below.length()));
        }
        try {
            if (!below.isEmpty() && !directory.equals(".")) {
                Folder.requireInside(below);
            }
        } catch (InvalidModelException e) {
            throw new InvalidModelException(
                    "weights: the directory must be '.', or a relative path with '..' at its start only, was '"
                            + directory + "'",
                    e);
        }
        if (directory.isEmpty()) {
            throw new InvalidModelException("weights: the directory must not be empty; '.' is the bundle itself");
        }
    }

    private void outputs() {
        if (manifest.outputs().isEmpty()) {
            throw new InvalidModelException("outputs: a model needs at least one output");
        }
    }

    private void defaults() {
        Segment defaults = manifest.defaults();
        if (defaults == null) {
            return;
        }
        Folder.requireInside(defaults.file());
        if (!defaults.inputs().isEmpty() || defaults.outputs().isEmpty()) {
            throw new InvalidModelException("defaults must have no inputs and at least one output, had "
                    + defaults.inputs() + " and " + defaults.outputs());
        }
        defaults.outputs().forEach(output -> requireInput(output, "defaults.outputs"));
    }

    private void segments() {
        Map<String, Integer> producers = new HashMap<>();
        Set<String> files = new HashSet<>();
        for (int i = 0; i < manifest.segments().size(); i++) {
            Segment segment = manifest.segments().get(i);
            String place = "segments[" + i + "]";
            Folder.requireInside(segment.file());
            if (!files.add(segment.file())) {
                throw new InvalidModelException(place + ": another segment has the file '" + segment.file() + "' too");
            }
            if (segment.outputs().isEmpty()) {
                throw new InvalidModelException(place + ": a segment needs at least one output");
            }
            for (String output : segment.outputs()) {
                requireTensor(output, place + ".outputs");
                Integer other = producers.put(output, i);
                if (other != null || inputs.contains(output)) {
                    throw new InvalidModelException(place + ": tensor '" + output + "' is already "
                            + (other == null ? "an input of the model" : "made by segments[" + other + "]"));
                }
            }
            for (String input : segment.dependsOn()) {
                requireInput(input, place + ".depends_on");
            }
        }
        order(producers);
        for (TensorSpec output : manifest.outputs()) {
            if (!producers.containsKey(output.name()) && !inputs.contains(output.name())) {
                throw new InvalidModelException("outputs: no segment makes '" + output.name() + "'");
            }
        }
    }

    private void order(Map<String, Integer> producers) {
        for (int i = 0; i < manifest.segments().size(); i++) {
            for (String input : manifest.segments().get(i).inputs()) {
                requireTensor(input, "segments[" + i + "].inputs");
                Integer producer = producers.get(input);
                if (producer == null && !inputs.contains(input)) {
                    throw new InvalidModelException(
                            "segments[" + i + "] reads '" + input + "', which no segment makes");
                }
                if (producer != null && producer >= i) {
                    throw new InvalidModelException("segments[" + i + "] reads '" + input + "', which only segments["
                            + producer + "] makes: the segments form a cycle or are in no order in which they can run");
                }
            }
        }
    }

    private void modules() {
        Set<String> paths = new HashSet<>();
        for (Module module : manifest.modules()) {
            String place = "module '" + module.path() + "'";
            if (!paths.add(module.path())) {
                throw new InvalidModelException("modules: " + place + " is listed twice");
            }
            // Its inputs may lie inside of a segment: only cut tensors can be looked up here.
            for (String output : module.outputs()) {
                requireTensor(output, place);
            }
            for (int segment : module.segments()) {
                if (segment < 0 || segment >= manifest.segments().size()) {
                    throw new InvalidModelException(place + " refers to segment " + segment + "; there are "
                            + manifest.segments().size());
                }
            }
        }
    }

    private void roles() {
        InputRoles roles = manifest.roles();
        if (roles.latents() != null) {
            requireInput(roles.latents(), "roles.latents");
        }
        if (roles.timestep() != null) {
            requireInput(roles.timestep(), "roles.timestep");
        }
        if (!(roles.timestepScale() > 0 && Double.isFinite(roles.timestepScale()))) {
            throw new InvalidModelException("roles.timestep_scale must be above 0, was " + roles.timestepScale());
        }
    }

    private void chain() {
        BlockChain chain = manifest.chain();
        if (chain == null) {
            return;
        }
        requireTensor(chain.hiddenStates(), "chain.hidden_states");
        requireOptional(chain.encoderHiddenStates(), "chain.encoder_hidden_states");
        requireOptional(chain.modulatedInput(), "chain.modulated_input");
        for (BlockChain.Block block : chain.blocks()) {
            requireTensor(block.hiddenStates(), "chain block '" + block.path() + "'");
            requireOptional(block.encoderHiddenStates(), "chain block '" + block.path() + "'");
            block.added().forEach(tensor -> requireTensor(tensor, "chain block '" + block.path() + "'"));
        }
    }

    private void unet() {
        if (manifest.unet() == null) {
            return;
        }
        for (UNet.Skip skip : manifest.unet().skips()) {
            requireTensor(skip.entering(), "unet.skips, block " + skip.block() + ", layer " + skip.layer());
        }
    }

    private void requireOptional(@Nullable String tensor, String place) {
        if (tensor != null) {
            requireTensor(tensor, place);
        }
    }

    private void requireTensor(String tensor, String place) {
        if (!known.contains(tensor)) {
            throw new InvalidModelException(
                    place + ": there is no tensor '" + tensor + "' in tensors, inputs or outputs");
        }
    }

    private void requireInput(String input, String place) {
        if (!inputs.contains(input)) {
            throw new InvalidModelException(place + ": the model has no input '" + input + "'");
        }
    }
}
