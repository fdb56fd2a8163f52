package dev.reprise.cli.inspect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cache.policy.DeepCache;
import dev.reprise.cli.model.MeasuredView;
import dev.reprise.cli.model.MendedView;
import dev.reprise.cli.model.QuantizationView;
import dev.reprise.graph.bundle.BlockChain;
import dev.reprise.graph.bundle.InputRoles;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Module;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.graph.bundle.UNet;
import dev.reprise.optimizer.CutModel;
import dev.reprise.optimizer.api.Warning;
import dev.reprise.verify.run.PolicyChoice;
import dev.reprise.verify.text.Json;
import java.util.List;
import java.util.Locale;

/** An inspection for programs: {@code docs/schema/inspect.schema.json}. {@code attention_modules} and {@code blocks} read as in a recording. */
final class InspectionJson {
    private InspectionJson() {}

    static ObjectNode of(Inspection inspection) {
        Manifest manifest = inspection.manifest();
        ObjectNode json = Json.document();
        json.put("source", inspection.source().toString());
        json.put("exporter", manifest.provenance().exporter());
        json.put("producer", manifest.provenance().producer());
        json.put("ir_version", manifest.provenance().irVersion());
        json.set("opsets", Json.of(manifest.provenance().opsets()));
        json.put("prefix", manifest.provenance().prefix());
        json.put("source_hash", manifest.provenance().sourceHash());
        if (inspection.coverage().isPresent()) {
            json.put("coverage", inspection.coverage().getAsDouble());
        }
        json.put("multiply_adds", manifest.multiplyAdds());
        json.put("weight_bytes", weightBytes(manifest));
        json.put("segments", manifest.segments().size());
        if (manifest.quantization() != null) {
            json.set("quantization", QuantizationView.json(manifest.quantization()));
        }
        if (manifest.measured() != null) {
            json.set("measured", MeasuredView.json(manifest.measured()));
        }
        json.set("mended", MendedView.json(manifest.mended()));
        json.set("inputs", tensors(manifest.inputs()));
        json.set("outputs", tensors(manifest.outputs()));
        json.set("roles", roles(manifest.roles()));
        ArrayNode blocks = json.putArray("blocks");
        for (CutModel.BlockList list : inspection.blockLists()) {
            blocks.addObject().put("list", list.list()).put("length", list.length());
        }
        ArrayNode attention = json.putArray("attention_modules");
        for (Module module : inspection.attention()) {
            attention
                    .addObject()
                    .put("name", module.path())
                    .put("is_cross_attention", module.kind() == ModuleKind.CROSS_ATTENTION);
        }
        ArrayNode modules = json.putArray("modules");
        manifest.modules().forEach(module -> modules.add(module(module, manifest)));
        json.set("chain", manifest.chain() == null ? json.nullNode() : chain(manifest.chain()));
        json.set("unet", manifest.unet() == null ? json.nullNode() : unet(manifest.unet()));
        ArrayNode warnings = json.putArray("warnings");
        for (Warning warning : inspection.warnings()) {
            warnings.addObject().put("code", warning.code().name()).put("message", warning.message());
        }
        json.put("steps", inspection.steps());
        ArrayNode policies = json.putArray("policies");
        inspection.plans().forEach(plan -> policies.add(plan(plan)));
        return json;
    }

    static long weightBytes(Manifest manifest) {
        return manifest.segments().stream()
                .mapToLong(segment -> segment.weightBytes())
                .sum();
    }

    private static ObjectNode roles(InputRoles roles) {
        return Json.object()
                .put("latents", roles.latents())
                .put("timestep", roles.timestep())
                .put("timestep_scale", roles.timestepScale());
    }

    private static ObjectNode chain(BlockChain chain) {
        ObjectNode json = Json.object();
        json.put("hidden_states", chain.hiddenStates());
        json.put("encoder_hidden_states", chain.encoderHiddenStates());
        json.put("modulated_input", chain.modulatedInput());
        ArrayNode blocks = json.putArray("blocks");
        for (BlockChain.Block block : chain.blocks()) {
            blocks.addObject()
                    .put("path", block.path())
                    .put("hidden_states", block.hiddenStates())
                    .put("encoder_hidden_states", block.encoderHiddenStates())
                    .set("added", Json.strings(block.added()));
        }
        return json;
    }

    private static ObjectNode unet(UNet unet) {
        ObjectNode json = Json.object();
        ArrayNode skips = json.putArray("skips");
        for (UNet.Skip skip : unet.skips()) {
            skips.addObject()
                    .put("branch", DeepCache.branch(skip))
                    .put("block", skip.block())
                    .put("layer", skip.layer())
                    .put("from", skip.from())
                    .put("into", skip.into())
                    .put("entering", skip.entering());
        }
        return json;
    }

    private static ObjectNode module(Module module, Manifest manifest) {
        ObjectNode json = Json.object();
        json.put("name", module.path());
        json.put("kind", module.kind().name().toLowerCase(Locale.ROOT));
        String axis = ModuleAxis.of(module);
        if (!axis.isEmpty()) {
            json.put("axis", axis);
        }
        json.put("class", module.className());
        json.set("inputs", Json.strings(module.inputs()));
        json.set("outputs", Json.strings(module.outputs()));
        json.set("segments", Json.of(module.segments()));
        json.put("weight_bytes", module.weightBytes());
        json.put("multiply_adds", module.multiplyAdds());
        json.set("weight_share", Json.number((double) module.weightBytes() / weightBytes(manifest)));
        json.set("multiply_add_share", Json.number((double) module.multiplyAdds() / manifest.multiplyAdds()));
        return json;
    }

    private static ArrayNode tensors(List<TensorSpec> tensors) {
        ArrayNode json = Json.array();
        for (TensorSpec tensor : tensors) {
            ObjectNode node = json.addObject();
            node.put("name", tensor.name());
            node.put("type", tensor.elementType().name().toLowerCase(Locale.ROOT));
            node.set("shape", Json.of(tensor.shape()));
            node.set("dimension_names", Json.strings(tensor.dimensionNames()));
        }
        return json;
    }

    private static ObjectNode plan(PolicyPlan plan) {
        ObjectNode json = Json.object();
        json.set("configuration", PolicyChoice.json(plan.policy(), plan.parameters()));
        json.put("supported", plan.obstacle() == null);
        if (plan.obstacle() != null) {
            json.put("reason", plan.obstacle());
            return json;
        }
        json.set("provides", Json.strings(plan.provides().stream().sorted().toList()));
        json.put("cache_bytes", plan.cacheBytes());
        json.put("multiply_adds_needed", plan.neededMultiplyAdds());
        json.set("upper_bound_speedup", Json.number(plan.upperBound()));
        json.put("generation_computed_share", plan.generationShare());
        json.put("generation_speedup", plan.generationSpeedup());
        return json;
    }
}
