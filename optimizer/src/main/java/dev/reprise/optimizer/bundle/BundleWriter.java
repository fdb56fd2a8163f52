package dev.reprise.optimizer.bundle;

import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.ManifestFile;
import dev.reprise.graph.bundle.Quantization;
import dev.reprise.graph.bundle.WeightCheck;
import dev.reprise.graph.bundle.WeightFiles;
import dev.reprise.graph.files.StagedFolder;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.optimizer.api.BundleWriteException;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.optimizer.api.QuantizeOptions;
import dev.reprise.optimizer.quantize.Quantizer;
import dev.reprise.optimizer.rewrite.Rewriter;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes a bundle, whole or not at all.
 *
 * <pre>
 * bundle/manifest.json
 * bundle/segments/000_pos_embed.onnx …
 * bundle/rewritten/003_blocks.0.onnx …   second, faster models of some segments
 * bundle/weights.bin                     only when the weights are packed
 * bundle/quantized/003_blocks.0.onnx …   models in int8 of some segments, and their weights
 * </pre>
 */
public final class BundleWriter {
    private final OnnxModel model;
    private final CutOptions options;

    public BundleWriter(OnnxModel model, CutOptions options) {
        this.model = model;
        this.options = options;
    }

    public Path write(Manifest manifest, SegmentModels models, Path bundle) {
        return write(manifest, models, bundle, null);
    }

    /** As {@link #write}, with further models of segments in int8. The weights must be packed. */
    public Path writeQuantized(
            Manifest manifest, SegmentModels models, Path bundle, Rewriter rewriter, QuantizeOptions quantize) {
        return write(
                manifest,
                models,
                bundle,
                (folder, written) -> new Quantizer(folder, manifest, written, rewriter).quantize(quantize));
    }

    /** Makes more of the models and weights that were just written. */
    private interface Quantizing {
        Quantization quantize(Path folder, Map<String, ModelProto> written) throws IOException;
    }

    private Path write(Manifest manifest, SegmentModels models, Path bundle, @Nullable Quantizing quantizing) {
        try (StagedFolder staged = StagedFolder.create(bundle)) {
            Path folder = staged.path();
            Files.createDirectory(folder.resolve(ManifestBuilder.FOLDER));
            if (!models.rewritten().isEmpty()) {
                Files.createDirectory(folder.resolve(SegmentModels.REWRITTEN));
            }
            Manifest finished = options.packWeights()
                    ? packed(manifest, models, folder, quantizing)
                    : referring(manifest, models, folder, bundle);
            ManifestFile.write(finished, folder);
            staged.publish(ManifestFile.NAME);
            return bundle;
        } catch (FileAlreadyExistsException e) {
            throw new BundleWriteException("output " + bundle + ": " + e.getReason(), e);
        } catch (IOException e) {
            throw new BundleWriteException("cannot write bundle " + bundle + ": " + reason(e), e);
        }
    }

    private Manifest packed(Manifest manifest, SegmentModels models, Path folder, @Nullable Quantizing quantizing)
            throws IOException {
        Map<String, ModelProto> written = new LinkedHashMap<>();
        try (WeightPacker packer = new WeightPacker(model, folder, options.weightsAs())) {
            for (Map.Entry<String, ModelProto> model : models.byFile().entrySet()) {
                ModelProto packed = packer.pack(model.getValue());
                write(folder, model.getKey(), packed);
                written.put(model.getKey(), packed);
            }
        }
        Quantization quantization = quantizing == null ? null : quantizing.quantize(folder, written);
        List<String> files = new ArrayList<>(List.of(WeightPacker.file(options.weightsAs())));
        if (quantization != null) {
            quantization.segments().forEach(segment -> files.add(segment.weights()));
        }
        return manifest.withWeights(new WeightFiles(".", WeightCheck.fingerprint(folder, files)))
                .withQuantization(quantization);
    }

    private Manifest referring(Manifest manifest, SegmentModels models, Path folder, Path bundle) throws IOException {
        // Before the work, because it may not be possible.
        String directory = relative(bundle, model.directory());
        for (Map.Entry<String, ModelProto> model : models.byFile().entrySet()) {
            write(folder, model.getKey(), model.getValue());
        }
        return manifest.withWeights(
                new WeightFiles(directory, WeightCheck.fingerprint(model.directory(), model.weightFiles())));
    }

    private static void write(Path folder, String file, ModelProto segment) throws IOException {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(folder.resolve(file)))) {
            segment.writeTo(out);
        }
    }

    /** From the bundle to the folder of the weights; never absolute, because a bundle must not name a place of one machine. */
    private static String relative(Path bundle, Path directory) throws IOException {
        Path weights = directory.toRealPath();
        Path from = real(bundle.toAbsolutePath().normalize());
        if (!Objects.equals(from.getRoot(), weights.getRoot())) {
            throw new BundleWriteException("the bundle " + bundle + " and the weights in " + weights
                    + " are on different drives, so that no relative path leads from one to the other; pack the"
                    + " weights into the bundle");
        }
        String path = from.relativize(weights).toString().replace('\\', '/');
        return path.isEmpty() ? "." : path;
    }

    /** The real path that a folder has or will have. */
    private static Path real(Path folder) throws IOException {
        if (Files.exists(folder)) {
            return folder.toRealPath();
        }
        Path parent = Objects.requireNonNull(folder.getParent(), "the root folder exists");
        return real(parent).resolve(folder.getFileName());
    }

    private static String reason(IOException e) {
        return e.getClass().getSimpleName() + (e.getMessage() == null ? "" : ": " + e.getMessage());
    }
}
