package dev.reprise.optimizer.bundle;

import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.RewrittenSegment;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.optimizer.cut.SegmentWriter;
import dev.reprise.optimizer.cut.Segmenter;
import dev.reprise.optimizer.rewrite.Rewriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;

/**
 * The models that a bundle holds, by file: one for each segment, one for default values where there are any, and second ones of
 * segments that were rewritten. Weights are references.
 */
public final class SegmentModels {
    /** Where the rewritten models lie in a bundle. */
    static final String REWRITTEN = "rewritten/";

    private final Map<String, ModelProto> segments;
    private final Map<String, ModelProto> others;
    private final List<RewrittenSegment> rewritten;

    private SegmentModels(
            Map<String, ModelProto> segments, Map<String, ModelProto> others, List<RewrittenSegment> rewritten) {
        this.segments = segments;
        this.others = others;
        this.rewritten = List.copyOf(rewritten);
    }

    public static SegmentModels of(Manifest manifest, List<Segmenter.Part> parts, SegmentWriter writer) {
        Map<String, ModelProto> segments = new LinkedHashMap<>();
        for (int i = 0; i < parts.size(); i++) {
            String file = manifest.segments().get(i).file();
            segments.put(file, writer.write(file, parts.get(i)));
        }
        Segment defaults = manifest.defaults();
        return new SegmentModels(
                segments,
                defaults == null ? Map.of() : Map.of(defaults.file(), writer.writeDefaults(defaults.file())),
                List.of());
    }

    /** With a second model of each segment that can be rewritten. */
    public SegmentModels rewritten(Rewriter rewriter) {
        return rewritten(rewriter, (segment, rewrite) -> true);
    }

    /**
     * As {@link #rewritten(Rewriter)}, in the place of what was rewritten before.
     *
     * @param wanted whether a rewrite may fire in a segment: the segment's file, the rewrite's name
     */
    public SegmentModels rewritten(Rewriter rewriter, BiPredicate<String, String> wanted) {
        Map<String, ModelProto> more = new LinkedHashMap<>(others);
        rewritten.forEach(before -> more.remove(before.file()));
        List<RewrittenSegment> faster = new ArrayList<>();
        segments.forEach((file, model) -> {
            Rewriter.Result result = rewriter.rewrite(model, rewrite -> wanted.test(file, rewrite));
            if (!result.rewrites().isEmpty()) {
                String second = REWRITTEN + file.substring(file.lastIndexOf('/') + 1);
                more.put(second, result.model());
                faster.add(new RewrittenSegment(file, second, result.rewrites()));
            }
        });
        return new SegmentModels(segments, more, faster);
    }

    /** Which segments have a second model. */
    public List<RewrittenSegment> rewritten() {
        return rewritten;
    }

    /** Every model by its file. */
    public Map<String, ModelProto> byFile() {
        Map<String, ModelProto> all = new LinkedHashMap<>(segments);
        all.putAll(others);
        return all;
    }
}
