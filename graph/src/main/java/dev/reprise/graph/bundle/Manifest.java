package dev.reprise.graph.bundle;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.google.common.math.LongMath;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Everything the runtime and the policies know about a cut model. Tensors are named by their ONNX value names, modules by
 * their dotted module paths.
 *
 * @param version format of this manifest, {@link #VERSION} when written by this build
 * @param provenance where the model came from
 * @param weights the files that hold the weights
 * @param inputs inputs of the original model, in order
 * @param outputs outputs of the original model, in order
 * @param roles which inputs are the latents and the timestep
 * @param tensors every tensor that crosses a segment border: cut tensors and shared values
 * @param segments the per-block models, in an order in which they may run
 * @param modules located modules in execution order, blocks before the modules inside them
 * @param chain the chain of transformer blocks with its residual stream, null where none was found
 * @param unet the skip connections, null where the model is no UNet
 * @param defaults a model without inputs that computes the default values of inputs; its outputs have the names of those inputs. Null where every input must be fed
 * @param rewritten second, faster models of segments, in the order of the segments
 * @param quantization models of segments in int8, null where nobody asked for any
 * @param mended defects of the exporter that were mended, in the order of the nodes
 * @param measured what rewrites gained where the bundle was made, null where nobody asked to measure
 */
public record Manifest(
        int version,
        Provenance provenance,
        WeightFiles weights,
        List<TensorSpec> inputs,
        List<TensorSpec> outputs,
        InputRoles roles,
        List<TensorSpec> tensors,
        List<Segment> segments,
        List<Module> modules,
        @Nullable BlockChain chain,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable UNet unet,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Segment defaults,

        @JsonInclude(JsonInclude.Include.NON_EMPTY) @JsonSetter(nulls = Nulls.AS_EMPTY)
        List<RewrittenSegment> rewritten,

        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Quantization quantization,

        @JsonInclude(JsonInclude.Include.NON_EMPTY) @JsonSetter(nulls = Nulls.AS_EMPTY)
        List<MendedNode> mended,

        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable RewriteMeasurements measured) {

    public static final int VERSION = 2;

    public Manifest {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        tensors = List.copyOf(tensors);
        segments = List.copyOf(segments);
        modules = List.copyOf(modules);
        rewritten = List.copyOf(rewritten);
        mended = List.copyOf(mended);
    }

    /** The same model with its weights in other files. */
    public Manifest withWeights(WeightFiles files) {
        return with(files, modules, rewritten, quantization, measured);
    }

    /** The same model with other modules located in it. */
    public Manifest withModules(List<Module> located) {
        return with(weights, located, rewritten, quantization, measured);
    }

    /** The same model with second models of segments. */
    public Manifest withRewritten(List<RewrittenSegment> faster) {
        return with(weights, modules, faster, quantization, measured);
    }

    /** The same model with models of segments in int8. */
    public Manifest withQuantization(@Nullable Quantization quantized) {
        return with(weights, modules, rewritten, quantized, measured);
    }

    /** The same model, with what rewrites gained where it was measured. */
    public Manifest withMeasured(@Nullable RewriteMeasurements gains) {
        return with(weights, modules, rewritten, quantization, gains);
    }

    private Manifest with(
            WeightFiles files,
            List<Module> located,
            List<RewrittenSegment> faster,
            @Nullable Quantization quantized,
            @Nullable RewriteMeasurements gains) {
        return new Manifest(
                version,
                provenance,
                files,
                inputs,
                outputs,
                roles,
                tensors,
                segments,
                located,
                chain,
                unet,
                defaults,
                faster,
                quantized,
                mended,
                gains);
    }

    /** Whether an input need not be fed, because the model has a default value for it. */
    public boolean hasDefault(TensorSpec input) {
        return defaults != null && defaults.outputs().contains(input.name());
    }

    /** The located module at this path. */
    public Optional<Module> module(String path) {
        return modules.stream().filter(module -> module.path().equals(path)).findFirst();
    }

    /** The second model of a segment. */
    public Optional<RewrittenSegment> rewritten(Segment segment) {
        return rewritten.stream()
                .filter(faster -> faster.segment().equals(segment.file()))
                .findFirst();
    }

    /** The model of a segment in int8. */
    public Optional<QuantizedSegment> quantized(Segment segment) {
        return quantization == null
                ? Optional.empty()
                : quantization.segments().stream()
                        .filter(quantized -> quantized.segment().equals(segment.file()))
                        .findFirst();
    }

    /** How often each rewrite fired in the whole model, by its name. */
    public SortedMap<String, Integer> rewrites() {
        SortedMap<String, Integer> sum = new TreeMap<>();
        rewritten.forEach(
                segment -> segment.rewrites().forEach((rewrite, count) -> sum.merge(rewrite, count, Integer::sum)));
        return sum;
    }

    /** Modules of one kind, in execution order. */
    public List<Module> modules(ModuleKind kind) {
        return modules.stream().filter(module -> module.kind() == kind).toList();
    }

    /** Multiply-adds of one step that computes everything, for the shapes the bundle was cut with. */
    public long multiplyAdds() {
        return segments.stream().mapToLong(Segment::multiplyAdds).reduce(0, LongMath::saturatedAdd);
    }
}
