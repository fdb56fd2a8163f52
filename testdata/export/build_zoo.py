"""Builds the zoo: for every named entry (default: all) the exported models, the recording and one line of STATUS.md.

    python build_zoo.py OUTPUT_DIRECTORY [name ...]
"""

import json
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

import torch

import classes_audio  # noqa: F401  (registers entries)
import classes_image  # noqa: F401
import classes_unet  # noqa: F401
import classes_video  # noqa: F401
from export import LABELS, check, export
from record import record
from registry import ENTRIES


def build(entry, output: Path) -> dict:
    status = {"class": entry.cls.rpartition(".")[2], "models": {}, "policies": {}, "holes": {}, "steps": entry.steps}
    status["note"] = entry.note
    temporary = Path(tempfile.mkdtemp(prefix=f".{entry.name}.", dir=output))
    try:
        model = entry.build()
        status["parameters"] = sum(p.numel() for p in model.parameters())
        policies, holes, feeds, plain = record(entry, model, {}, temporary)
        status["policies"] = {n: [bool(s) for s in p["skipped"]].count(True) for n, p in policies.items()}
        status["holes"] = holes
        for label in LABELS:
            path = temporary / f"{label}.onnx"
            try:
                export(entry, label, path)
                status["models"][label] = check(path, [feeds[0], feeds[-1]], [plain[0], plain[-1]])
                if label.endswith("_dynamic"):
                    check_half_batch(entry, model, path, feeds[1])
            except Exception as e:
                status["models"].pop(label, None)
                status["holes"][label] = f"{type(e).__name__}: {first_line(e)}"
                path.unlink(missing_ok=True)
        document = json.loads((temporary / "recording.json").read_text())
        document["models"] = {label: f"{label}.onnx" for label in status["models"]}
        (temporary / "recording.json").write_text(json.dumps(document, indent=1) + "\n")
        if status["models"]:
            target = output / entry.name
            shutil.rmtree(target, ignore_errors=True)
            temporary.rename(target)
            target.chmod(0o755)
    except Exception as e:
        status["error"] = f"{type(e).__name__}: {first_line(e)}"
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return status


def check_half_batch(entry, model, path, feed) -> None:
    """A dynamic batch axis is worth its label only if another batch size runs and is right."""
    size = next(feed[n].shape[0] for n, spec in entry.inputs.items() if spec.batched)
    rows = size // 2 if size > 1 else 2

    def resize(name, value):
        if not entry.inputs[name].batched:
            return value
        return value[:rows] if rows < size else value.repeat(rows, *[1] * (value.ndim - 1))

    other = {name: resize(name, feed[name]) for name in entry.inputs}
    with torch.no_grad():
        check(path, [other], [entry.call(model, {n: v.clone() for n, v in other.items()})])


def first_line(e) -> str:
    while e.__cause__ is not None:  # torch.onnx wraps the reason several times
        e = e.__cause__
    lines = [line for line in str(e).splitlines() if line.strip()]
    return lines[0][:160] if lines else ""


def write_status(output: Path, everything: dict) -> None:
    lines = [
        "# Zoo status",
        "Numbers behind a policy: steps of the recording in which something was skipped. Holes: why something is missing.",
        "",
        "| model | class | params | exporters | steps | policies | holes | note |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, s in sorted(everything.items()):
        holes = "<br>".join(f"`{k}`: {v}" for k, v in s["holes"].items()).replace("|", "\\|").replace("\n", " ")
        lines.append(
            f"| {name} | {s['class']} | {s.get('parameters', 0)} | {', '.join(s['models'])} | {s['steps']} | "
            + ", ".join(f"{k} ({v})" for k, v in s["policies"].items())
            + f" | {holes}{s.get('error', '')} | {s.get('note', '')} |"
        )
    parts = [output / "STATUS.variants.md", output / "STATUS.large.md"]
    lines = [re.sub(r"\x1b\[\d+m", "", line) for line in lines]
    text = "\n".join(lines) + "\n" + "".join("\n" + p.read_text() for p in parts if p.exists())
    (output / "STATUS.md").write_text(text)


def refresh_status(output: Path) -> None:
    state = output / ".status.json"
    if state.exists():
        write_status(output, json.loads(state.read_text()))


def main() -> None:
    torch.set_num_threads(1)
    output = Path(sys.argv[1])
    output.mkdir(parents=True, exist_ok=True)
    state = output / ".status.json"
    for name in sys.argv[2:] or sorted(ENTRIES):
        started = time.time()
        status = build(ENTRIES[name], output)
        everything = json.loads(state.read_text()) if state.exists() else {}
        everything[name] = status
        state.write_text(json.dumps(everything))
        write_status(output, everything)
        print(name, f"{time.time() - started:.0f}s", json.dumps(status), flush=True)


if __name__ == "__main__":
    main()
