"""Variants of one small model: everything that users do to an ONNX file between export and optimizing it.

    python variants.py OUTPUT_DIRECTORY [name ...]

Each variant is a directory of ONNX files with a recording (none, pab, fbc) of the PyTorch model they came from.
"""

import copy
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import helper

import classes_image  # noqa: F401  (registers entries)
from build_zoo import first_line, refresh_status
from export import export, session, with_flat_forward
from record import record
from registry import ENTRIES
from strip_stack_traces import strip_file

# Bytes (as Python counts them: +33); ONNX Runtime refuses external axes and shapes, which dynamo keeps as initializers.
SMALLEST_EXTERNAL = 100
POLICIES = {"pab", "fbc", "taylorseer_lite"}
BUILDERS = {}


def variant(function):
    BUILDERS[function.__name__] = function
    return function


class Variant:
    """Collects the files of one variant; `finish` records the reference and checks every file against it."""

    def __init__(self, output: Path, name: str, base: str = "pixart"):
        self.name, self.entry = name, replace(ENTRIES[base], steps=8)
        self.directory = output / "variants" / name
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        self.model = self.entry.build()
        self.files, self.notes, self.sample = {}, {}, None

    def path(self, label: str) -> Path:
        self.files[label] = f"{label}.onnx"
        return self.directory / self.files[label]

    def exported(self, label: str = "torchscript", **kw) -> onnx.ModelProto:
        """The base model as exported, in memory."""
        temporary = self.directory / f".{label}.onnx"
        export(self.entry, label, temporary, **kw)
        model = onnx.load(temporary)
        temporary.unlink()
        return model

    def feeds(self):
        constants, steps = self.sample or self.entry.sample()
        return [{n: (constants | inputs)[n] for n in self.entry.inputs} for inputs in steps]

    def attempt(self, label, action):
        try:
            action(self.path(label))
        except Exception as e:
            del self.files[label]
            self.notes[label] = f"not made: {type(e).__name__} {first_line(e)}"

    def finish(self, only=POLICIES) -> str:
        sample = self.sample or self.entry.sample()
        policies, holes, feeds, plain = record(self.entry, self.model, self.files, self.directory, only=only, sample=sample)
        errors = {}
        for label, file in self.files.items():
            try:
                errors[label] = f"{relative_error(self.directory / file, feeds[1], plain[1]):.1e}"
            except Exception as e:
                errors[label] = f"does not run in ONNX Runtime on CPU: {str(e).splitlines()[0][:120]}"
        rows = [f"`{label}` {error}" for label, error in errors.items()]
        rows += [f"`{label}` {note}" for label, note in self.notes.items()]
        recorded = ", ".join(["none", *policies]) + "".join(f"; {k}: {v}" for k, v in holes.items())
        return f"| {self.name} | {self.entry.cls} | {'<br>'.join(rows)} | {recorded} |\n".replace("\n ", " ")


def relative_error(path: Path, feed: dict, want: torch.Tensor) -> float:
    onnx_session = session(path)
    arguments = {i.name: feed[i.name] for i in onnx_session.get_inputs()}
    if any(v.dtype == torch.bfloat16 for v in arguments.values()):
        raise ValueError("bfloat16 inputs: not checked from Python")
    got = onnx_session.run(None, {k: v.numpy() for k, v in arguments.items()})[0].astype(np.float32)
    return float(np.abs(got - want.float().numpy()).max() / want.float().abs().max())


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


# ---- where the weights are


def external(output, name, **how):
    v = Variant(output, name, "pixart_mask")
    for label in ("torchscript", "dynamo"):
        model = v.exported(label)
        how_here = {**how, "location": f"{label}.onnx.data"} if how["all_tensors_to_one_file"] else how
        if how["all_tensors_to_one_file"]:
            onnx.save_model(model, v.path(label), save_as_external_data=True, size_threshold=SMALLEST_EXTERNAL, **how_here)
        else:  # one file per tensor, each exporter in a folder of its own
            v.files[label] = f"{label}/model.onnx"
            (v.directory / label).mkdir()
            onnx.save_model(model, v.directory / v.files[label], save_as_external_data=True, size_threshold=SMALLEST_EXTERNAL, **how_here)
    return v.finish()


