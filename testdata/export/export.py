"""Exports an entry to ONNX with both of PyTorch's exporters, as users export."""

import inspect
import itertools
import logging
import warnings
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from strip_stack_traces import strip_file

TORCHSCRIPT_OPSET = 17
DYNAMO_OPSET = 18
LABELS = ("torchscript", "dynamo", "torchscript_dynamic", "dynamo_dynamic")
# Reduced-precision kernels and reordered sums: well below this; a wrong constant: far above it.
LARGEST_RELATIVE_ERROR = 1e-4

logging.getLogger("torch.onnx").setLevel(logging.ERROR)


def with_flat_forward(entry, model):
    """Makes `model.forward` take exactly the graph's inputs, without adding a module level: scopes stay those of the model."""
    entry.traceable(model)
    freeze_complex_tables(entry, model)
    names = list(entry.inputs)
    original = model.forward

    def forward(*args, **kwargs):
        inputs = dict(zip(names, args)) | kwargs
        model.forward = original  # Entry.call goes through model(...): hand it the original
        try:
            kwargs = entry.adapt({**inputs, **entry.arguments})
            if "return_dict" in inspect.signature(original).parameters:
                kwargs["return_dict"] = False
            output = original(**kwargs)
        finally:
            model.forward = forward
        while not torch.is_tensor(output):
            output = output[0]
        return output

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    forward.__signature__ = inspect.Signature([inspect.Parameter(name, kind) for name in names])
    model.forward = forward
    return model


def register_missing_symbolics() -> None:
    """`aten::rms_norm` has no TorchScript symbolic below opset 23: spell it out, in the module's own scope."""
    from torch.onnx import symbolic_helper as helper

    @helper.parse_args("v", "is", "v", "v")
    def rms_norm(g, x, normalized_shape, weight, epsilon):
        # eps=None means the smallest float32 step
        value = helper._maybe_get_const(epsilon, "f") if not helper._is_none(epsilon) else torch.finfo(torch.float32).eps
        two = g.op("Constant", value_t=torch.tensor(2.0))
        axes = [-i for i in range(len(normalized_shape), 0, -1)]
        mean = g.op("ReduceMean", g.op("Pow", x, two), axes_i=axes, keepdims_i=1)
        root = g.op("Sqrt", g.op("Add", mean, g.op("Constant", value_t=torch.tensor(float(value)))))
        normal = g.op("Div", x, root)
        return normal if helper._is_none(weight) else g.op("Mul", normal, weight)

    torch.onnx.register_custom_op_symbolic("aten::rms_norm", rms_norm, TORCHSCRIPT_OPSET)


register_missing_symbolics()


@contextmanager
def exportable():
    """Habits of PyTorch code that neither exporter writes as something ONNX Runtime takes."""
    squeeze, flatten, fill = torch.Tensor.squeeze, torch.Tensor.flatten, torch.Tensor.masked_fill
    complex_view, real_view = torch.view_as_complex, torch.view_as_real

    def squeeze_one(self, *axes):  # squeeze(d) of an axis that is not 1 does nothing
        if len(axes) == 1 and isinstance(axes[0], int) and self.shape[axes[0]] != 1:
            return self
        return squeeze(self, *axes)

    def flatten_many(self, *axes, **kwargs):  # flatten() of one axis does nothing
        return self if self.ndim == 1 and not axes and not kwargs else flatten(self, *axes, **kwargs)

    def fill_bool(self, mask, value):  # ONNX Runtime has no Where for booleans
        if self.dtype != torch.bool:
            return fill(self, mask, value)
        return self | mask if value else self & ~mask

    torch.Tensor.squeeze, torch.Tensor.flatten, torch.Tensor.masked_fill = squeeze_one, flatten_many, fill_bool
    torch.view_as_complex, torch.view_as_real = Pair.of, Pair.stacked
    try:
        yield
    finally:
        torch.Tensor.squeeze, torch.Tensor.flatten, torch.Tensor.masked_fill = squeeze, flatten, fill
        torch.view_as_complex, torch.view_as_real = complex_view, real_view


class Pair:
    """A complex tensor as its real and imaginary parts: what rotary embeddings need of it, without a complex type."""

    def __init__(self, real, imaginary):
        self.real, self.imaginary = real, imaginary

    @staticmethod
    def of(stacked):
        return stacked if isinstance(stacked, Pair) else Pair(stacked[..., 0], stacked[..., 1])

    def stacked(self):
        return torch.stack([self.real, self.imaginary], dim=-1)

    def __mul__(self, other):
        if not isinstance(other, Pair):
            return Pair(self.real * other, self.imaginary * other)
        return Pair(
            self.real * other.real - self.imaginary * other.imaginary,
            self.real * other.imaginary + self.imaginary * other.real,
        )

    __rmul__ = __mul__

    def __getattr__(self, name):  # unsqueeze, view, to, device, shape, …: the same on both parts
        if name.startswith("__") or name in ("real", "imaginary"):
            raise AttributeError(name)
        member = getattr(self.real, name)
        if not callable(member):
            return member
        return lambda *a, **k: Pair(getattr(self.real, name)(*a, **k), getattr(self.imaginary, name)(*a, **k))

    def __getitem__(self, index):
        return Pair(self.real[index], self.imaginary[index])

    def split(self, sizes, dim=0):
        return tuple(Pair(r, i) for r, i in zip(self.real.split(sizes, dim), self.imaginary.split(sizes, dim)))

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):  # cat, stack, pad_sequence: of the parts
        values, *rest = args
        parts = ([v.real for v in values], [v.imaginary for v in values])
        return Pair(*(function(part, *rest, **(kwargs or {})) for part in parts))


