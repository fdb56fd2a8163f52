package dev.reprise.runtime;

import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.ManifestFile;
import dev.reprise.graph.bundle.Segment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Lets the manifest of a tiny bundle say something else. */
final class TinyManifest {
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
        return write(bundle, found, segments);
    }

    private static Path write(Path bundle, Manifest found, List<Segment> segments) throws IOException {
        ManifestFile.write(
                new Manifest(
                        found.version(),
                        found.provenance(),
                        found.weights(),
                        found.inputs(),
                        found.outputs(),
                        found.roles(),
                        found.tensors(),
                        segments,
                        found.modules(),
                        found.chain(),
                        null,
                        found.defaults(),
                        List.of(),
                        null,
                        List.of(),
                        null),
                bundle);
        return bundle;
    }
}
