package dev.reprise.ort;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import dev.reprise.cache.math.Fragment;
import dev.reprise.graph.ElementType;
import dev.reprise.ort.api.ModelRunException;
import dev.reprise.ort.api.SessionConfig;
import dev.reprise.ort.capi.BoundRun;
import dev.reprise.ort.capi.BoundSession;
import dev.reprise.ort.capi.NativeLayer;
import java.util.EnumMap;
import java.util.Map;

/**
 * The memory of the device that sessions run on, and copies into it and out of it. Made by sessions that copy their input, because that
 * works alike with every execution provider. Used by several threads.
 *
 * <p>Lives as long as the process: WebGPU frees a tensor through the session that made it, and a caller may hold a copy that was made
 * here for longer than the model that it came from.
 */
public final class DeviceMemory {
    private static final boolean[] ONE_OUTPUT = {true};

    private final OrtRuntime runtime;
    private final SessionConfig config;
    private final NativeLayer layer;
    private final Map<ElementType, Copier> copiers = new EnumMap<>(ElementType.class);

    private record Copier(ModelSession session, BoundSession bound) {}

    DeviceMemory(OrtRuntime runtime, SessionConfig config, NativeLayer layer) {
        this.runtime = runtime;
        this.config = config;
        this.layer = layer;
    }

    /** Whether Java cannot read a tensor, because it is in the memory of a device. */
    public boolean holds(OnnxTensor tensor) {
        try {
            return BoundSession.isOnDevice(layer, tensor);
        } catch (OrtException e) {
            throw new ModelRunException("where a tensor is cannot be found out: " + e.getMessage(), e);
        }
    }

    /** Whether runs of different sessions happen one after the other, so that only the last one need be waited for. */
    boolean runsAreOrdered() {
        return config.provider().ordersRuns();
    }

    /** A copy in the memory of the CPU, of a tensor in whichever memory. Waits for the device. */
    OnnxTensor toHost(OnnxTensor tensor, ElementType type) {
        return copy(tensor, type, true);
    }

    /** A copy where sessions compute. */
    OnnxTensor toDevice(OnnxTensor tensor, ElementType type) {
        return copy(tensor, type, false);
    }

    private OnnxTensor copy(OnnxTensor tensor, ElementType type, boolean toHost) {
        try (BoundRun run = copier(type).bound().newRun()) {
            run.bind(0, tensor);
            return run.run(ONE_OUTPUT, toHost, toHost || !runsAreOrdered()).get(0);
        } catch (OrtException e) {
            throw new ModelRunException(
                    "a tensor of type " + type + " could not be copied "
                            + (toHost ? "from" : "to") + " the memory of "
                            + config.provider().name() + ": "
                            + e.getMessage(),
                    e);
        }
    }

    private synchronized Copier copier(ElementType type) throws OrtException {
        Copier known = copiers.get(type);
        if (known == null) {
            Fragment copy = Fragment.copy(type);
            ModelSession session = runtime.open("fragment " + copy.name(), copy.model(), config);
            known = new Copier(session, session.bound(copy.inputs(), copy.outputs()));
            copiers.put(type, known);
        }
        return known;
    }

    /** Waits until all that was asked of the device is done. */
    void await() {
        try (OnnxTensor one = NativeTensors.floats(new float[1], 1)) {
            toHost(one, ElementType.FLOAT).close();
        }
    }
}
