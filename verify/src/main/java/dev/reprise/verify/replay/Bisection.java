package dev.reprise.verify.replay;

import dev.reprise.graph.Captures;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.bundle.Bundle;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.graph.files.FreeFolder;
import dev.reprise.graph.files.StagedFolder;
import dev.reprise.graph.json.JsonFile;
import dev.reprise.graph.model.Folder;
import dev.reprise.graph.model.WeightRange;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import dev.reprise.graph.recording.Fingerprint;
import dev.reprise.graph.recording.SafetensorsWriter;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.graph.recording.ValueFingerprint;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.verify.api.FirstDrift;
import dev.reprise.verify.fingerprint.Fingerprints;
import dev.reprise.verify.run.InputSource;
import dev.reprise.verify.text.Units;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Writes the smallest part of a model that shows the first difference: of the segment with the first value that drifted, the nodes that
 * this value needs.
 *
 * <pre>
 * model.onnx, model.weights     runs by itself in ONNX Runtime
 * inputs.safetensors            what it was fed
 * actual.safetensors            what it computed
 * expected.json                 the recorded fingerprint of that value: a recording holds no inner values, but what tells them apart
 * README.md                     how to run it
 * </pre>
 */
public final class Bisection {
    private static final String MODEL = "model.onnx";
    private static final String WEIGHTS = "model.weights";
    private static final String INPUTS = "inputs.safetensors";
    private static final String ACTUAL = "actual.safetensors";
    private static final String EXPECTED = "expected.json";
    private static final String README = "README.md";
    private static final Set<String> FILES = Set.of(MODEL, WEIGHTS, INPUTS, ACTUAL, EXPECTED, README);

    private final Bundle bundle;
    private final CachedTransformer loaded;
    private final InputSource source;

    /**
     * Of a model.
     *
     * @param bundle what it was loaded from
     */
    public Bisection(Path bundle, CachedTransformer loaded, InputSource source) {
        this.bundle = Bundle.open(bundle);
        this.loaded = loaded;
        this.source = source;
    }

    /**
     * Checks that a part can be written, before long work and not after it: into a new or empty folder, or in place of an earlier part.
     *
     * @throws FileAlreadyExistsException when there is something else
     */
    public static void requirePlace(Path target) throws IOException {
        if (!isPart(target)) {
            FreeFolder.require(target);
        }
    }

    /** Whether a folder has what this class writes, and nothing else. */
    private static boolean isPart(Path folder) throws IOException {
        if (!Files.isRegularFile(folder.resolve(README)) || !Files.isRegularFile(folder.resolve(EXPECTED))) {
            return false;
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.allMatch(file -> FILES.contains(String.valueOf(file.getFileName())));
        }
    }

    /**
     * Writes the part into a folder that {@link #requirePlace} takes.
     *
     * @param recorded what the segments computed when the recording was made
     */
    public void write(FirstDrift drift, Fingerprint recorded, Path target) throws IOException {
        Segment segment = loaded.manifest().segments().get(drift.segment());
        ModelProto part = slice(bundle.segment(segment), drift.tensor());
        Set<String> inputs = new HashSet<>();
        part.getGraph().getInputList().forEach(input -> inputs.add(input.getName()));
        Map<String, StoredTensor> values = values(drift, inputs);
        try (StagedFolder folder = isPart(target) ? StagedFolder.replacing(target) : StagedFolder.create(target)) {
            Path path = folder.path();
            Map<String, StoredTensor> fed = new LinkedHashMap<>(values);
            fed.keySet().retainAll(inputs);
            write(path.resolve(INPUTS), fed);
            write(path.resolve(ACTUAL), Map.of(drift.tensor(), values.get(drift.tensor())));
            JsonFile.write(path.resolve(EXPECTED), Map.of(drift.tensor(), expected(drift, recorded)));
            Files.write(
                    path.resolve(MODEL),
                    withWeights(part, path.resolve(WEIGHTS)).toByteArray());
            Files.writeString(path.resolve(README), readMe(drift, part));
            folder.publish(README);
        }
    }

    private static ValueFingerprint expected(FirstDrift drift, Fingerprint recorded) {
        return recorded.steps().stream()
                .filter(step -> step.step() == drift.step())
                .map(step -> step.values().get(drift.tensor()))
                .findFirst()
                .orElseThrow(() -> new InvalidModelException("the recording has no value of " + drift.tensor()));
    }