@variant
def external_one_file(output):
    return external(output, "external_one_file", all_tensors_to_one_file=True)


@variant
def external_many_files(output):
    return external(output, "external_many_files", all_tensors_to_one_file=False)


@variant
def external_with_attributes(output):
    return external(output, "external_with_attributes", all_tensors_to_one_file=True, convert_attribute=True)


# ---- reduced precision


def reduced(output, name, dtype):
    v = Variant(output, name, "pixart_mask")
    v.model = v.model.to(dtype)
    constants, steps = v.entry.sample()
    cast = lambda values: {k: t.to(dtype) if t.is_floating_point() else t for k, t in values.items()}  # noqa: E731
    v.sample = (cast(constants), [cast(inputs) for inputs in steps])
    entry = copy.copy(v.entry)
    entry.sample = lambda: v.sample
    for label in ("torchscript", "dynamo"):
        model = with_flat_forward(entry, entry.build().to(dtype))
        # Conv takes bfloat16 from opset 22 on
        opset = 23 if dtype == torch.bfloat16 and label == "dynamo" else None
        v.attempt(label, lambda file: export(entry, label, file, model=model, opset=opset))
    return v.finish()


@variant
def float16(output):
    return reduced(output, "float16", torch.float16)


@variant
def bfloat16(output):
    return reduced(output, "bfloat16", torch.bfloat16)


@variant
def bfloat16_weights(output):
    """Weights stored as bfloat16 and cast where they are used; the recording is of the rounded weights, so it is exact."""
    v = Variant(output, "bfloat16_weights", "pixart_mask")
    for parameter in v.model.parameters():
        parameter.copy_(parameter.bfloat16().float())
    for label in ("torchscript", "dynamo"):
        model = v.exported(label, model=with_flat_forward(v.entry, copy.deepcopy(v.model)))
        casts = []
        for tensor in model.graph.initializer:
            values = onnx.numpy_helper.to_array(tensor)
            rounded = torch.from_numpy(values.copy()).bfloat16() if values.dtype == np.float32 else None
            if rounded is None or values.size < 64 or not np.array_equal(rounded.float().numpy(), values):
                continue
            raw = rounded.view(torch.int16).numpy().tobytes()
            name = tensor.name
            tensor.CopyFrom(helper.make_tensor(name + ".bfloat16", onnx.TensorProto.BFLOAT16, values.shape, raw, raw=True))
            casts.append(helper.make_node("Cast", [tensor.name], [name], name=f"/{name}/Cast", to=onnx.TensorProto.FLOAT))
        nodes = [*casts, *model.graph.node]
        del model.graph.node[:]
        model.graph.node.extend(nodes)
        v.notes[f"{label} casts"] = str(len(casts))
        onnx.save(model, v.path(label))
    return v.finish()


@variant
def float16_converted(output):
    """The usual tool chain: exported in float32, then converted, inputs and outputs kept in float32."""
    from onnxruntime.transformers.float16 import convert_float_to_float16

    v = Variant(output, "float16_converted", "pixart_mask")
    for label in ("torchscript", "dynamo"):
        v.attempt(label, lambda f: onnx.save(convert_float_to_float16(v.exported(label), keep_io_types=True), f))
    return v.finish()


# ---- quantized


@variant
def qdq_static(output):
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    v = Variant(output, "qdq_static", "pixart_mask")

    class Reader(CalibrationDataReader):
        def __init__(self):
            self.rows = iter([{k: t.numpy() for k, t in feed.items()} for feed in v.feeds()])

        def get_next(self):
            return next(self.rows, None)

    for label in ("torchscript", "dynamo"):
        plain = v.directory / f".{label}.onnx"
        onnx.save(v.exported(label), plain)
        v.attempt(
            label,
            lambda file: quantize_static(
                str(plain), str(file), Reader(), quant_format=QuantFormat.QDQ, activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8, per_channel=True, op_types_to_quantize=["MatMul", "Gemm"],
            ),
        )
        plain.unlink()
    return v.finish()


