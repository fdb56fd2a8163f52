package dev.reprise.optimizer;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.Graph;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.NearestNames;
import dev.reprise.graph.Node;
import dev.reprise.graph.bundle.InputRoles;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.MendedNode;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.graph.onnx.OperatorSetIdProto;
import dev.reprise.graph.onnx.TensorShapeProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.optimizer.api.UnsupportedModelException;
import dev.reprise.optimizer.api.Warning;
import dev.reprise.optimizer.bundle.ManifestBuilder;
import dev.reprise.optimizer.bundle.SegmentModels;
import dev.reprise.optimizer.cut.SegmentWriter;
import dev.reprise.optimizer.cut.Segmenter;
import dev.reprise.optimizer.inline.FunctionInliner;
import dev.reprise.optimizer.locate.AnalyzedGraph;
import dev.reprise.optimizer.locate.InputRoleFinder;
import dev.reprise.optimizer.locate.Location;
import dev.reprise.optimizer.locate.ModuleLocation;
import dev.reprise.optimizer.mend.NoOpSqueezes;
import dev.reprise.optimizer.operators.Dependence;
import dev.reprise.optimizer.paths.ModulePaths;
import dev.reprise.optimizer.rewrite.Rewriter;
import dev.reprise.optimizer.shapes.ShapePropagation;
import dev.reprise.optimizer.shapes.TensorTypes;
import dev.reprise.optimizer.shapes.TypicalDimensions;
import dev.reprise.optimizer.unfuse.SkipNorms;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cuts an exported model into per-block models.
 *
 * <pre>
 * model.onnx ──read──▶ graph ──infer──▶ types ──locate──▶ modules ──cut──▶ segments ──rewrite──▶ faster ones ──write──▶ bundle/
 * </pre>
 */
public final class Optimizer {
    private static final Logger LOG = LoggerFactory.getLogger(Optimizer.class);
    private static final double LOW_COVERAGE = 0.5;
    /** The first opset whose Cast takes bfloat16. */
    private static final long CAST_FROM_BFLOAT16 = 13;

    private final OnnxModel model;
    private final CutOptions options;
    private final List<Warning> warnings = new ArrayList<>();

    private Optimizer(OnnxModel model, CutOptions options) {
        this.model = model;
        this.options = options;
    }

    /**
     * Reads, locates and cuts; writes nothing.
     *
     * @throws dev.reprise.graph.InvalidModelException when the file is no model that ONNX Runtime accepts
     * @throws UnsupportedModelException when identifiers that the user gave match nothing, or the model's opset is too old for the
     *     type that weights shall be stored in
     */
    public static CutModel cut(Path file, CutOptions options) {
        NoOpSqueezes.Mended read = timed("read", () -> {
            NoOpSqueezes.Mended mended = NoOpSqueezes.mend(FunctionInliner.inline(OnnxModel.read(file)));
            return new NoOpSqueezes.Mended(SkipNorms.split(mended.model()), mended.nodes());
        });
        requireCast(read.model(), options.weightsAs());
        Optimizer optimizer = new Optimizer(read.model(), options);
        optimizer.warnMended(read.nodes());
        return optimizer.cut(read.nodes());
    }

    /** A cast stands in front of each weight that is stored in another type: the model's opset must have it. */
    private static void requireCast(OnnxModel model, @Nullable ElementType weightsAs) {
        long opset = model.proto().getOpsetImportList().stream()
                .filter(imported -> Node.domain(imported.getDomain()).isEmpty())
                .mapToLong(OperatorSetIdProto::getVersion)
                .max()
                .orElse(1);
        if (weightsAs == ElementType.BFLOAT16 && opset < CAST_FROM_BFLOAT16) {
            throw new UnsupportedModelException(
                    model.fileName() + " has opset " + opset
                            + ", and weights stored as bfloat16 need opset " + CAST_FROM_BFLOAT16
                            + " or later, where Cast knows that type; store them as float16, or export the model with a later opset");
        }
    }

