package dev.reprise.optimizer;

import dev.reprise.graph.Graph;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.bundle.InputRoles;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.graph.onnx.TensorShapeProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.optimizer.api.UnsupportedModelException;
import dev.reprise.optimizer.api.Warning;
import dev.reprise.optimizer.bundle.ManifestBuilder;
import dev.reprise.optimizer.cut.SegmentWriter;
import dev.reprise.optimizer.cut.Segmenter;
import dev.reprise.optimizer.inline.FunctionInliner;
import dev.reprise.optimizer.locate.AttentionLocator;
import dev.reprise.optimizer.locate.BlockLocator;
import dev.reprise.optimizer.locate.BlockLocator.BlockList;
import dev.reprise.optimizer.locate.ChainLocator;
import dev.reprise.optimizer.locate.FeedForwardLocator;
import dev.reprise.optimizer.locate.InputRoleFinder;
import dev.reprise.optimizer.locate.LocatedModule;
import dev.reprise.optimizer.locate.ModuleBorder;
import dev.reprise.optimizer.locate.NamedModules;
import dev.reprise.optimizer.operators.Dependence;
import dev.reprise.optimizer.paths.ModulePaths;
import dev.reprise.optimizer.shapes.ShapePropagation;
import dev.reprise.optimizer.shapes.TensorTypes;
import dev.reprise.optimizer.shapes.TypicalDimensions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Cuts an exported model into per-block models.
 *
 * <pre>
 * model.onnx ──read──▶ graph ──locate──▶ modules ──cut──▶ segments ──write──▶ bundle/
 * </pre>
 */
public final class Optimizer {
    private static final double LOW_COVERAGE = 0.5;
    private static final int KNOWN_IR_VERSION = 13;
    private static final int KNOWN_OPSET = 26;

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
     * @throws UnsupportedModelException when identifiers that the user gave match nothing
     */
    public static CutModel cut(Path file, CutOptions options) {
        return new Optimizer(FunctionInliner.inline(OnnxModel.read(file)), options).cut();
    }

    private CutModel cut() {
        Graph graph = model.graph();
        checkVersions();
        TensorTypes types = TensorTypes.infer(model, Map.of());
        TensorTypes typical = typical(types);
        ShapePropagation shapes = new ShapePropagation(graph, typical);
        Dependence dependence = new Dependence(graph);
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
        InputRoles roles = new InputRoleFinder(graph, types).find();
        Value latents = roles.latents() == null ? null : graph.value(roles.latents());

        ModuleBorder border = new ModuleBorder(paths, dependence);
        List<LocatedModule> attention = new AttentionLocator(graph, paths, border, warnings).locate();
        List<LocatedModule> modules = new ArrayList<>(attention);
        modules.addAll(new FeedForwardLocator(paths, border).locate(attention));
        BlockLocator blockLocator = new BlockLocator(border, options, warnings);
        List<BlockList> lists = blockLocator.locate(modules);
        List<LocatedModule> chainBlocks = new ArrayList<>();
        List<BlockList> chainLists = blockLocator.chain(lists);
        chainLists.forEach(list -> chainBlocks.addAll(list.blocks()));
        chainBlocks.sort((a, b) -> Integer.compare(a.position(), b.position()));
        ChainLocator.Located chain =
                new ChainLocator(dependence, shapes, latents, warnings).locate(chainBlocks, attention);
        modules.addAll(blocks(lists, chain));
        modules.addAll(new NamedModules(paths, border, dependence).locate(modules, options.modules()));

        Set<Value> cuts = cutTensors(modules, chain);
        List<Segmenter.Part> parts = new Segmenter(graph, dependence, types, cuts, latents).segments();
        long copies = Segmenter.copies(parts);
        if (copies > 0) {
            warnings.add(new Warning(
                    Warning.Code.CLONED,
                    copies + " constants and shape computations were copied into every segment that reads them"));
        }
        modules.sort((a, b) -> a.position() != b.position()
                ? Integer.compare(a.position(), b.position())
                : Integer.compare(a.path().length(), b.path().length()));
        return new CutModel(
                model,
                options,
                new ManifestBuilder(model, paths, types, shapes, dependence).build(roles, modules, chain, parts),
                new SegmentWriter(model, types),
                parts,
                lists.stream()
                        .filter(list -> chainLists.contains(list)
                                || (!list.name().contains(".") && blockLocator.isIdentified(list.name())))
                        .map(list -> new CutModel.BlockList(
                                list.name(), list.blocks().size()))
                        .toList(),
                paths.coverage(),
                warnings);
    }

    private void checkVersions() {
        long opset = model.proto().getOpsetImportList().stream()
                .filter(entry -> entry.getDomain().isEmpty())
                .mapToLong(entry -> entry.getVersion())
                .max()
                .orElse(0);
        if (model.proto().getIrVersion() > KNOWN_IR_VERSION || opset > KNOWN_OPSET) {
            warnings.add(new Warning(
                    Warning.Code.VERSION,
                    "IR version " + model.proto().getIrVersion() + " and opset " + opset + " are newer than IR "
                            + KNOWN_IR_VERSION + " and opset " + KNOWN_OPSET + ", which ONNX Runtime 1.29 accepts"));
        }
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
                throw new UnsupportedModelException(
                        "the model has no dynamic dimension '" + name + "'; it has " + values.keySet());
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

    /** Blocks of all lists, those of the chain with their streams in order. */
    private static List<LocatedModule> blocks(List<BlockList> lists, ChainLocator.@Nullable Located chain) {
        Map<String, LocatedModule> blocks = new LinkedHashMap<>();
        lists.forEach(list -> list.blocks().forEach(block -> blocks.put(block.path(), block)));
        if (chain != null) {
            chain.blocks().forEach(block -> blocks.put(block.path(), block));
        }
        return List.copyOf(blocks.values());
    }

    private Set<Value> cutTensors(List<LocatedModule> modules, ChainLocator.@Nullable Located chain) {
        Set<Value> cuts = new LinkedHashSet<>();
        modules.forEach(module -> cuts.addAll(module.outputs()));
        if (chain != null) {
            addIfMade(cuts, chain.chain().hiddenStates());
            addIfMade(cuts, chain.chain().encoderHiddenStates());
            addIfMade(cuts, chain.chain().modulatedInput());
            addIfMade(cuts, chain.chain().last().hiddenStates());
            chain.chain().blocks().forEach(block -> block.added().forEach(tensor -> addIfMade(cuts, tensor)));
        }
        return cuts;
    }

    private void addIfMade(Set<Value> cuts, @Nullable String name) {
        Value value = name == null ? null : model.graph().value(name);
        Node producer = value == null ? null : value.producer();
        if (value != null && producer != null) {
            cuts.add(value);
        }
    }
}
