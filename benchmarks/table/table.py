"""One step of five diffusion transformers on this machine's CPU, by everything that can run it. See `run`."""

import argparse
import copy
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import onnxruntime
import torch

import models

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
REST = 0.1
WARM_UP = 2
CONTESTANTS = {
    "onnxruntime": "ONNX Runtime",
    "eager": "PyTorch eager",
    "compile": "torch.compile",
    "openvino": "OpenVINO",
    "cut": "Reprise",
    "fbc": "Reprise, FBC hit",
    "pab": "Reprise, PAB step",
    "int8": "Reprise, int8",
}


def inputs_of(tokens):
    image, text = tokens
    return {
        "hidden_states": torch.randn(1, image, 16),
        "encoder_hidden_states": torch.randn(1, text, 256),
        "timestep": torch.tensor([500.0]),
    }


def export(model, inputs, path):
    """By the exporter that most published models were written with."""
    torch.onnx.export(
        model, tuple(inputs.values()), str(path), input_names=list(inputs), output_names=["sample"],
        opset_version=17, dynamo=False,
    )


class Java:
    """Reprise in a process of its own, which runs a step when it is told to."""

    def __init__(self, model, folder, threads):
        jar = next((ROOT / "benchmarks/target").glob("reprise-benchmarks-*.jar"))
        self.process = subprocess.Popen(
            ["java", "-cp", str(jar), "dev.reprise.benchmarks.speed.StepsOnDemand", str(model), str(folder), str(threads)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("Reprise ended; what it wrote is above")
        return line.strip()

    def step(self, name):
        self.process.stdin.write(name + "\n")
        self.process.stdin.flush()
        return float(self.answer())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def timed(run):
    """Seconds of the second of two steps, after a rest: threads of the contestant before still look for work."""
    time.sleep(REST)
    run()
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def openvino_model(path, threads):
    try:
        import openvino
    except ImportError:
        return None
    return openvino.Core().compile_model(str(path), "CPU", {"INFERENCE_NUM_THREADS": threads})


def compile_blocks(model):
    """Block by block, as diffusers' compile_repeated_blocks: equal blocks are compiled once."""
    for name, child in model.named_children():
        if name.endswith("transformer_blocks"):
            for block in child:
                block.compile()
    return model


def contestants(model, inputs, path, folder, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    arrays = {name: tensor.numpy() for name, tensor in inputs.items()}
    java = Java(path, folder, threads)
    runs = {
        "onnxruntime": lambda: session.run(None, arrays),
        "eager": lambda: model(**inputs),
    }
    compiled = compile_blocks(copy.deepcopy(model))
    runs["compile"] = lambda: compiled(**inputs)
    other = openvino_model(path, threads)
    if other is not None:
        runs["openvino"] = lambda: other(arrays)
    steps = {name: (lambda run=run: 1000 * timed(run)) for name, run in runs.items()}
    for name in ("cut", "fbc", "pab", "int8"):
        steps[name] = lambda name=name: java.step(name)
    return steps, java, session


def check(model, inputs, session):
    """The exported file computes what PyTorch does: otherwise the times mean nothing."""
    expected = model(**inputs)
    actual = torch.from_numpy(session.run(None, {name: tensor.numpy() for name, tensor in inputs.items()})[0])
    error = ((expected - actual).abs().max() / expected.abs().max()).item()
    if error > 1e-3:
        raise SystemExit(f"the export differs from PyTorch by {error:.1e}")


def measure(name, build, tokens, folder, threads, seconds):
    torch.manual_seed(0)
    model, inputs = build().eval(), inputs_of(tokens)
    path = folder / f"{name}.onnx"
    export(model, inputs, path)
    steps, java, session = contestants(model, inputs, path, folder, threads)
    check(model, inputs, session)
    times = {contestant: [] for contestant in steps}
    order = list(steps)
    for _ in range(WARM_UP):
        for contestant in order:
            steps[contestant]()
    end, rounds = time.monotonic() + seconds, 0
    while rounds < 3 or (time.monotonic() < end and rounds < 25):
        # Forwards and backwards: nobody always runs behind the same one.
        for contestant in order if rounds % 2 == 0 else reversed(order):
            times[contestant].append(steps[contestant]())
        rounds += 1
    java.close()
    ratios = {}
    for contestant, millis in times.items():
        of_plain = sorted(m / p for m, p in zip(millis, times["onnxruntime"]))
        ratios[contestant] = {
            "ms": statistics.median(millis),
            "ratio": statistics.median(of_plain),
            "lowest": of_plain[len(of_plain) // 4],
            "highest": of_plain[-1 - len(of_plain) // 4],
        }
    return {"rounds": rounds, "contestants": ratios}


def processor():
    found = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text()) if os.path.exists("/proc/cpuinfo") else None
    return found.group(1) if found else platform.processor()


def markdown(results):
    present = [c for c in CONTESTANTS if any(c in s["contestants"] for s in results["shapes"].values())]
    lines = [
        "| | " + " | ".join(CONTESTANTS[c] for c in present) + " |",
        "|---|" + "---|" * len(present),
    ]
    for shape in results["shapes"].values():
        cells = []
        for contestant in present:
            figures = shape["contestants"].get(contestant)
            if figures is None:
                cells.append("–")
            elif contestant == "onnxruntime":
                cells.append(f"1 ({figures['ms']:.0f} ms)")
            else:
                cells.append(f"{figures['ratio']:.2f}")
        lines.append(f"| {shape['title']} | " + " | ".join(cells) + " |")
    machine = results["machine"]
    lines += [
        "",
        f"{machine['processor']}, {machine['threads']} of {machine['cores']} cores; PyTorch {machine['torch']}, ONNX Runtime "
        f"{machine['onnxruntime']} in Python and {machine['reprise_onnxruntime']} in Java; load {machine['load']:.1f} before.",
    ]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=45, help="for the rounds of one shape")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--shapes", default="", help="names, separated by commas; all")
    parser.add_argument("--folder", type=Path, required=True, help="for models")
    parser.add_argument("--results", type=Path, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    results = {
        "machine": {
            "processor": processor(),
            "cores": os.cpu_count(),
            "threads": arguments.threads,
            "load": os.getloadavg()[0],
            "torch": torch.__version__,
            "onnxruntime": onnxruntime.__version__,
            "reprise_onnxruntime": re.search(
                r"<onnxruntime.version>(.*?)<", (ROOT / "pom.xml").read_text()
            ).group(1),
        },
        "shapes": {},
    }
    wanted = [n for n in arguments.shapes.split(",") if n]
    with torch.inference_mode():
        for name, title, build, tokens in models.shapes():
            if wanted and name not in wanted:
                continue
            print(f"{name} …", file=sys.stderr, flush=True)
            measured = measure(name, build, tokens, arguments.folder, arguments.threads, arguments.seconds)
            results["shapes"][name] = {"title": title, **measured}
            arguments.results.write_text(json.dumps(results, indent=2) + "\n")
    table = markdown(results)
    print(table)
    if not wanted:
        document = ROOT / "docs/cpu-table.md"
        text = document.read_text()
        start, end = text.index("<!-- table -->"), text.index("<!-- /table -->")
        document.write_text(text[:start] + "<!-- table -->\n" + table + "\n" + text[end:])


if __name__ == "__main__":
    main()
