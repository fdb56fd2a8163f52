package dev.reprise.ort;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.ort.api.ModelRunException;
import dev.reprise.ort.capi.BoundSession;
import dev.reprise.ort.capi.NativeLayer;
import dev.reprise.ort.element.ElementTypes;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An open model. May be run by several threads at once; closed by whoever opened it, after them. */
public final class ModelSession implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(ModelSession.class);

    private final OrtSession session;
    private final Map<String, OnnxTensor> fed;
    private final String name;
    private final @Nullable NativeLayer binding;
    private @Nullable BoundSession bound;
    private @Nullable Borders boundTo;
    private boolean closed;

    private record Borders(List<String> inputs, List<String> outputs) {}

    /**
     * @param fed weights that every run is fed
     * @param name for messages: the model file, or what the model does
     * @param binding for results to stay on a device, null where they cannot, or where the session runs on the CPU
     */
    ModelSession(OrtSession session, Map<String, OnnxTensor> fed, String name, @Nullable NativeLayer binding) {
        this.session = session;
        this.fed = fed;
        this.name = name;
        this.binding = binding;
    }

    public String name() {
        return name;
    }

    /**
     * Runs the model.
     *
     * @param outputs names of the wanted outputs, in the order of the results
     * @return the results; they are the caller's to close
     * @throws ModelRunException when ONNX Runtime fails or a result is no tensor
     */
    @SuppressWarnings("MustBeClosedChecker")
    public List<OnnxTensor> run(Map<String, ? extends OnnxTensor> inputs, Set<String> outputs) {
        try {
            return tensors(session.run(withWeights(inputs), outputs));
        } catch (OrtException e) {
            throw new ModelRunException(name + " failed: " + e.getMessage(), e);
        } finally {
            // A run knows native handles only: tensors that a caller drops unclosed would lose their memory under it.
            Reference.reachabilityFence(inputs);
        }
    }

    private Map<String, ? extends OnnxTensor> withWeights(Map<String, ? extends OnnxTensor> inputs) {
        if (fed.isEmpty()) {
            return inputs;
        }
        Map<String, OnnxTensor> all = new HashMap<>(inputs);
        all.putAll(fed);
        return all;
    }

    /**
     * Runs for one generation.
     *
     * @param inputs names of all inputs, in the order in which they will be given
     * @param outputs names of outputs, in the order in which they will be asked for
     */
    public SessionRun newRun(List<String> inputs, List<String> outputs, Transfers transfers) {
        if (binding != null) {
            try {
                return new DeviceRun(name, bound(inputs, outputs), List.copyOf(fed.values()), transfers);
            } catch (OrtException e) {
                LOGGER.warn("results of {} come to the CPU's memory: {}", name, e.getMessage());
            }
        }
        return new PlainRun(this, inputs, outputs, transfers);
    }

    synchronized BoundSession bound(List<String> inputs, List<String> outputs) throws OrtException {
        if (bound == null || !new Borders(inputs, outputs).equals(boundTo)) {
            if (binding == null) {
                throw new IllegalStateException("the tensors of " + name + " cannot stay on a device");
            }
            List<String> all = new ArrayList<>(inputs);
            all.addAll(fed.keySet());
            bound = new BoundSession(binding, session, all, outputs);
            boundTo = new Borders(List.copyOf(inputs), List.copyOf(outputs));
        }
        return bound;
    }

    private List<OnnxTensor> tensors(OrtSession.Result result) {
        List<OnnxTensor> tensors = new ArrayList<>(result.size());
        for (Map.Entry<String, OnnxValue> output : result) {
            if (!(output.getValue() instanceof OnnxTensor tensor)) {
                ModelRunException error = new ModelRunException(name + ": output '" + output.getKey()
                        + "' is no tensor: " + output.getValue().getInfo());
                result.close();
                throw error;
            }
            tensors.add(tensor);
        }
        return tensors;
    }

    /**
     * The inputs, in the model's order.
     *
     * @throws InvalidModelException when one is no tensor, or of an element type without a name in Java
     */
    public List<TensorSpec> inputs() {
        try {
            return specs(session.getInputInfo().values());
        } catch (OrtException e) {
            throw new InvalidModelException("the inputs of " + name + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** The outputs; as {@link #inputs}. */
    public List<TensorSpec> outputs() {
        try {
            return specs(session.getOutputInfo().values());
        } catch (OrtException e) {
            throw new InvalidModelException("the outputs of " + name + " cannot be read: " + e.getMessage(), e);
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

    public synchronized boolean isClosed() {
        return closed;
    }

    /** A second call does nothing. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException("session " + name + " could not be closed: " + e.getMessage(), e);
        }
    }
}