    /** What the part reads and computes at the step with the difference. */
    private Map<String, StoredTensor> values(FirstDrift drift, Set<String> inputs) {
        Map<String, StoredTensor> values = new LinkedHashMap<>();
        source.inputs(drift.step()).forEach((name, tensor) -> {
            if (inputs.contains(name)) {
                values.put(name, tensor);
            }
        });
        List<String> computed = new ArrayList<>(inputs);
        computed.removeAll(values.keySet());
        Collections.sort(computed);
        computed.add(drift.tensor());
        values.putAll(Fingerprints.tensors(loaded, source, drift.step(), computed));
        for (String name : inputs) {
            if (!values.containsKey(name)) {
                throw new InvalidModelException("input '" + name + "' of the segment has no value that can be written");
            }
        }
        return values;
    }

    /** The nodes of a segment that a value needs. */
    static ModelProto slice(ModelProto segment, String tensor) {
        GraphProto graph = segment.getGraph();
        Set<String> needed = new HashSet<>(Set.of(tensor));
        Deque<NodeProto> nodes = new ArrayDeque<>();
        for (int i = graph.getNodeCount() - 1; i >= 0; i--) {
            NodeProto node = graph.getNode(i);
            if (node.getOutputList().stream().anyMatch(needed::contains)) {
                nodes.addFirst(node);
                needed.addAll(node.getInputList());
                needed.addAll(Captures.of(node));
                needed.remove("");
            }
        }
        GraphProto.Builder part = graph.toBuilder()
                .clearNode()
                .clearInput()
                .clearOutput()
                .clearInitializer()
                .clearValueInfo()
                .addAllNode(nodes);
        graph.getInputList().stream()
                .filter(input -> needed.contains(input.getName()))
                .forEach(part::addInput);
        graph.getInitializerList().stream()
                .filter(weight -> needed.contains(weight.getName()))
                .forEach(part::addInitializer);
        for (ValueInfoProto output : graph.getOutputList()) {
            if (output.getName().equals(tensor)) {
                part.addOutput(output);
            }
        }
        return segment.toBuilder().setGraph(part).build();
    }

    /** The model with its weights in a file beside it. */
    private ModelProto withWeights(ModelProto part, Path file) throws IOException {
        Folder weights = Folder.of(bundle.weights().folder());
        ModelProto.Builder model = part.toBuilder();
        long offset = 0;
        try (OutputStream out = Files.newOutputStream(file);
                WritableByteChannel target = Channels.newChannel(out)) {
            for (TensorProto.Builder weight : model.getGraphBuilder().getInitializerBuilderList()) {
                if (!WeightRange.isExternal(weight.build())) {
                    continue;
                }
                WeightRange range = WeightRange.of(weight.build());
                copy(weights.file(range.location()), range, target);
                new WeightRange(WEIGHTS, offset, range.length()).applyTo(weight);
                offset += range.length();
            }
        }
        return model.build();
    }

    private static void copy(Path file, WeightRange range, WritableByteChannel target) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            for (long done = 0; done < range.length(); ) {
                long count = channel.transferTo(range.offset() + done, range.length() - done, target);
                if (count <= 0) {
                    throw new InvalidModelException(file + ": the file became shorter while it was read");
                }
                done += count;
            }
        }
    }

    private static void write(Path file, Map<String, StoredTensor> tensors) throws IOException {
        try (SafetensorsWriter writer = SafetensorsWriter.create(file)) {
            for (Map.Entry<String, StoredTensor> tensor : tensors.entrySet()) {
                writer.add(tensor.getKey(), tensor.getValue());
            }
            writer.finish();
        }
    }

    private static String readMe(FirstDrift drift, ModelProto part) {
        return """
                # %s at step %d

                `%s` is the first value that is not as recorded: it is %s. `model.onnx` computes it with %s.

                ```
                python -c "import onnxruntime, safetensors.numpy as s; print(onnxruntime.InferenceSession('model.onnx').run(None, s.load_file('inputs.safetensors')))"
                ```

                `actual.safetensors` is what came out. `expected.json` is what the recording says of the value: shape, CRC-32C, norm, and
                16 sums of its elements with pseudo-random signs. Distances are relative to the norm.
                """.formatted(
                        drift.module(),
                        drift.step(),
                        drift.tensor(),
                        drift.off(),
                        Units.count(part.getGraph().getNodeCount(), "node"));
    }
}
