package dev.reprise.graph.bundle;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.reprise.graph.HeapTooSmallException;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.model.Folder;
import dev.reprise.graph.onnx.ModelProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A bundle whose manifest, weights and segment models were checked. A bundle may come from anywhere: nothing in it makes the process
 * read a file that the manifest does not list as weights.
 */
public final class Bundle {
    private final Path path;
    private final Manifest manifest;
    private final CheckedWeights weights;
    private final Folder folder;
    private final SegmentCheck check;

    private Bundle(Path path, Manifest manifest, CheckedWeights weights) {
        this.path = path;
        this.manifest = manifest;
        this.weights = weights;
        this.folder = Folder.of(path);
        this.check = new SegmentCheck(manifest);
    }

    /**
     * Opens a bundle and checks all of it.
     *
     * @throws InvalidModelException in one line: which file, where, what was expected and found
     */
    public static Bundle open(Path path) {
        Manifest manifest = ManifestFile.read(path);
        Bundle bundle = new Bundle(path, manifest, WeightCheck.check(path, manifest.weights()));
        manifest.segments().forEach(bundle::segment);
        manifest.segments().stream()
                .filter(segment -> manifest.rewritten(segment).isPresent())
                .forEach(bundle::rewritten);
        manifest.segments().stream()
                .filter(segment -> manifest.quantized(segment).isPresent())
                .forEach(bundle::quantized);
        if (manifest.defaults() != null) {
            bundle.segment(manifest.defaults());
        }
        return bundle;
    }

    public Path path() {
        return path;
    }

    public Manifest manifest() {
        return manifest;
    }

    public CheckedWeights weights() {
        return weights;
    }

    /**
     * Reads the model of one segment, without its weights. It is checked on every call, because the file may have changed.
     *
     * @throws InvalidModelException when it is no model, or not the one that the manifest describes
     */
    public ModelProto segment(Segment segment) {
        return read(segment, segment.file());
    }

    /** As {@link #segment}: the model as it was rewritten for speed, where it was. */
    public ModelProto rewritten(Segment segment) {
        return read(
                segment, manifest.rewritten(segment).map(RewrittenSegment::file).orElse(segment.file()));
    }

    /** As {@link #rewritten}: the model in int8, where the segment has one. */
    public ModelProto quantized(Segment segment) {
        return manifest.quantized(segment)
                .map(quantized -> read(segment, quantized.file()))
                .orElseGet(() -> rewritten(segment));
    }

    private ModelProto read(Segment segment, String name) {
        Path file = path.resolve(name);
        try {
            ModelProto model = ModelProto.parseFrom(Files.readAllBytes(folder.file(name)));
            check.check(segment, model);
            return model;
        } catch (InvalidProtocolBufferException e) {
            throw new InvalidModelException(file + ": not an ONNX model: " + e.getMessage(), e);
        } catch (InvalidModelException e) {
            throw new InvalidModelException(file + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new InvalidModelException(file + ": cannot be read: " + e.getMessage(), e);
        } catch (OutOfMemoryError e) {
            throw new HeapTooSmallException(file + ": the segment needs more heap than Java has (-Xmx)", e);
        }
    }
}
