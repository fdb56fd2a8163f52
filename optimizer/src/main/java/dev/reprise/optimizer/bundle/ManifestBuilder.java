package dev.reprise.optimizer.bundle;

import com.google.common.math.LongMath;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.Graph;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.ModulePath;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.bundle.InputRoles;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.MendedNode;
import dev.reprise.graph.bundle.Module;
import dev.reprise.graph.bundle.Provenance;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.graph.bundle.WeightFiles;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.graph.onnx.OperatorSetIdProto;
import dev.reprise.optimizer.cut.Segmenter;
import dev.reprise.optimizer.locate.LocatedModule;
import dev.reprise.optimizer.locate.Location;
import dev.reprise.optimizer.operators.Dependence;
import dev.reprise.optimizer.operators.Operators;
import dev.reprise.optimizer.paths.ModulePaths;
import dev.reprise.optimizer.shapes.MultiplyAdds;
import dev.reprise.optimizer.shapes.ShapePropagation;
import dev.reprise.optimizer.shapes.TensorTypes;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Puts into the manifest what was located and cut. */
public final class ManifestBuilder {
    /** With the version of the jar; classes in a folder have none. */
    private static final String TOOL = "reprise "
            + Objects.requireNonNullElse(ManifestBuilder.class.getPackage().getImplementationVersion(), "development");
    /** Where the segment models lie in a bundle. */
    static final String FOLDER = "segments/";

    private final OnnxModel model;
    private final Graph graph;
    private final ModulePaths paths;
    private final TensorTypes types;
    private final ShapePropagation typical;
    private final Dependence dependence;
    private final MultiplyAdds multiplyAdds;

    public ManifestBuilder(
            OnnxModel model, ModulePaths paths, TensorTypes types, ShapePropagation typical, Dependence dependence) {
        this.model = model;
        this.graph = model.graph();
        this.paths = paths;
        this.types = types;
        this.typical = typical;
        this.dependence = dependence;
        this.multiplyAdds = new MultiplyAdds(this.typical);
    }

    /** @param mended nodes of the file that were mended before it was cut */
    public Manifest build(InputRoles roles, Location location, List<Segmenter.Part> parts, List<MendedNode> mended) {
        List<LocatedModule> modules = location.inExecutionOrder();
        Map<Value, ModulePath> makers = makers(modules);
        Map<Node, Integer> segmentOf = new HashMap<>();
        Set<Value> crossing = new LinkedHashSet<>();
        List<Segment> segments = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            Segmenter.Part part = parts.get(i);
            for (Node node : part.nodes()) {
                segmentOf.put(node, i);
            }
            crossing.addAll(part.inputs());
            crossing.addAll(part.outputs());
            segments.add(segment(i, part, makers));
        }
        crossing.removeAll(graph.inputs());
        return new Manifest(
                Manifest.VERSION,
                provenance(),
                new WeightFiles("..", List.of()),
                specs(graph.inputs()),
                specs(graph.outputs()),
                roles,
                specs(crossing),
                segments,
                modules.stream().map(module -> module(module, segmentOf)).toList(),
                location.chain(),
                location.unet(),
                defaults(),
                List.of(),
                null,
                mended,
                null);
    }

    private @Nullable Segment defaults() {
        List<Value> inputs = graph.inputs().stream()
                .filter(input -> input.defaultValue() != null)
                .toList();
        return inputs.isEmpty()
                ? null
                : new Segment(FOLDER + "defaults.onnx", List.of(), names(inputs), List.of(), 0, WeightBytes.of(inputs));
    }

    private Segment segment(int index, Segmenter.Part part, Map<Value, ModulePath> makers) {
        BitSet dependsOn = new BitSet();
        long products = 0;
        for (Node node : part.nodes()) {
            dependsOn.or(dependence.of(node));
            products = LongMath.saturatedAdd(products, multiplyAdds.of(node));
        }
        return new Segment(
                FOLDER + String.format(Locale.ROOT, "%03d_%s.onnx", index, label(part, makers)),
                names(part.inputs()),
                names(part.outputs()),
                dependsOn.stream()
                        .mapToObj(input -> graph.inputs().get(input).name())
                        .toList(),
                products,
                WeightBytes.readBy(part.nodes()));
    }

    /** The innermost module that each output belongs to; of equally deep ones the first. */
    private static Map<Value, ModulePath> makers(List<LocatedModule> modules) {
        Map<Value, ModulePath> makers = new HashMap<>();
        for (LocatedModule module : modules) {
            for (Value output : module.outputs()) {
                makers.merge(output, module.path(), ManifestBuilder::longer);
            }
        }
        return makers;
    }

    private static ModulePath longer(ModulePath a, ModulePath b) {
        return b.dotted().length() > a.dotted().length() ? b : a;
    }

    /** The module whose output it makes, failing that the module that all its nodes share. */
    private String label(Segmenter.Part part, Map<Value, ModulePath> makers) {
        ModulePath label = null;
        for (Value output : part.outputs()) {
            ModulePath maker = makers.get(output);
            if (maker != null) {
                label = label == null ? maker : longer(label, maker);
            }
        }
        if (label == null) {
            label = ModulePath.common(part.nodes().stream()
                    .map(paths::of)
                    .filter(Objects::nonNull)
                    .toList());
        }
        String safe = label == null || label.isRoot() ? "model" : label.dotted().replaceAll("[^\\w.]", "_");
        return safe.length() > 80 ? safe.substring(0, 80) : safe;
    }

    private Module module(LocatedModule module, Map<Node, Integer> segmentOf) {
        Set<Integer> segments = new TreeSet<>();
        long products = 0;
        Set<Node> core = Set.copyOf(module.core());
        for (Node node : module.nodes()) {
            products = LongMath.saturatedAdd(products, multiplyAdds.of(node));
            Integer segment = segmentOf.get(node);
            if (segment != null && (Operators.isProduct(node) || core.contains(node))) {
                segments.add(segment);
            }
        }
        return new Module(
                module.path().dotted(),
                module.kind(),
                paths.className(module.path()),
                names(module.inputs()),
                names(module.outputs()),
                List.copyOf(segments),
                products,
                WeightBytes.readBy(module.nodes()));
    }

    private Provenance provenance() {
        Map<String, Long> opsets = new TreeMap<>();
        for (OperatorSetIdProto opset : model.proto().getOpsetImportList()) {
            opsets.put(Node.domain(opset.getDomain()), opset.getVersion());
        }
        return new Provenance(
                TOOL,
                model.fileName(),
                model.hash(),
                (model.proto().getProducerName() + " " + model.proto().getProducerVersion()).strip(),
                model.proto().getIrVersion(),
                opsets,
                paths.exporter().name().toLowerCase(Locale.ROOT),
                paths.prefix().dotted(),
                null);
    }

    private List<TensorSpec> specs(Collection<Value> values) {
        return values.stream().map(this::spec).toList();
    }

    private TensorSpec spec(Value value) {
        ElementType type = types.elementType(value);
        if (type == null) {
            throw new InvalidModelException(model.fileName() + ": '" + value.name()
                    + "' crosses between segments and is no tensor of a known type");
        }
        List<Long> shape = typical.shape(value);
        return new TensorSpec(
                value.name(), type, types.shape(value), types.dimensionNames(value), fits(type, shape) ? shape : null);
    }

    /** Whether a shape is known and some memory could hold it. */
    private static boolean fits(ElementType type, @Nullable List<Long> shape) {
        try {
            return shape != null && type.bytes(shape) >= 0;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static List<String> names(Collection<Value> values) {
        return values.stream().map(Value::name).toList();
    }
}
