package dev.reprise.cli.inspect;

import dev.reprise.cache.policy.DeepCache;
import dev.reprise.cli.model.MeasuredView;
import dev.reprise.cli.model.MendedView;
import dev.reprise.cli.model.QuantizationView;
import dev.reprise.cli.text.Page;
import dev.reprise.cli.text.Shapes;
import dev.reprise.cli.text.Table;
import dev.reprise.cli.text.Wrap;
import dev.reprise.graph.FoldedPaths;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Module;
import dev.reprise.graph.bundle.Provenance;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.graph.bundle.UNet;
import dev.reprise.optimizer.CutModel;
import dev.reprise.optimizer.api.Warning;
import dev.reprise.verify.text.Units;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** An inspection for people. */
final class InspectionText {
    private final Inspection inspection;
    private final Manifest manifest;
    private final boolean all;
    private final Page out;

    /**
     * A view.
     *
     * @param all whether every module is shown by itself
     */
    InspectionText(Inspection inspection, boolean all, Page out) {
        this.inspection = inspection;
        this.all = all;
        this.manifest = inspection.manifest();
        this.out = out;
    }

    void print() {
        facts();
        warnings();
        modules();
        skipConnections();
        plans();
    }

    void facts() {
        Provenance provenance = manifest.provenance();
        out.println(out.strong(inspection.source().toString()));
        Table facts = new Table("", "~");
        facts.row("exporter", exporter(provenance));
        facts.row(
                "size",
                Units.bytes(InspectionJson.weightBytes(manifest)) + " of weights, "
                        + Units.count(manifest.multiplyAdds()) + " multiply-adds per step, "
                        + manifest.segments().size() + " segments");
        if (manifest.quantization() != null) {
            facts.row("in int8", QuantizationView.text(manifest, manifest.quantization()));
        }
        if (manifest.measured() != null) {
            facts.row("rewrites", MeasuredView.text(manifest.measured()));
        }
        if (!manifest.mended().isEmpty()) {
            facts.row("mended", MendedView.text(manifest.mended()));
        }
        for (TensorSpec input : manifest.inputs()) {
            facts.row("input", input.name() + "  " + Shapes.of(input) + role(input));
        }
        for (TensorSpec output : manifest.outputs()) {
            facts.row("output", output.name() + "  " + Shapes.of(output));
        }
        StringBuilder blocks = new StringBuilder();
        for (CutModel.BlockList list : inspection.blockLists()) {
            blocks.append(blocks.isEmpty() ? "" : ", then ")
                    .append(list.list())
                    .append(" × ")
                    .append(list.length());
        }
        UNet unet = manifest.unet();
        if (unet != null) {
            facts.row("UNet", unet.blocks() + " up blocks, " + unet.skips().size() + " skip connections");
        }
        if (unet == null || !blocks.isEmpty()) {
            facts.row("blocks", blocks.isEmpty() ? "none found" : blocks.toString());
        }
        if (inspection.coverage().isPresent()) {
            facts.row(
                    "names", Units.percent(inspection.coverage().getAsDouble()) + " of the nodes carry a module path");
        }
        facts.printRows(out, "  ");
    }

    private static String exporter(Provenance provenance) {
        StringBuilder text = new StringBuilder(provenance.exporter());
        if (!provenance.producer().isEmpty()) {
            text.append(" (").append(provenance.producer()).append(')');
        }
        provenance.opsets().entrySet().stream()
                .sorted(java.util.Map.Entry.comparingByKey())
                .forEach(opset -> text.append(opset.getKey().isEmpty() ? ", opset " : ", " + opset.getKey() + " ")
                        .append(opset.getValue()));
        text.append(", IR ").append(provenance.irVersion());
        if (!provenance.prefix().isEmpty()) {
            text.append(", wrapper prefix '").append(provenance.prefix()).append("' stripped");
        }
        return text.toString();
    }

    private String role(TensorSpec input) {
        if (input.name().equals(manifest.roles().latents())) {
            return "  (latents)";
        }
        if (input.name().equals(manifest.roles().timestep())) {
            double scale = manifest.roles().timestepScale();
            return scale == 1 ? "  (timestep)" : String.format(Locale.ROOT, "  (timestep / %.0f)", scale);
        }
        return "";
    }

    void warnings() {
        if (inspection.warnings().isEmpty()) {
            return;
        }
        out.println();
        out.println(out.doubtful("Warnings"));
        for (Warning warning : inspection.warnings()) {
            Wrap.print(out, "  ", warning.toString());
        }
    }

