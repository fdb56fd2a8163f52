package dev.reprise.optimizer.quantize;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Quantization;
import dev.reprise.graph.bundle.QuantizedSegment;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.optimizer.api.QuantizeOptions;
import dev.reprise.optimizer.quantize.QuantizationSearch.Candidate;
import dev.reprise.optimizer.quantize.QuantizationSearch.Choice;
import dev.reprise.optimizer.quantize.QuantizationSearch.Measured;
import dev.reprise.optimizer.rewrite.Rewriter;
import dev.reprise.ort.Closing;
import dev.reprise.ort.ModelSession;
import dev.reprise.ort.OrtRuntime;
import dev.reprise.ort.Weights;
import dev.reprise.ort.api.SessionConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a model in int8 for each segment where the outputs allow it.
 *
 * <pre>
 * bundle/quantized/003_blocks.0.onnx   with layers of int8
 * bundle/quantized/003_blocks.0.bin    their weights
 * </pre>
 */
public final class Quantizer {
    /** Where the quantized models lie in a bundle. */
    public static final String FOLDER = "quantized/";

    private static final Logger LOG = LoggerFactory.getLogger(Quantizer.class);

    private final Path folder;
    private final Manifest manifest;
    private final Map<String, ModelProto> models;
    private final Rewriter rewriter;

    /**
     * For a bundle that is being written.
     *
     * @param folder it; all of its weights are in it
     * @param models every model in it by its file
     */
    public Quantizer(Path folder, Manifest manifest, Map<String, ModelProto> models, Rewriter rewriter) {
        this.folder = folder;
        this.manifest = manifest;
        this.models = Map.copyOf(models);
        this.rewriter = rewriter;
    }

    private record Quantized(int segment, String file, String weights, Rewriter.Quantized result) {}

    /** Quantizes, measures, and keeps the files of the segments that were chosen. */
    public Quantization quantize(QuantizeOptions options) throws IOException {
        Files.createDirectory(folder.resolve(FOLDER));
        List<Quantized> all = new ArrayList<>();
        for (int s = 0; s < manifest.segments().size(); s++) {
            Segment segment = manifest.segments().get(s);
            String base = FOLDER + baseName(segment.file());
            Rewriter.Quantized result;
            try (Int8File file = new Int8File(folder, base + ".bin")) {
                result = rewriter.quantize(fastest(segment), file);
            }
            if (result.products() == 0) {
                Files.delete(folder.resolve(base + ".bin"));
            } else {
                all.add(new Quantized(s, base + ".onnx", base + ".bin", result));
            }
        }
        Choice choice = choose(options, all);
        return written(options, all, choice);
    }

    private ModelProto fastest(Segment segment) {
        String file =
                manifest.rewritten(segment).map(rewritten -> rewritten.file()).orElse(segment.file());
        return model(file);
    }

    private ModelProto model(String file) {
        ModelProto model = models.get(file);
        if (model == null) {
            throw new IllegalStateException("no model was written to " + file);
        }
        return model;
    }

    private static String baseName(String file) {
        return file.substring(file.lastIndexOf('/') + 1).replaceFirst("\\.onnx$", "");
    }

    private Choice choose(QuantizeOptions options, List<Quantized> all) {
        OrtRuntime runtime = new OrtRuntime(0);
        try (OpenSessions open = new OpenSessions(runtime, runtime.weights(folder, null))) {
            List<ModelSession> plain = new ArrayList<>();
            for (Segment segment : manifest.segments()) {
                plain.add(open.open(segment.file(), fastest(segment)));
            }
            Map<String, OnnxTensor> defaults = defaults(open);
            Set<Integer> chosen = few(options.steps().size());
            List<SegmentRuns> few = new ArrayList<>();
            List<SegmentRuns> steps = new ArrayList<>();
            for (int i = 0; i < options.steps().size(); i++) {
                SegmentRuns step = open.own(new SegmentRuns(
                        manifest, plain, defaults, options.steps().get(i)));
                steps.add(step);
                if (chosen.contains(i)) {
                    few.add(step);
                } else {
                    step.forgetBetween();
                }
            }
            QuantizationSearch search = new QuantizationSearch(few, steps, options.maxError());
            List<Measured> measured = new ArrayList<>();
            for (Quantized quantized : all) {
                ModelSession session =
                        open.open(quantized.file(), quantized.result().model());
                Measured one = search.measure(new Candidate(
                        quantized.segment(), session, quantized.result().multiplyAdds()));
                LOG.debug("{} alone makes an error of {}", quantized.file(), one.error());
                measured.add(one);
            }
            return search.choose(measured);
        }
    }

    /** The first step, the last, and one between. */
    private static Set<Integer> few(int steps) {
        return new LinkedHashSet<>(List.of(0, (steps - 1) / 2, steps - 1));
    }

    private Map<String, OnnxTensor> defaults(OpenSessions open) {
        Segment segment = manifest.defaults();
        Map<String, OnnxTensor> defaults = new HashMap<>();
        if (segment != null) {
            defaults.putAll(SegmentRuns.run(open.open(segment.file(), model(segment.file())), segment, Map.of()));
            defaults.values().forEach(open::own);
        }
        return defaults;
    }

    private Quantization written(QuantizeOptions options, List<Quantized> all, Choice choice) throws IOException {
        Map<Integer, Measured> chosen = new HashMap<>();
        choice.chosen().forEach(measured -> chosen.put(measured.candidate().segment(), measured));
        List<QuantizedSegment> segments = new ArrayList<>();
        for (Quantized quantized : all) {
            Measured measured = chosen.get(quantized.segment());
            if (measured == null) {
                Files.delete(folder.resolve(quantized.weights()));
                continue;
            }
            Files.write(
                    folder.resolve(quantized.file()), quantized.result().model().toByteArray());
            segments.add(new QuantizedSegment(
                    manifest.segments().get(quantized.segment()).file(),
                    quantized.file(),
                    quantized.weights(),
                    quantized.result().products(),
                    quantized.result().multiplyAdds(),
                    measured.error()));
        }
        if (segments.isEmpty()) {
            Files.delete(folder.resolve(FOLDER));
        }
        return new Quantization(
                options.maxError(),
                choice.error(),
                options.inputs(),
                options.steps().size(),
                all.size(),
                segments);
    }

    /** Sessions and tensors of one search, closed in turn. */
    private static final class OpenSessions implements AutoCloseable {
        private final OrtRuntime runtime;
        private final Weights weights;
        private final List<AutoCloseable> owned = new ArrayList<>();

        OpenSessions(OrtRuntime runtime, Weights weights) {
            this.runtime = runtime;
            this.weights = weights;
            owned.add(weights);
        }

        ModelSession open(String name, ModelProto model) {
            return own(runtime.open(name, model, weights, SessionConfig.cpu()));
        }

        <T extends AutoCloseable> T own(T one) {
            owned.add(one);
            return one;
        }

        @Override
        public void close() {
            Closing closing = new Closing();
            for (int i = owned.size() - 1; i >= 0; i--) {
                closing.add(owned.get(i));
            }
            closing.finish();
        }
    }
}
