package dev.reprise.ort;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.graph.onnx.TensorShapeProto;
import dev.reprise.graph.onnx.TypeProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import dev.reprise.ort.capi.BoundSession;
import dev.reprise.ort.capi.ExternalWeights;
import dev.reprise.ort.capi.ExternalWeights.Weight;
import dev.reprise.ort.capi.NativeLayer;
import dev.reprise.ort.capi.WeightReaders;
import dev.reprise.ort.element.WeightContent;
import dev.reprise.ort.provider.ExecutionProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The weights of a folder, in the memory of a device once for all sessions that are opened here. Without it each session has a copy of
 * its own there: two partitions of a model take twice its size.
 *
 * <p>The large weights of matrix products become inputs of the session, to which the same tensor on the device is bound for good. As
 * inputs, because ONNX Runtime takes an initializer from memory unseen: in the wrong memory, for an operator that runs on the CPU, it
 * would end the process. All other weights are few or small, or are rearranged by ONNX Runtime, and belong to each session.
 */
final class DeviceWeights implements Weights {
    private static final Set<String> PRODUCTS = Set.of("MatMul", "Gemm");

    private final Path folder;
    private final ExternalWeights files;
    private final NativeLayer layer;
    private final OrtEnvironment environment;
    private final DeviceMemory device;
    private final Map<WeightContent, OnnxTensor> onDevice = new HashMap<>();
    private final Map<WeightContent, OnnxTensor> onHost = new HashMap<>();

    /** @throws InvalidModelException when there is no such folder */
    DeviceWeights(Path folder, NativeLayer layer, OrtEnvironment environment, DeviceMemory device) {
        this.environment = environment;
        this.folder = folder;
        this.files = new ExternalWeights(folder);
        this.layer = layer;
        this.device = device;
    }

    @Override
    public Opened open(OrtEnvironment environment, ModelProto model, SessionOptions options, ExecutionProvider provider)
            throws OrtException, IOException {
        WeightFolder.resolve(folder, options);
        Map<String, Weight> shared = new LinkedHashMap<>();
        Set<String> products = WeightReaders.readAlone(model.getGraph(), PRODUCTS);
        for (Weight weight : files.of(model.getGraph())) {
            if (products.contains(weight.name())) {
                shared.put(weight.name(), weight);
            }
        }
        OrtSession session =
                environment.createSession(feeding(model, shared.keySet()).toByteArray(), options);
        try {
            return new Opened(session, tensors(session, shared));
        } catch (OrtException | IOException | RuntimeException e) {
            session.close();
            throw e;
        }
    }

    /** The model with weights that are fed. */
    private static ModelProto feeding(ModelProto model, Set<String> names) {
        GraphProto graph = model.getGraph();
        GraphProto.Builder changed = graph.toBuilder().clearInitializer();
        Set<String> inputs = new HashSet<>();
        graph.getInputList().forEach(input -> inputs.add(input.getName()));
        for (TensorProto weight : graph.getInitializerList()) {
            if (!names.contains(weight.getName())) {
                changed.addInitializer(weight);
            } else if (!inputs.contains(weight.getName())) {
                changed.addInput(input(weight));
            }
        }
        return model.toBuilder().setGraph(changed).build();
    }

    private static ValueInfoProto input(TensorProto weight) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        weight.getDimsList()
                .forEach(dimension ->
                        shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(dimension)));
        return ValueInfoProto.newBuilder()
                .setName(weight.getName())
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(weight.getDataType())
                                .setShape(shape)))
                .build();
    }

    private Map<String, OnnxTensor> tensors(OrtSession session, Map<String, Weight> shared)
            throws OrtException, IOException {
        BoundSession bound = new BoundSession(layer, session, List.copyOf(shared.keySet()), List.of());
        Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
        for (Map.Entry<String, Weight> weight : shared.entrySet()) {
            boolean device = bound.wantsOnDevice(tensors.size());
            tensors.put(weight.getKey(), device ? onDevice(weight.getValue()) : onHost(weight.getValue()));
        }
        return tensors;
    }

    private synchronized OnnxTensor onDevice(Weight weight) throws OrtException, IOException {
        OnnxTensor known = onDevice.get(weight.content());
        if (known == null) {
            try (OnnxTensor mapped = map(weight)) {
                known = device.toDevice(mapped, weight.content().type());
                // The mapping goes now, and the copy was not waited for.
                device.await();
            }
            onDevice.put(weight.content(), known);
        }
        return known;
    }

    /** For an operator that runs on the CPU. */
    private synchronized OnnxTensor onHost(Weight weight) throws OrtException, IOException {
        OnnxTensor known = onHost.get(weight.content());
        if (known == null) {
            known = map(weight);
            onHost.put(weight.content(), known);
        }
        return known;
    }

    private OnnxTensor map(Weight weight) throws OrtException, IOException {
        return OnnxTensor.createTensor(
                environment,
                files.map(weight.content().range()),
                weight.content().dimensions(),
                weight.type());
    }

    @Override
    public synchronized void close() {
        onDevice.values().forEach(OnnxTensor::close);
        onDevice.clear();
        onHost.values().forEach(OnnxTensor::close);
        onHost.clear();
    }
}
