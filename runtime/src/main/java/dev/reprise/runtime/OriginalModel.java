package dev.reprise.runtime;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.ort.CountedTensor;
import dev.reprise.ort.ElementTypes;
import dev.reprise.ort.LiveTensors;
import dev.reprise.ort.ModelRunException;
import dev.reprise.ort.OrtRuntime;
import dev.reprise.ort.SessionSettings;
import dev.reprise.runtime.api.DenoisingModel;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.step.InputCheck;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The model as it was exported, in one session with the same settings as the segments of a cut one: what those are compared with. */
public final class OriginalModel implements DenoisingModel {
    private final OrtSession session;
    private final String file;
    private final List<TensorSpec> inputs;
    private final List<TensorSpec> outputs;
    private final InputCheck inputCheck;
    private final LiveTensors live = new LiveTensors();

    private OriginalModel(OrtSession session, String file) throws OrtException {
        this.session = session;
        this.file = file;
        inputs = specs(session.getInputInfo().values());
        outputs = specs(session.getOutputInfo().values());
        inputCheck = new InputCheck(inputs, Map.of());
    }

    /**
     * Opens an ONNX file.
     *
     * @throws InvalidModelException when ONNX Runtime cannot
     */
    public static OriginalModel open(Path model, SessionSettings settings) {
        OrtSession session = new OrtRuntime(settings.threads()).open(model, null, settings);
        try {
            return new OriginalModel(session, String.valueOf(model.getFileName()));
        } catch (OrtException | RuntimeException e) {
            close(session);
            throw e instanceof RuntimeException unchecked
                    ? unchecked
                    : new InvalidModelException("the inputs of " + model + " cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public List<TensorSpec> inputs() {
        return inputs;
    }

    @Override
    public List<TensorSpec> outputs() {
        return outputs;
    }

    @Override
    public Outputs run(Step step, Map<String, ? extends OnnxTensor> tensors) {
        CountedTensor[] checked = inputCheck.check(tensors);
        Map<String, OnnxTensor> feeds = new HashMap<>();
        for (int i = 0; i < checked.length; i++) {
            feeds.put(inputs.get(i).name(), checked[i].tensor());
        }
        try {
            // Not closed: the outputs are the caller's.
            OrtSession.Result result = session.run(feeds);
            Map<String, CountedTensor> made = new LinkedHashMap<>();
            for (int i = 0; i < result.size(); i++) {
                TensorSpec spec = outputs.get(i);
                made.put(spec.name(), CountedTensor.owned((OnnxTensor) result.get(i), spec.elementType(), live, 0));
            }
            return new Outputs(made);
        } catch (OrtException e) {
            throw new ModelRunException(file + " failed: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        close(session);
    }

    private static void close(OrtSession session) {
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException("a session could not be closed", e);
        }
    }

    private static List<TensorSpec> specs(Collection<NodeInfo> nodes) {
        List<TensorSpec> specs = new ArrayList<>();
        for (NodeInfo node : nodes) {
            if (!(node.getInfo() instanceof TensorInfo info)) {
                throw new InvalidModelException("'" + node.getName() + "' is no tensor: " + node.getInfo());
            }
            ElementType type = ElementTypes.of(info);
            if (type == null) {
                throw new InvalidModelException("'" + node.getName() + "' has element type " + info.onnxType
                        + ", which ONNX Runtime's Java API cannot handle");
            }
            // No dimensions: a scalar or an unknown rank, ONNX Runtime does not tell which.
            @Nullable
            List<Long> shape = info.getShape().length == 0
                    ? null
                    : Arrays.stream(info.getShape()).boxed().toList();
            specs.add(new TensorSpec(node.getName(), type, shape, List.of(info.getDimensionNames()), null));
        }
        return List.copyOf(specs);
    }
}
