package dev.reprise.runtime;

import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.ManifestFile;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.graph.bundle.TensorSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lets the manifest of a tiny bundle say something else. */
public final class TinyManifest {
    private TinyManifest() {}

    /** Each segment reads so many bytes of weights. */
    static Path withWeightBytes(Path bundle, long bytes) throws IOException {
        Manifest found = ManifestFile.read(bundle);
        List<Segment> segments = found.segments().stream()
                .map(segment -> new Segment(
                        segment.file(),
                        segment.inputs(),
                        segment.outputs(),
                        segment.dependsOn(),
                        segment.multiplyAdds(),
                        bytes))
                .toList();
        return write(bundle, found, found.inputs(), found.tensors(), segments);
    }

    /** The inputs have so many samples; the shapes of other tensors are open, but for their typical ones. */
    public static Path withFixedBatch(Path bundle, long samples) throws IOException {
        Manifest found = ManifestFile.read(bundle);
        List<TensorSpec> inputs = found.inputs().stream()
                .map(input -> with(input, sized(input.shape(), samples), samples))
                .toList();
        List<TensorSpec> tensors = found.tensors().stream()
                .map(tensor -> with(tensor, tensor.shape(), samples))
                .toList();
        return write(bundle, found, inputs, tensors, found.segments());
    }

    private static TensorSpec with(TensorSpec tensor, @Nullable List<Long> shape, long samples) {
        return new TensorSpec(
                tensor.name(), tensor.elementType(), shape, tensor.dimensionNames(), sized(tensor.shape(), samples));
    }

    private static List<Long> sized(List<Long> shape, long samples) {
        return shape.stream()
                .map(dimension -> dimension < 0 ? samples : dimension)
                .toList();
    }

    private static Path write(
            Path bundle, Manifest found, List<TensorSpec> inputs, List<TensorSpec> tensors, List<Segment> segments)
            throws IOException {
        ManifestFile.write(
                new Manifest(
                        found.version(),
                        found.provenance(),
                        found.weights(),
                        inputs,
                        found.outputs(),
                        found.roles(),
                        tensors,
                        segments,
                        found.modules(),
                        found.chain(),
                        found.defaults()),
                bundle);
        return bundle;
    }
}
