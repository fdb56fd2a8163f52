package dev.reprise.optimizer.locate;

import dev.reprise.graph.ModulePath;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.graph.bundle.UNet;
import dev.reprise.optimizer.operators.Operators;
import dev.reprise.optimizer.paths.ModulePaths;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds a UNet: its skip connections by structure, see {@link SkipConnections}; the blocks and layers around them by the names that
 * diffusers gives them.
 *
 * <pre>
 *   down_blocks.0 { resnets.0, attentions.0, …, downsamplers.0 }   mid_block { … }   up_blocks.0 { …, upsamplers.0 }
 * </pre>
 */
final class UNetLocator implements Locator {
    private static final String BLOCK = "(?:mid_block|(?:down|up)_blocks\\.\\d+)";
    private static final Pattern MODULE = Pattern.compile(BLOCK + "(?<layer>\\.[a-z_]+\\.\\d+)?");
    private static final Pattern LAYER = Pattern.compile(BLOCK + "\\.[a-z_]+\\.\\d+(?=\\.|$)");

    @Override
    public Location locate(AnalyzedGraph graph, Location soFar) {
        List<List<SkipConnections.Join>> blocks = new SkipConnections(graph).blocks();
        if (blocks.isEmpty()) {
            return soFar;
        }
        List<LocatedModule> modules = modules(graph, soFar);
        List<UNet.Skip> skips = new ArrayList<>();
        for (int block = 0; block < blocks.size(); block++) {
            for (int layer = 0; layer < blocks.get(block).size(); layer++) {
                SkipConnections.Join join = blocks.get(block).get(layer);
                skips.add(new UNet.Skip(
                        block,
                        layer,
                        maker(graph, modules, join.skip()),
                        reader(graph.paths(), join.concat()),
                        join.entering().name()));
            }
        }
        return soFar.withModules(modules).withUNet(new UNet(skips));
    }

    /** The blocks and their layers, but for layers that are attention themselves. */
    private static List<LocatedModule> modules(AnalyzedGraph graph, Location soFar) {
        Set<ModulePath> taken = new HashSet<>(soFar.paths());
        List<LocatedModule> modules = new ArrayList<>();
        for (ModulePath path : graph.paths().all()) {
            ModuleKind kind = kind(path);
            if (kind != null && taken.add(path)) {
                LocatedModule module = graph.boundary().of(path, kind, core(graph, path));
                if (!module.outputs().isEmpty()) {
                    modules.add(module);
                }
            }
        }
        return modules;
    }

    private static @Nullable ModuleKind kind(ModulePath path) {
        Matcher name = MODULE.matcher(path.dotted());
        if (!name.matches()) {
            return null;
        }
        return name.group("layer") == null ? ModuleKind.UNET_BLOCK : ModuleKind.UNET_LAYER;
    }

    /** The layers that work on the latents; all that works on them where none has weights, as in average pooling. */
    private static List<Node> core(AnalyzedGraph graph, ModulePath path) {
        List<Node> data = graph.paths().nodesIn(path).stream()
                .filter(node -> graph.dependence().isData(node)
                        && node.writes().stream()
                                .anyMatch(output -> graph.dependence().dependsOn(output, graph.latents())))
                .toList();
        List<Node> layers = data.stream().filter(Operators::isWeighted).toList();
        return layers.isEmpty() ? data : layers;
    }

    /** The innermost module that a value is an output of, or the one that its node lies in. */
    private static String maker(AnalyzedGraph graph, List<LocatedModule> modules, Value value) {
        return modules.stream()
                .filter(module -> module.outputs().contains(value))
                .map(module -> module.path().dotted())
                .max(Comparator.comparingInt(String::length))
                .orElseGet(() -> path(graph.paths(), value.producer()));
    }

    /** The layer that reads a join. */
    private static String reader(ModulePaths paths, Node join) {
        return join.writes().get(0).consumers().stream()
                .map(paths::of)
                .filter(Objects::nonNull)
                .map(path -> LAYER.matcher(path.dotted()))
                .filter(Matcher::lookingAt)
                .map(Matcher::group)
                .findFirst()
                .orElseGet(() -> path(paths, join));
    }

    private static String path(ModulePaths paths, @Nullable Node node) {
        ModulePath path = node == null ? null : paths.of(node);
        return path == null ? "" : path.dotted();
    }
}
