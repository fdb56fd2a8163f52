"""What all variants share: `Variant` collects the files of one, `variant` registers the function that makes it."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import torch

import classes_image  # noqa: F401  (registers entries)
from build_zoo import first_line
from export import export, session
from record import record
from registry import ENTRIES

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