@variant
def quantized_dynamic(output):
    from onnxruntime.quantization import QuantType, quantize_dynamic

    v = Variant(output, "quantized_dynamic", "pixart_mask")
    for label in ("torchscript", "dynamo"):
        plain = v.directory / f".{label}.onnx"
        model = v.exported(label)
        del model.graph.value_info[:]  # the quantizer's own shape inference contradicts dynamo's
        onnx.save(model, plain)
        v.attempt(label, lambda file: quantize_dynamic(str(plain), str(file), weight_type=QuantType.QInt8))
        plain.unlink()
    return v.finish()


@variant
def matmul_nbits(output):
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    v = Variant(output, "matmul_nbits", "pixart_mask")

    def quantize(model, file):
        quantizer = MatMulNBitsQuantizer(model, bits=4, block_size=32, is_symmetric=True)
        quantizer.process()
        quantizer.model.save_model_to_file(str(file), False)

    for label in ("torchscript", "dynamo"):
        v.attempt(label, lambda file: quantize(v.exported(label), file))
    return v.finish()


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


# ---- local functions


def to_function(model: onnx.ModelProto, scopes: list[str], function: str) -> None:
    """Moves the nodes of equal modules into one local function that is called once per module."""
    graph, definition, calls = model.graph, None, {}
    for scope in scopes:
        inside = [n for n in graph.node if n.name.startswith(scope + "/")]
        produced = {o for n in inside for o in n.output}
        needed = {i for n in graph.node if not n.name.startswith(scope + "/") for i in n.input}
        needed |= {o.name for o in graph.output}
        inputs = list(dict.fromkeys(i for n in inside for i in n.input if i and i not in produced))
        outputs = [o for n in inside for o in n.output if o in needed]
        kinds = [n.op_type for n in inside]
        if definition is None:
            definition = kinds
            imports = list(model.opset_import)
            if not any(o.domain == "local" for o in imports):
                model.opset_import.append(helper.make_opsetid("local", 1))
                imports = list(model.opset_import)
            model.functions.append(
                helper.make_function("local", function, inputs, outputs, [copy.deepcopy(n) for n in inside], imports)
            )
        elif kinds != definition:
            raise ValueError(f"{scope} differs from {scopes[0]}")
        calls[scope] = (inside, helper.make_node(function, inputs, outputs, name=scope, domain="local"))
    nodes, done = [], set()
    for node in graph.node:
        scope = next((s for s in scopes if node.name.startswith(s + "/")), None)
        if scope is None:
            nodes.append(node)
        elif node.name == calls[scope][0][-1].name and scope not in done:
            done.add(scope)
            nodes.append(calls[scope][1])
    del graph.node[:]
    graph.node.extend(nodes)


def blocks(path):
    return [f"/transformer_blocks.{i}{path}" for i in range(4)]


@variant
def functions(output):
    v = Variant(output, "functions")
    model = v.exported("torchscript")
    to_function(model, blocks("/ff"), "FeedForward")
    to_function(model, blocks("/attn2"), "CrossAttention")
    onnx.checker.check_model(model)
    onnx.save(model, v.path("torchscript"))
    return v.finish()


@variant
def functions_nested(output):
    v = Variant(output, "functions_nested")
    model = v.exported("torchscript")
    to_function(model, blocks("/ff"), "FeedForward")
    to_function(model, blocks("/attn1"), "SelfAttention")
    # calls are named like the module itself: give them a child name so that they belong to their block
    for node in model.graph.node:
        if node.domain == "local":
            node.name += "/call"
    # block 0 also holds values shared by all blocks, so only the others become one function
    to_function(model, blocks("")[1:], "BasicTransformerBlock")
    onnx.checker.check_model(model)
    onnx.save(model, v.path("torchscript"))
    return v.finish()


@variant
def functions_dynamo(output):
    """dynamo without its optimizer. How many functions that leaves depends on the version of PyTorch, so the row says it."""
    v = Variant(output, "functions_dynamo")
    entry = replace(v.entry, dynamo_optimize=False)
    v.attempt("dynamo", lambda file: export(entry, "dynamo", file))
    for label, file in v.files.items():
        v.notes[f"{label} functions"] = str(len(onnx.load(v.directory / file).functions))
    return v.finish()


