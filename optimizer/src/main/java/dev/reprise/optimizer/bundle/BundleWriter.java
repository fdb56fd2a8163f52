package dev.reprise.optimizer.bundle;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.ManifestFile;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.graph.bundle.WeightCheck;
import dev.reprise.graph.bundle.WeightFiles;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.optimizer.api.BundleWriteException;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.optimizer.cut.SegmentWriter;
import dev.reprise.optimizer.cut.Segmenter;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a bundle into a temporary folder beside its destination and renames it, so that there is a whole bundle or none.
 *
 * <pre>
 * bundle/manifest.json
 * bundle/segments/000_pos_embed.onnx …
 * bundle/weights.bin                     only when the weights are packed
 * </pre>
 */
public final class BundleWriter {
    private static final Logger LOGGER = LoggerFactory.getLogger(BundleWriter.class);

    private final OnnxModel model;
    private final CutOptions options;

    public BundleWriter(OnnxModel model, CutOptions options) {
        this.model = model;
        this.options = options;
    }

    public Path write(Manifest manifest, List<Segmenter.Part> parts, SegmentWriter writer, Path bundle) {
        Path target = bundle.toAbsolutePath().normalize();
        requireEmpty(target, bundle);
        Path parent = target.getParent();
        if (parent == null) {
            throw new BundleWriteException(bundle + " is no folder that a bundle can be written to");
        }
        Path temporary = null;
        try {
            Files.createDirectories(parent);
            // Not createTempDirectory: that would keep the bundle from everybody but its writer.
            temporary = Files.createDirectory(
                    parent.resolve("." + target.getFileName() + "." + Long.toHexString(System.nanoTime())));
            Files.createDirectory(temporary.resolve("segments"));
            WeightPacker packer = options.packWeights() ? new WeightPacker(model, temporary) : null;
            for (int i = 0; i < parts.size(); i++) {
                Segment segment = manifest.segments().get(i);
                ModelProto proto = writer.write(segment.file(), parts.get(i));
                Files.write(
                        temporary.resolve(segment.file()), (packer == null ? proto : packer.pack(proto)).toByteArray());
            }
            WeightFiles weights;
            if (packer == null) {
                WeightFiles files = WeightCheck.fingerprint(model.directory(), model.weightFiles());
                weights = new WeightFiles(relative(parent, target, model.directory()), files.files());
            } else {
                packer.close();
                weights = new WeightFiles(
                        ".", WeightCheck.fingerprint(temporary, packer.files()).files());
            }
            ManifestFile.write(withWeights(manifest, weights), temporary);
            Files.deleteIfExists(target);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            return bundle;
        } catch (IOException e) {
            throw new BundleWriteException("cannot write bundle " + bundle + ": " + reason(e), e);
        } finally {
            discard(temporary);
        }
    }

    private static void requireEmpty(Path target, Path shown) {
        if (!Files.exists(target)) {
            return;
        }
        if (!Files.isDirectory(target)) {
            throw new BundleWriteException("output " + shown + " exists and is no folder");
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(target)) {
            if (entries.iterator().hasNext()) {
                throw new BundleWriteException("output folder " + shown + " is not empty; name a new one");
            }
        } catch (IOException e) {
            throw new BundleWriteException("cannot read output folder " + shown + ": " + reason(e), e);
        }
    }

    private static String relative(Path parent, Path bundle, Path directory) throws IOException {
        Path from = parent.toRealPath().resolve(bundle.getFileName());
        String path = from.relativize(directory.toRealPath()).toString().replace('\\', '/');
        return path.isEmpty() ? "." : path;
    }

    private static Manifest withWeights(Manifest manifest, WeightFiles weights) {
        return new Manifest(
                manifest.version(),
                manifest.provenance(),
                weights,
                manifest.inputs(),
                manifest.outputs(),
                manifest.roles(),
                manifest.tensors(),
                manifest.segments(),
                manifest.modules(),
                manifest.chain());
    }

    private static String reason(IOException e) {
        return e.getClass().getSimpleName() + (e.getMessage() == null ? "" : ": " + e.getMessage());
    }

    private static void discard(@Nullable Path temporary) {
        if (temporary != null && Files.exists(temporary)) {
            try {
                MoreFiles.deleteRecursively(temporary, RecursiveDeleteOption.ALLOW_INSECURE);
            } catch (IOException e) {
                // What failed before is the error to report; a hidden folder stays for the user to delete.
                LOGGER.warn("cannot delete {}: {}", temporary, e.toString());
            }
        }
    }
}
