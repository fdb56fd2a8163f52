"""A UNet in the file layout of optimum's `text-to-image` exports: float16, dynamic axes, `model.onnx` beside `model.onnx_data`.

    python optimum_layout.py OUTPUT

optimum traces a half-precision model with TorchScript and names axes as below. The recording is that of the same weights in float16.
"""

import json
import sys
import warnings
from pathlib import Path

import onnx
import torch
from safetensors.torch import load_file, save_file

import classes_unet  # noqa: F401
from export import with_flat_forward
from record import record
from registry import ENTRIES
from strip_stack_traces import strip_file

AXES = {
    "sample": {0: "batch_size", 1: "num_channels", 2: "height", 3: "width"},
    "timestep": {0: "steps"},
    "encoder_hidden_states": {0: "batch_size", 1: "sequence_length"},
    "out_sample": {0: "batch_size", 1: "num_channels", 2: "height", 3: "width"},
}


def half(value):
    return value.half() if torch.is_tensor(value) and value.is_floating_point() else value


def main(output):
    entry = ENTRIES["optimum"]
    folder = output / entry.name
    folder.mkdir(parents=True, exist_ok=True)
    original = entry.sample
    entry.sample = lambda: tuple(
        {k: half(v) for k, v in part.items()} if isinstance(part, dict) else [{k: half(v) for k, v in s.items()} for s in part]
        for part in original())
    model = entry.build().half()
    record(entry, model, {"torchscript_dynamic": "model.onnx"}, folder)
    constants, steps = entry.sample()
    first = {name: (constants | steps[0])[name] for name in entry.inputs}
    traced = folder / "traced.onnx"
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(with_flat_forward(entry, model), tuple(first.values()), str(traced), dynamo=False, opset_version=17,
                          input_names=list(first), output_names=["out_sample"], dynamic_axes=AXES)
    strip_file(traced)
    onnx.save_model(onnx.load(traced), str(folder / "model.onnx"), save_as_external_data=True, all_tensors_to_one_file=True,
                    location="model.onnx_data", size_threshold=1024, convert_attribute=True)
    traced.unlink()


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(Path(sys.argv[1]))
