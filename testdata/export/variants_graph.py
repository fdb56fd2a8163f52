"""Variants of the graph: inside of other modules, of newer opsets, already optimized, with control flow."""

from dataclasses import replace

import onnx
import onnxruntime
import torch

from export import export, with_flat_forward
from variant import Variant, variant


# ---- wrapped in other modules


class Outer(torch.nn.Module):
    """Holds the model under a dotted path, so that every scope starts with it."""

    def __init__(self, model, path):
        super().__init__()
        name, _, rest = path.partition(".")
        setattr(self, name, Outer(model, rest) if rest else model)
        self.only = name

    def forward(self, **inputs):
        return getattr(self, self.only)(**inputs)


def wrapped(output, name, path):
    v = Variant(output, name)
    outer = Outer(v.entry.build(), path)
    entry = replace(v.entry, adapt=lambda x: {**v.entry.adapt(x), "return_dict": False})
    for label in ("torchscript", "dynamo", "dynamo_dynamic"):
        v.attempt(label, lambda file: export(entry, label, file, model=with_flat_forward(entry, outer)))
    return v.finish()


@variant
def prefix_m(output):
    return wrapped(output, "prefix_m", "m")


@variant
def prefix_model_inner(output):
    return wrapped(output, "prefix_model_inner", "model.inner")


# ---- newer opsets


def newer_opset(output, name, base, opset):
    v = Variant(output, name, base)
    v.attempt("dynamo", lambda file: export(v.entry, "dynamo", file, opset=opset))
    v.attempt("dynamo_dynamic", lambda file: export(v.entry, "dynamo_dynamic", file, opset=opset))
    for label, file in v.files.items():
        kinds = [n.op_type for n in onnx.load(v.directory / file).graph.node]
        v.notes[f"{label} operators"] = f"{kinds.count('Attention')} Attention, {kinds.count('RotaryEmbedding')} RotaryEmbedding"
    return v.finish()


@variant
def opset23(output):
    return newer_opset(output, "opset23", "pixart", 23)


@variant
def opset23_mask(output):
    return newer_opset(output, "opset23_mask", "pixart_mask", 23)


@variant
def opset23_flux(output):
    return newer_opset(output, "opset23_flux", "flux", 23)


@variant
def opset24_sd3(output):
    return newer_opset(output, "opset24_sd3", "sd3", 24)


# ---- already optimized


def optimized(output, name, level, base="pixart_mask"):
    v = Variant(output, name, base)
    for label in ("torchscript", "dynamo"):
        plain = v.directory / f".{label}.onnx"
        onnx.save(v.exported(label), plain)
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = level
        options.log_severity_level = 3
        options.optimized_model_filepath = str(v.path(label))
        onnxruntime.InferenceSession(str(plain), options, providers=["CPUExecutionProvider"])
        plain.unlink()
    return v.finish()


@variant
def ort_basic(output):
    return optimized(output, "ort_basic", onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC)


@variant
def ort_extended(output):
    return optimized(output, "ort_extended", onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED)


@variant
def ort_extended_flux(output):
    return optimized(output, "ort_extended_flux", onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED, "flux")


@variant
def onnxscript_optimized(output):
    import onnxscript.optimizer

    v = Variant(output, "onnxscript_optimized")
    for label in ("torchscript", "dynamo"):
        v.attempt(label, lambda file: onnx.save(onnxscript.optimizer.optimize(v.exported(label)), file))
    return v.finish()


@variant
def nameless(output):
    """What is left after a tool that keeps neither node names nor metadata: value names only; and not even those."""
    v = Variant(output, "nameless")
    for label in ("torchscript", "dynamo"):
        model = v.exported(label)
        for node in model.graph.node:
            node.name = ""
            del node.metadata_props[:]
        onnx.save(model, v.path(label))
    model = v.exported("torchscript")
    interface = {i.name for i in [*model.graph.input, *model.graph.output]}
    names = {}
    for node in model.graph.node:
        node.name = ""
        for values in (node.input, node.output):
            for i, value in enumerate(values):
                if value and value not in interface:
                    values[i] = names.setdefault(value, f"v{len(names)}")
    for tensor in model.graph.initializer:
        tensor.name = names.get(tensor.name, tensor.name)
    del model.graph.value_info[:]
    onnx.save(model, v.path("torchscript_values_renamed"))
    return v.finish()


# ---- control flow


@torch.jit.script
def balanced(x, scale):
    """Loop with a carried value, and an If whose branches capture values from outside."""
    for _ in range(int(scale.shape[0])):
        if bool(x.mean() > 0):
            x = x - x.mean() * scale.mean()
        else:
            x = x + scale.mean() * 0.1
    return x


@torch.jit.script
def clipped(x):
    """An If at the top level of the graph."""
    if bool(x.abs().max() > 1):
        y = x * 0.9
    else:
        y = x + 0.1
    return y


class Clipped(torch.nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, *args, **kwargs):
        return clipped(self.module(*args, **kwargs))


class Balanced(torch.nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module
        self.scale = torch.nn.Parameter(torch.tensor([0.5, 0.25, 0.125]))

    def forward(self, *args, **kwargs):
        return balanced(self.module(*args, **kwargs), self.scale)


@variant
def if_loop(output):
    v = Variant(output, "if_loop")

    def prepare(model):
        model.transformer_blocks[1].ff = Balanced(model.transformer_blocks[1].ff)
        model.transformer_blocks[2].attn2 = Clipped(model.transformer_blocks[2].attn2)
        model.proj_out = Balanced(model.proj_out)

    v.entry = replace(v.entry, prepare=prepare)
    v.model = v.entry.build()
    for label in ("torchscript", "torchscript_dynamic"):
        v.attempt(label, lambda file: export(v.entry, label, file))
        if label in v.files:
            kinds = [n.op_type for n in onnx.load(v.directory / v.files[label]).graph.node]
            v.notes[f"{label} operators"] = f"{kinds.count('If')} If, {kinds.count('Loop')} Loop at top level"
    return v.finish()