    private void modules() {
        out.println();
        out.println(out.strong("Modules"));
        Table table =
                new Table("~MODULE", "KIND", "?AXIS", "?>COUNT", ">WEIGHTS", ">MULTIPLY-ADDS", "?>INPUTS", "~?OUTPUTS");
        List<FoldedPaths.Group<Module>> groups =
                FoldedPaths.groups(manifest.modules(), Module::path, all ? Module::path : this::kind);
        groups.forEach(group -> modules(group, table));
        if (table.isEmpty()) {
            out.println("  none found; policies on the whole model work all the same");
            return;
        }
        table.print(out, "  ");
        if (groups.size() < manifest.modules().size()) {
            Wrap.print(out, "  ", "Shares of several modules are sums; --all shows every module.");
        }
    }

    private void modules(FoldedPaths.Group<Module> group, Table table) {
        Module first = group.members().get(0);
        double weights =
                group.members().stream().mapToDouble(Module::weightBytes).sum();
        double multiplyAdds =
                group.members().stream().mapToDouble(Module::multiplyAdds).sum();
        table.row(
                group.path(),
                first.kind().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                ModuleAxis.of(first),
                Integer.toString(group.members().size()),
                Units.percent(weights / InspectionJson.weightBytes(manifest)),
                Units.percent(multiplyAdds / manifest.multiplyAdds()),
                Integer.toString(first.inputs().size()),
                outputs(first));
    }

    /** What modules have in common that are shown as one. */
    private List<Object> kind(Module module) {
        return List.of(module.kind(), ModuleAxis.of(module), module.inputs().size(), outputs(module));
    }

    /** From the output inwards, as DeepCache counts them. */
    private void skipConnections() {
        UNet unet = manifest.unet();
        if (unet == null) {
            return;
        }
        out.println();
        out.println("Skip connections");
        Table table = new Table(">BRANCH", "FROM", "INTO", ">SHALLOW");
        Demand demand = new Demand(manifest);
        for (UNet.Skip skip : unet.skips()) {
            long shallow = demand.multiplyAdds(Set.of(skip.entering()), List.of());
            table.row(
                    Integer.toString(DeepCache.branch(skip)),
                    skip.from(),
                    skip.into(),
                    Units.percent((double) shallow / manifest.multiplyAdds()));
        }
        table.print(out, "  ");
        Wrap.print(
                out,
                "  ",
                "Branch: cache_branch_id of deep_cache. Shallow: what it computes at every step, of all multiply-adds.");
    }

    /** Shapes rather than names, which are the exporter's numbers; the JSON output has the names. */
    private String outputs(Module module) {
        List<String> shapes = new ArrayList<>();
        for (String output : module.outputs()) {
            shapes.add(Shapes.shape(manifest.tensors().stream()
                    .filter(tensor -> tensor.name().equals(output))
                    .findFirst()
                    .or(() -> manifest.outputs().stream()
                            .filter(tensor -> tensor.name().equals(output))
                            .findFirst())));
        }
        return String.join(" ", shapes);
    }

    private void plans() {
        out.println();
        out.println(out.strong(
                "Policies, in a generation of " + Units.count(inspection.steps(), "step") + " at default parameters"));
        Table table = new Table("~POLICY", "?>PROVIDES", ">CACHE", ">COMPUTED", ">UP TO");
        for (PolicyPlan plan : inspection.plans()) {
            if (plan.obstacle() == null) {
                table.row(
                        plan.title(),
                        plan.provides().isEmpty()
                                ? "–"
                                : Units.count(plan.provides().size(), "tensor"),
                        plan.cacheBytes() == 0 ? "–" : Units.bytes(plan.cacheBytes()),
                        Units.percent(plan.generationShare()),
                        Units.times(plan.generationSpeedup()));
            }
        }
        table.print(out, "  ");
        Wrap.print(
                out,
                "  ",
                "Up to: multiply-adds of the original model over those computed. A policy that compares tensors is"
                        + " shown as if they did not change, and computes more where they do. Cache: bytes kept per"
                        + " context.");
        for (PolicyPlan plan : inspection.plans()) {
            if (plan.obstacle() != null) {
                out.println();
                Wrap.print(out, "  ", "Not " + plan.title() + ": " + plan.obstacle());
            }
        }
    }
}
