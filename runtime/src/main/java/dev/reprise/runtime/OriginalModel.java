package dev.reprise.runtime;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.ort.Closing;
import dev.reprise.ort.CountedTensor;
import dev.reprise.ort.LiveTensors;
import dev.reprise.ort.ModelSession;
import dev.reprise.ort.OrtRuntime;
import dev.reprise.ort.Weights;
import dev.reprise.ort.WeightsInMemory;
import dev.reprise.ort.api.SessionConfig;
import dev.reprise.ort.provider.CpuProvider;
import dev.reprise.ort.provider.ProviderChoice;
import dev.reprise.ort.provider.ProviderUnavailableException;
import dev.reprise.runtime.api.DenoisingModel;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.step.InputCheck;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The model as it was exported, in one session with the same settings as the stages of a cut one: what those are compared with. */
public final class OriginalModel implements DenoisingModel {
    private static final Logger LOGGER = LoggerFactory.getLogger(OriginalModel.class);

    private final OrtRuntime runtime;
    private final SessionConfig config;
    private final ModelSession session;
    private final AutoCloseable weights;
    private final List<TensorSpec> inputs;
    private final List<TensorSpec> outputs;
    private final Set<String> outputNames = new LinkedHashSet<>();
    private final InputCheck inputCheck;
    private final LiveTensors live = new LiveTensors();

    private OriginalModel(OrtRuntime runtime, SessionConfig config, ModelSession session, AutoCloseable weights) {
        this.runtime = runtime;
        this.config = config;
        this.session = session;
        this.weights = weights;
        inputs = session.inputs();
        outputs = session.outputs();
        outputs.forEach(output -> outputNames.add(output.name()));
        inputCheck = new InputCheck(inputs, Map.of(), tensor -> false);
    }

    /**
     * Opens an ONNX file.
     *
     * @throws InvalidModelException when ONNX Runtime cannot
     * @throws ProviderUnavailableException when the execution provider cannot be used here
     */
    public static OriginalModel open(Path model, SessionSettings settings) {
        OrtRuntime runtime = new OrtRuntime(settings.session().threads());
        ProviderChoice choice = runtime.choose(settings.session());
        choice.warnings().forEach(warning -> LOGGER.warn("{}: {}", model, warning));
        SessionConfig config = settings.session().withProvider(choice.provider());
        return runtime.inTurn(config, () -> open(model, runtime, config, settings.weightsInMemory()));
    }

    /**
     * Opens an ONNX file as a program without this library runs it: ONNX Runtime's default options, but for the settings' provider
     * and threads. A speedup is the time of this one over another's.
     *
     * @throws InvalidModelException when ONNX Runtime cannot
     * @throws ProviderUnavailableException when the execution provider cannot be used here
     */
    public static OriginalModel openPlain(Path model, SessionSettings settings) {
        OrtRuntime runtime = new OrtRuntime(settings.session().threads());
        SessionConfig config = settings.session()
                .withProvider(runtime.choose(settings.session()).provider());
        return runtime.inTurn(config, () -> of(runtime, config, runtime.openPlain(model, config), () -> {}));
    }

    private static OriginalModel open(Path model, OrtRuntime runtime, SessionConfig config, boolean inMemory) {
        // A device has its own copy of the weights in any case.
        if (!inMemory || !(config.provider() instanceof CpuProvider)) {
            return of(runtime, config, runtime.open(model, config), () -> {});
        }
        OnnxModel read = OnnxModel.read(model);
        Weights weights = new WeightsInMemory(read.directory());
        try {
            return of(runtime, config, runtime.open(model.toString(), read.proto(), weights, config), weights);
        } catch (RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    private static OriginalModel of(
            OrtRuntime runtime, SessionConfig config, ModelSession session, AutoCloseable weights) {
        try {
            return new OriginalModel(runtime, config, session, weights);
        } catch (RuntimeException e) {
            session.close();
            throw e;
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
        Objects.requireNonNull(step, "the step must be given, was null");
        Objects.requireNonNull(tensors, "the inputs must be given, were null");
        if (session.isClosed()) {
            throw new IllegalStateException("this model is closed");
        }
        CountedTensor[] checked = inputCheck.check(tensors);
        Map<String, OnnxTensor> feeds = new HashMap<>();
        for (int i = 0; i < checked.length; i++) {
            feeds.put(inputs.get(i).name(), checked[i].tensor());
        }
        List<OnnxTensor> results = runtime.inTurn(config, () -> session.run(feeds, outputNames));
        Map<String, CountedTensor> made = new LinkedHashMap<>();
        for (int i = 0; i < results.size(); i++) {
            TensorSpec spec = outputs.get(i);
            made.put(spec.name(), CountedTensor.owned(results.get(i), spec.elementType(), false, live));
        }
        return new Outputs(made);
    }

    /** A second call does nothing. */
    @Override
    public void close() {
        runtime.inTurn(config, () -> {
            new Closing().add(session).add(weights).finish();
            return this;
        });
    }
}
