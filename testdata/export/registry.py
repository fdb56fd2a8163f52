"""One diffusers transformer class = one Entry: a tiny config and the inputs of one model call.

An entry is data. `export.py` turns it into ONNX files, `record.py` into a recording of the reference's cache policies.
"""

import importlib
import inspect
from dataclasses import dataclass, field
from typing import Any, Callable

import torch

ENTRIES: dict[str, "Entry"] = {}


@dataclass(frozen=True)
class Noise:
    """A normal tensor. The varying input drifts smoothly from one sample to another over the steps; all others are constant."""

    shape: tuple
    batched: bool = True


@dataclass(frozen=True)
class Fixed:
    """A constant tensor given by value."""

    value: torch.Tensor
    batched: bool = True


@dataclass(frozen=True)
class Timestep:
    """The scheduler's timestep of the step (999 → 0), as the model wants it: `value * scale` in `dtype`, repeated to `shape`."""

    shape: tuple = (2,)
    dtype: torch.dtype = torch.int64
    scale: float = 1.0
    reverse: bool = False  # some models count 0 → 1 while the scheduler counts 999 → 0
    batched: bool = True


def noise(*shape, batched=True):
    return Noise(shape, batched)


def fixed(value, batched=True):
    return Fixed(value if torch.is_tensor(value) else torch.tensor(value), batched)


def timestep(*shape, dtype=torch.int64, scale=1.0, reverse=False, batched=True):
    return Timestep(shape, dtype, scale, reverse, batched)


def unit_timestep(*shape, **kw):
    """A timestep in 0..1, as flow-matching models take it."""
    return timestep(*shape, dtype=torch.float32, scale=1e-3, **kw)


@dataclass
class Entry:
    name: str
    cls: str
    config: dict
    inputs: dict[str, Any]  # input name → Noise | Fixed | Timestep, in the order of the graph inputs
    steps: int = 12
    last_timestep: int = 19
    varying: str = "hidden_states"
    arguments: dict = field(default_factory=dict)  # arguments that are not tensors
    adapt: Callable[[dict], dict] = lambda kwargs: kwargs  # inputs → the call's arguments, where it wants lists
    prepare: Callable[[torch.nn.Module], None] = lambda model: None  # changes to the model itself
    traceable: Callable[[torch.nn.Module], None] = lambda model: None  # for the export only: same values, no data-dependent shapes
    policies: dict = field(default_factory=dict)  # overrides and additions, see record.py
    seed: int = 0
    dynamo_optimize: bool = True
    note: str = ""

    def build(self) -> torch.nn.Module:
        torch.manual_seed(self.seed)
        torch.use_deterministic_algorithms(True)  # fills torch.empty with NaN, so that uninitialised parameters show
        try:
            model = _model_class(self.cls)(**self.config).eval().requires_grad_(False)
        finally:
            torch.use_deterministic_algorithms(False)
        self.prepare(model)
        make_blocks_matter(model, self.seed)
        return model

    def call(self, model, inputs: dict) -> torch.Tensor:
        kwargs = self.adapt({**inputs, **self.arguments})
        if "return_dict" in inspect.signature(model.forward).parameters:
            kwargs["return_dict"] = False
        return first_tensor(model(**kwargs))

    def timesteps(self) -> list[int]:
        return [int(v) for v in torch.linspace(999, self.last_timestep, self.steps).tolist()]

    def sample(self) -> tuple[dict, list[dict]]:
        """The constant inputs and, per step, the changing ones."""
        generator = torch.Generator().manual_seed(self.seed)
        constants, steps = {}, [{} for _ in range(self.steps)]
        for name, spec in self.inputs.items():
            if isinstance(spec, Fixed):
                # A copy: torch.export marks the dynamic axes on the tensor itself, which the next export would read.
                constants[name] = spec.value.clone(memory_format=torch.contiguous_format)
            elif isinstance(spec, Timestep):
                for inputs, value in zip(steps, self.timesteps()):
                    value = (1000 - value if spec.reverse else value) * spec.scale
                    inputs[name] = torch.full(spec.shape, value, dtype=spec.dtype)
            elif name == self.varying:
                start, drift, end = (torch.randn(spec.shape, generator=generator) for _ in range(3))
                for i, inputs in enumerate(steps):
                    s = torch.tensor(1.5 * i / max(1, self.steps - 1))
                    inputs[name] = start * torch.cos(s) + end * torch.sin(s) + 0.1 * drift * torch.sin(7 * s)
            else:
                constants[name] = torch.randn(spec.shape, generator=generator)
        return constants, steps


def entry(name, cls, config, inputs, **kw) -> None:
    ENTRIES[name] = Entry(name, cls, config, inputs, **kw)


def first_tensor(output) -> torch.Tensor:
    while not torch.is_tensor(output):
        output = output[0]
    return output


def make_blocks_matter(model, seed) -> None:
    """Zero-initialised gates and uninitialised parameters hide everything behind them: give them small random values."""
    generator = torch.Generator().manual_seed(seed + 1)
    for parameter in model.parameters():
        largest = parameter.abs().max() if parameter.numel() else torch.tensor(1.0)
        if not torch.isfinite(largest) or largest > 1e3 or largest < 1e-4:
            scale = 0.05 if parameter.ndim < 2 else 0.3 / parameter.shape[-1] ** 0.5
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * scale)


def _model_class(name):
    import diffusers.models.transformers as transformers

    if hasattr(transformers, name):
        return getattr(transformers, name)
    import diffusers

    if hasattr(diffusers, name):
        return getattr(diffusers, name)
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)