# ---- not a diffusion model


@variant
def bert(output):
    """A plain sentence encoder (MiniLM-like): same machinery, no timestep, no reference policies."""
    from safetensors.torch import save_file
    from transformers import BertConfig, BertModel

    directory = output / "variants" / "bert"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=200, hidden_size=48, num_hidden_layers=4, num_attention_heads=4, intermediate_size=96,
        max_position_embeddings=64,
    )
    config._attn_implementation = "eager"
    model = BertModel(config, add_pooling_layer=False).eval().requires_grad_(False)
    original = model.forward

    def forward(input_ids, attention_mask, token_type_ids):
        return original(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids, return_dict=False)[0]

    model.forward = forward
    mask, types = torch.ones(2, 12, dtype=torch.int64), torch.zeros(2, 12, dtype=torch.int64)
    steps = [torch.randint(0, 200, (2, 12), generator=torch.Generator().manual_seed(i)) for i in range(4)]
    names = ["input_ids", "attention_mask", "token_type_ids"]
    axes = {n: {0: "batch", 1: "tokens"} for n in names}
    notes, files = [], {}
    for label in ("torchscript", "torchscript_dynamic", "dynamo", "dynamo_dynamic"):
        path, dynamic = directory / f"{label}.onnx", label.endswith("_dynamic")
        try:
            with torch.no_grad():
                if label.startswith("torchscript"):
                    torch.onnx.export(
                        model, (steps[0], mask, types), str(path), dynamo=False, opset_version=17, input_names=names,
                        output_names=["last_hidden_state"], dynamic_axes=axes if dynamic else None,
                    )
                else:
                    torch.onnx.export(
                        model, (), str(path), kwargs=dict(zip(names, (steps[0], mask, types))), dynamo=True,
                        opset_version=18, external_data=False, dynamic_shapes=axes if dynamic else None, verbose=False,
                    )
                strip_file(path)
                feed = dict(zip(names, (steps[1], mask, types)))
                notes.append(f"`{label}` {relative_error(path, feed, model(**feed)):.1e}")
            files[label] = path.name
        except Exception as e:
            notes.append(f"`{label}` not made: {type(e).__name__} {str(e).splitlines()[0][:140]}")
            path.unlink(missing_ok=True)
    tensors = {"const.attention_mask": mask, "const.token_type_ids": types}
    for i, ids in enumerate(steps):
        tensors[f"step.{i:02d}.in.input_ids"] = ids
        tensors[f"step.{i:02d}.none"] = model(ids, mask, types).clone()
    save_file(tensors, str(directory / "recording.safetensors"))
    (directory / "recording.safetensors").chmod(0o644)
    document = {
        "version": 1, "model_class": "BertModel", "reference": "transformers", "models": files, "steps": 4,
        "timesteps": [999, 666, 333, 0], "varying_input": "input_ids",
        "blocks": [{"list": "encoder.layer", "length": 4}],
        "attention_modules": [
            {"name": f"encoder.layer.{i}.attention", "is_cross_attention": False} for i in range(4)
        ],
        "policies": {},
    }
    (directory / "recording.json").write_text(json.dumps(document, indent=1) + "\n")
    return f"| bert | BertModel | {'<br>'.join(notes)} | none |\n"


def main() -> None:
    torch.set_num_threads(1)
    output = Path(sys.argv[1])
    status = output / "STATUS.variants.md"
    for name in sys.argv[2:] or BUILDERS:
        try:
            row = BUILDERS[name](output)
        except Exception as e:
            row = f"| {name} | | failed: {type(e).__name__} {first_line(e)} | |\n"
            shutil.rmtree(output / "variants" / name, ignore_errors=True)
        head = "## Variants\n| variant | base class | files: relative error in ONNX Runtime | recorded |\n|---|---|---|---|\n"
        lines = status.read_text().splitlines(True) if status.exists() else head.splitlines(True)
        lines = [line for line in lines if not line.startswith(f"| {name} |")]
        status.write_text("".join(lines) + row)
        refresh_status(output)
        print(row, end="", flush=True)


if __name__ == "__main__":
    main()