def freeze_complex_tables(entry, model) -> None:
    """Modules that return complex tensors (rotary tables of fixed positions) return the same values as constant Pairs.

    A module called more than once per step returns its tables in the same order again.
    """
    tables = {}

    def complexes(value):
        if torch.is_tensor(value):
            return value.is_complex()
        return isinstance(value, (tuple, list)) and any(complexes(v) for v in value)

    def pairs(value):
        if torch.is_tensor(value) and value.is_complex():
            return Pair(value.real.float().clone(), value.imag.float().clone())
        if isinstance(value, (tuple, list)):
            return type(value)(pairs(v) for v in value)
        return value

    def merged(table, value):  # tables from the table, everything else (it may depend on the inputs) from this call
        if isinstance(table, (tuple, list)):
            return type(table)(merged(t, v) for t, v in zip(table, value))
        return table if isinstance(table, Pair) else value

    def depends_on_inputs(value):
        if isinstance(value, (tuple, list)):
            return any(depends_on_inputs(v) for v in value)
        return torch.is_tensor(value)

    def keep(module, arguments, output):
        if complexes(output):
            tables.setdefault(module, []).append(pairs(output))

    handles = [module.register_forward_hook(keep) for module in model.modules()]
    constants, steps = entry.sample()
    with torch.no_grad():
        entry.call(model, constants | steps[0])
    for handle in handles:
        handle.remove()
    for module, values in tables.items():
        if module is model:
            continue
        turns = itertools.cycle(values)
        if depends_on_inputs(values):
            original = module.forward
            module.forward = lambda *a, turns=turns, f=original, **k: merged(next(turns), f(*a, **k))
        else:
            module.forward = lambda *a, turns=turns, **k: next(turns)


def export(entry, label: str, path: Path, model=None, opset=None, external_data=False) -> None:
    model = with_flat_forward(entry, entry.build()) if model is None else model
    constants, steps = entry.sample()
    first = {name: (constants | steps[0])[name] for name in entry.inputs}
    dynamic = [name for name, spec in entry.inputs.items() if spec.batched] if label.endswith("_dynamic") else []
    for name in dynamic:  # torch.export takes an axis of size 1 for a constant
        if first[name].shape[0] == 1:
            first[name] = first[name].repeat(2, *[1] * (first[name].ndim - 1))
    with torch.no_grad(), warnings.catch_warnings(), exportable():
        warnings.simplefilter("ignore")
        if label.startswith("torchscript"):
            torch.onnx.export(
                model,
                tuple(first.values()),
                str(path),
                dynamo=False,
                opset_version=opset or TORCHSCRIPT_OPSET,
                input_names=list(first),
                output_names=["out_sample" if "sample" in first else "sample"],
                dynamic_axes={name: {0: "batch"} for name in dynamic} or None,
            )
        else:
            shapes = {name: {0: "batch"} if name in dynamic else None for name in first}
            torch.onnx.export(
                model,
                (),
                str(path),
                kwargs=first,
                dynamo=True,
                opset_version=opset or DYNAMO_OPSET,
                external_data=external_data,
                optimize=entry.dynamo_optimize,
                dynamic_shapes=shapes if dynamic else None,
                verbose=False,
            )
    strip_file(path)


def session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def check(path: Path, feeds: list[dict], expected: list[torch.Tensor], halves: bool = False) -> float:
    """Largest error of the ONNX file over the given calls, relative to the largest expected value; raises when too large."""
    onnx = session(path)
    worst = 0.0
    for inputs, want in zip(feeds, expected):
        feed = {i.name: inputs[i.name].numpy() for i in onnx.get_inputs()}
        got = onnx.run(None, feed)[0]
        if got.shape != tuple(want.shape):
            raise ValueError(f"output shape {got.shape}, expected {tuple(want.shape)}")
        error = float(np.abs(got - want.numpy()).max() / want.abs().max())
        worst = max(worst, float("inf") if np.isnan(error) else error)
    if not worst <= LARGEST_RELATIVE_ERROR:
        raise ValueError(f"ONNX Runtime is off by {worst:.2e} of the largest reference value")
    return worst