    private CutModel cut(List<String> mendedSqueezes) {
        model.warnings().forEach(warning -> warnings.add(new Warning(Warning.Code.VERSION, warning)));
        TensorTypes types = timed("infer", () -> TensorTypes.infer(model, Map.of()));
        AnalyzedGraph graph = timed("analyze", () -> analyze(types));
        Location location = timed("locate", () -> ModuleLocation.locate(graph));
        warnings.addAll(location.warnings());
        List<Segmenter.Part> parts = timed("cut", () -> segments(graph, types, location));
        Manifest located = timed(
                "describe",
                () -> new ManifestBuilder(model, graph.paths(), types, graph.shapes(), graph.dependence())
                        .build(
                                graph.roles(),
                                location,
                                parts,
                                mendedSqueezes.stream()
                                        .map(node -> new MendedNode(node, MendedNode.NO_OP_SQUEEZE))
                                        .toList()));
        Rewriter rewriter = Rewriter.of(model, types, graph.shapes());
        SegmentModels models = timed("rewrite", () -> {
            SegmentModels plain = SegmentModels.of(located, parts, new SegmentWriter(model, types));
            return options.rewrites() ? plain.rewritten(rewriter) : plain;
        });
        return new CutModel(
                model,
                options,
                located.withRewritten(models.rewritten()),
                models,
                rewriter,
                blockLists(location),
                graph.paths().coverage(),
                warnings);
    }

    private void warnMended(List<String> nodes) {
        if (!nodes.isEmpty()) {
            warnings.add(new Warning(
                    Warning.Code.MENDED,
                    "ONNX Runtime does not run this file: it squeezes a dimension that is not 1, which changes nothing in"
                            + " PyTorch. Left out: " + String.join(", ", nodes)));
        }
    }

    private static <T> T timed(String stage, Supplier<T> work) {
        long start = System.nanoTime();
        T result = work.get();
        LOG.debug("{} took {} ms", stage, (System.nanoTime() - start) / 1_000_000);
        return result;
    }

    private AnalyzedGraph analyze(TensorTypes types) {
        Graph graph = model.graph();
        ShapePropagation shapes = new ShapePropagation(graph, typical(types));
        ModulePaths paths = ModulePaths.read(graph);
        if (paths.coverage() < LOW_COVERAGE) {
            warnings.add(new Warning(
                    Warning.Code.LOW_COVERAGE,
                    String.format(
                            Locale.ROOT,
                            "only %.0f %% of the nodes carry a module path; the others were placed by what surrounds them. "
                                    + "Check the modules, or cut the exporter's own file, before other optimizers",
                            100 * paths.coverage())));
        }
        InputRoles roles = new InputRoleFinder(graph, types, options.timestep()).find();
        return new AnalyzedGraph(graph, paths, new Dependence(graph), shapes, roles, options);
    }

    private List<Segmenter.Part> segments(AnalyzedGraph graph, TensorTypes types, Location location) {
        List<Segmenter.Part> parts = new Segmenter(
                        graph.graph(), graph.dependence(), types, location.cutTensors(graph.graph()), graph.latents())
                .segments();
        long copies = Segmenter.copies(parts);
        if (copies > 0) {
            warnings.add(new Warning(
                    Warning.Code.CLONED,
                    copies + " constants and shape computations were copied into every segment that reads them"));
        }
        return parts;
    }

    /** The lists to show: those of the chain, and others at the top of the model that an identifier finds. */
    private static List<CutModel.BlockList> blockLists(Location location) {
        return location.lists().stream()
                .filter(list -> list.isInChain() || (list.path().isTopLevel() && list.isIdentified()))
                .map(list -> new CutModel.BlockList(
                        list.path().dotted(), list.blocks().size()))
                .toList();
    }

    /** Types with dynamic dimensions set to the values given, or to typical ones; the open types where those do not fit. */
    private TensorTypes typical(TensorTypes open) {
        Map<String, Long> values = new LinkedHashMap<>();
        for (ValueInfoProto input : model.proto().getGraph().getInputList()) {
            for (TensorShapeProto.Dimension dimension :
                    input.getType().getTensorType().getShape().getDimList()) {
                String name = dimension.getDimParam();
                if (!name.isEmpty()) {
                    values.put(name, options.dimensions().getOrDefault(name, TypicalDimensions.of(name)));
                }
            }
        }
        for (String name : options.dimensions().keySet()) {
            if (!values.containsKey(name)) {
                throw new UnsupportedModelException("the model has no dynamic dimension '" + name + "'; it has "
                        + values.keySet() + NearestNames.question(name, values.keySet()));
            }
        }
        if (values.isEmpty()) {
            return open;
        }
        try {
            return TensorTypes.infer(model, values);
        } catch (InvalidModelException e) {
            warnings.add(new Warning(
                    Warning.Code.UNKNOWN_TYPES,
                    "dynamic dimensions " + values
                            + " do not fit the model, so sizes and multiply-adds leave them out; give "
                            + "values that fit"));
            return open;
        }
    }
}
