"""Replays a recording made by the reference with this harness: same inputs, same weights (read back from the TorchScript
export), every recorded policy; compares outputs and `skipped`.

    python check_golden.py RECORDING_DIRECTORY entry
"""

import json
import sys
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from safetensors.torch import load_file

import classes_image  # noqa: F401  (registers entries)
import classes_video  # noqa: F401
from record import apply_policy, run
from registry import ENTRIES


def weights_of(path: Path, model) -> dict:
    """State dict from a TorchScript export: named initializers, plus transposed MatMul weights found through their node."""
    graph = onnx.load(path).graph
    initializers = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in graph.initializer}
    known = dict(model.named_parameters()) | dict(model.named_buffers())
    state = {name: value for name, value in initializers.items() if name in known}
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in initializers and node.input[1] not in known:
            name = ".".join(node.name.split("/")[1:-1]) + ".weight"
            state[name] = initializers[node.input[1]].T.contiguous()
    return state


def main() -> None:
    torch.set_num_threads(1)
    directory, entry = Path(sys.argv[1]), ENTRIES[sys.argv[2]]
    document = json.loads((directory / "recording.json").read_text())
    tensors = load_file(directory / "recording.safetensors")
    constants = {k[len("const.") :]: v for k, v in tensors.items() if k.startswith("const.")}
    steps = []
    for i in range(document["steps"]):
        prefix = f"step.{i:02d}.in."
        steps.append({k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)})
    model = entry.build()
    missing = model.load_state_dict(weights_of(directory / document["models"]["torchscript"], model), strict=False)
    print("not read back:", missing.missing_keys)
    recorded = {"none": None} | document["policies"]
    for name, policy in recorded.items():
        apply = policy and apply_policy(policy["policy"], policy["config"])
        outputs, skipped, _ = run(entry, model, constants, steps, document["timesteps"], apply)
        error = max(
            float((o - tensors[f"step.{i:02d}.{name}"]).abs().max() / tensors[f"step.{i:02d}.{name}"].abs().max())
            for i, o in enumerate(outputs)
        )
        expected = policy["skipped"] if policy else [[] for _ in steps]
        differing = {s for a, b in zip(skipped, expected) for s in set(a) ^ set(b)}
        verdict = "same" if not differing else "differs in " + ", ".join(sorted(differing))
        print(f"{name}: largest error {error:.1e}, skipped {verdict}")


if __name__ == "__main__":
    main()
