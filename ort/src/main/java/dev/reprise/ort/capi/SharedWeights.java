package dev.reprise.ort.capi;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.ort.capi.ExternalWeights.Weight;
import dev.reprise.ort.element.WeightContent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The weights of a folder, in memory once for all sessions that are opened here: mapped once, and rearranged for the instructions of
 * this CPU ("packed") once.
 *
 * <p>Without it each session packs a copy of its own: two sessions that read the same weight take twice its size. Opening is not
 * faster: ONNX Runtime packs a weight and then sees that it has the same bytes already.
 *
 * <p>For sessions that run on the CPU. What {@link ExternalWeights} leaves out, small weights, and those that others than {@link
 * WeightReaders#LEAVING_WEIGHTS_ALONE} read, belong to each session as always.
 * Sessions may be opened by several threads. Close it after them.
 */
public final class SharedWeights implements AutoCloseable {
    private final OrtApi api;
    private final OrtEnvironment environment;
    private final ExternalWeights files;
    private final Map<WeightContent, Mapped> weights = new HashMap<>();
    private final long packed;
    private boolean closed;

    private record Mapped(OnnxTensor tensor, MappedPages pages) {}

    /**
     * @param folder that the locations of external weights are relative to
     * @throws InvalidModelException when there is no such folder
     */
    public SharedWeights(NativeLayer layer, OrtEnvironment environment, Path folder) throws OrtException {
        this.api = layer.required();
        this.environment = environment;
        this.files = new ExternalWeights(folder);
        this.packed = api.make(Slot.CreatePrepackedWeightsContainer);
    }

    /**
     * Opens a model.
     *
     * @param options of the session; the shared weights are added to them
     * @throws IOException when the weights cannot be read
     */
    public OrtSession open(ModelProto model, OrtSession.SessionOptions options) throws OrtException, IOException {
        byte[] bytes = model.toByteArray();
        PageRelease release = share(model, options);
        try {
            return session(api.make(
                    Slot.CreateSessionFromArrayWithPrepackedWeightsContainer,
                    api.handles().environment(),
                    bytes,
                    (long) bytes.length,
                    api.handles().of(options),
                    packed));
        } finally {
            release.end();
            FreeMemory.release();
        }
    }

    private PageRelease share(ModelProto model, OrtSession.SessionOptions options) throws OrtException, IOException {
        List<MappedPages> pages = new ArrayList<>();
        Set<String> sharable = WeightReaders.readAlone(model.getGraph(), WeightReaders.LEAVING_WEIGHTS_ALONE);
        for (Weight weight : files.of(model.getGraph())) {
            if (!sharable.contains(weight.name())) {
                continue;
            }
            Mapped mapped = map(weight);
            options.addInitializer(weight.name(), mapped.tensor());
            pages.add(mapped.pages());
        }
        return PageRelease.begin(pages);
    }

    private synchronized Mapped map(Weight weight) throws OrtException, IOException {
        if (closed) {
            throw new IllegalStateException("the shared weights are closed");
        }
        Mapped known = weights.get(weight.content());
        if (known != null) {
            return known;
        }
        ByteBuffer bytes = files.map(weight.content().range());
        OnnxTensor tensor =
                OnnxTensor.createTensor(environment, bytes, weight.content().dimensions(), weight.type());
        Mapped mapped = new Mapped(tensor, new MappedPages(bytes));
        weights.put(weight.content(), mapped);
        return mapped;
    }

    private OrtSession session(long handle) throws OrtException {
        try {
            return api.handles().session(handle);
        } catch (OrtException | RuntimeException e) {
            api.release(Slot.ReleaseSession, handle);
            throw e;
        }
    }

    /** How many weights sessions share. */
    public synchronized int size() {
        return weights.size();
    }

    /** Bytes of the weights that sessions share, as they lie in their files. */
    public synchronized long bytes() {
        return weights.keySet().stream().mapToLong(WeightContent::bytes).sum();
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            api.release(Slot.ReleasePrepackedWeightsContainer, packed);
            weights.values().forEach(mapped -> mapped.tensor().close());
            weights.clear();
        }
    }
}
