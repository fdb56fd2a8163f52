"""Exports small models of other code bases in both exporters, and records them with caches written as plain PyTorch.

    SOURCES=/path/to/checkouts python foreign.py OUTPUT [name ...]

The recordings say what the formula says, not what any library's hooks do: First Block Cache adds its residual once; Pyramid Attention
Broadcast and TaylorSeer keep the value of attention, which is the same before its output projection as behind it.
"""

import inspect
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from safetensors.torch import save_file

import export  # noqa: F401  registers symbolics
import codebases
import codebases_cogvideo
import codebases_mmdit
import codebases_sana
import codebases_speech
from codebases import random_weights
from strip_stack_traces import strip_file

ALL = codebases.ALL | codebases_cogvideo.ALL | codebases_mmdit.ALL | codebases_sana.ALL | codebases_speech.ALL
STEPS = [999, 888, 777, 666, 555, 444, 333, 222, 111, 0]


def sample(base, seed=7):
    """Constant inputs, and the latents and the timestep of every step."""
    generator = torch.Generator().manual_seed(seed)
    latents = next(iter(base.inputs))
    constant = {}
    for name, shape in base.inputs.items():
        if name == latents or name == base.timestep:
            continue
        if name in base.token_ids:
            constant[name] = torch.arange(int(np.prod(shape))).reshape(shape).remainder(7)
        elif name.endswith("ids"):
            ids = torch.arange(int(np.prod(shape))).reshape(shape).remainder(7)
            constant[name] = ids.double() if base.double_ids else ids.float()
        else:
            constant[name] = torch.randn(shape, generator=generator)
    start, drift = (torch.randn(base.inputs[latents], generator=generator) for _ in range(2))
    steps = []
    for i, value in enumerate(STEPS):
        mix = (i / len(STEPS)) ** 1.5
        steps.append({latents: (1 - mix) * start + mix * drift,
                      base.timestep: torch.full(base.inputs[base.timestep], value * base.scale)})
    return constant, steps


def call(base, model, inputs):
    with torch.no_grad():
        return model(*[inputs[name] for name in base.inputs])


class FirstBlock:
    """h^L = h¹ + R while ‖p_a − p_t‖ / ‖p_a‖ ≤ threshold."""

    def __init__(self, base, model, threshold):
        self.base, self.threshold, self.anchor, self.residual = base, threshold, None, None
        self.blocks, self.differences, self.skipped = base.blocks(model), [], []
        last = len(self.blocks) - 1
        for k, (_, block, streams) in enumerate(self.blocks):
            self.install(block, streams, k, last)

    def install(self, block, streams, k, last):
        attribute = "by_position" if hasattr(block, "by_position") else "forward"
        original = getattr(block, attribute)

        def forward(*args):
            if k == 0:
                self.x = streams.entering(args)
                output = original(*args)
                self.h1 = streams.leaving(output)
                self.decide()
                return output
            if not self.reusing:
                output = original(*args)
                if k == last:
                    self.residual = streams.leaving(output) - self.h1
                return output
            return streams.passing(args, self.h1 + self.residual if k == last else streams.entering(args))

        setattr(block, attribute, forward)

    def decide(self):
        probe = self.h1 - self.x
        difference = None if self.anchor is None else ((self.anchor - probe).abs().mean() / self.anchor.abs().mean()).item()
        self.differences.append(difference)
        self.reusing = difference is not None and difference <= self.threshold
        if not self.reusing:
            self.anchor = probe
        self.skipped.append(self.reusing)


class KeptAttention:
    """Attention values that are kept from step to step: reused, or predicted."""

    def __init__(self, base, model, value):
        self.value, self.calls, self.undo = value, 0, []
        if base.kept is not None:
            holder, name = base.kept
            original = getattr(holder, name)
            setattr(holder, name, lambda *a, **k: self.at(original, a, k))
            self.undo.append(lambda: setattr(holder, name, original))
        else:
            for path in base.attention:
                module = model.get_submodule(path)
                original = module.forward
                module.forward = lambda *a, original=original, **k: self.at(original, a, k)
                self.undo.append(lambda module=module, original=original: setattr(module, "forward", original))

    def at(self, original, args, kwargs):
        self.calls += 1
        return self.value(self.calls - 1, self.step, lambda: original(*args, **kwargs))

    def begin(self, step):
        self.step, self.calls = step, 0

    def restore(self):
        for undo in self.undo:
            undo()


def broadcast(skip_range, low, high):
    """reuse ⇔ kept ∧ low < τ < high ∧ n mod range ≠ 0"""
    kept = {}

    def skips(step):
        return step > 0 and low < STEPS[step] < high and step % skip_range != 0

    def value(call, step, compute):
        if not skips(step):
            kept[call] = compute()
        return kept[call]

    return value, skips


def taylor(interval, before):
    """First order: y_a + (y_a − y_a') / w · (t − a)"""
    kept = {}

    def skips(step):
        return not (step < before or (step - before - 1) % interval == 0)

    def value(call, step, compute):
        if not skips(step):
            now = compute()
            previous = kept.get(call)
            slope = None
            if previous is not None:
                slope = each(lambda new, old: (new - old) / (step - previous[2]), now, previous[0])
            kept[call] = (now, slope, step)
            return now
        now, slope, at = kept[call]
        return now if slope is None else each(lambda value, by: value + by * (step - at), now, slope)

    return value, skips


def each(function, value, other):
    """Of every output, where attention has several."""
    return tuple(map(function, value, other)) if isinstance(value, tuple) else function(value, other)


def record(base, model):
    constant, steps = sample(base)
    tensors = {f"const.{name}": tensor for name, tensor in constant.items()}
    plain = []
    for i, step in enumerate(steps):
        plain.append(call(base, model, constant | step))
        tensors[f"step.{i:02}.none"] = plain[-1].contiguous()
        for name, tensor in step.items():
            tensors[f"step.{i:02}.in.{name}"] = tensor.contiguous()
    policies = {}
    names = [path for path, _, _ in base.blocks(model)]
    attention, others = base.attention, base.feed_forward

    threshold = choose_threshold(base, lambda: base.fresh(), constant, steps)
    reference = base.fresh()
    cache = FirstBlock(base, reference, threshold)
    for i, step in enumerate(steps):
        tensors[f"step.{i:02}.fbc"] = call(base, reference, constant | step).contiguous()
    behind = [path for path in names[1:] + attention + others if not path.startswith(names[0] + ".")]
    policies["fbc"] = dict(policy="first_block_cache", config=dict(threshold=threshold),
                           skipped=[behind if reused else [] for reused in cache.skipped])

    schedules = {
        "pab": ("pyramid_attention_broadcast", broadcast(2, 100, 800),
                dict(spatial_attention_block_skip_range=2, spatial_attention_timestep_skip_range=[100, 800])),
        "taylorseer": ("taylorseer", taylor(3, 3),
                       dict(cache_interval=3, disable_cache_before_step=3, max_order=1, taylor_factors_dtype="float32",
                            cache_identifiers=[".*(attn|attention)\\d?"])),
    }
    if base.cross:
        schedules["pab"][2].update(cross_attention_block_skip_range=2, cross_attention_timestep_skip_range=[100, 800])
    for name, (policy, (value, skips), config) in schedules.items():
        reference = base.fresh()
        kept = KeptAttention(base, reference, value)
        for i, step in enumerate(steps):
            kept.begin(i)
            tensors[f"step.{i:02}.{name}"] = call(base, reference, constant | step).contiguous()
        kept.restore()
        policies[name] = dict(policy=policy, config=config, skipped=[attention if skips(i) else [] for i in range(len(steps))])
    return tensors, policies


def choose_threshold(base, fresh, constant, steps):
    """One that both computes and reuses, with no decision within 2 % of it."""
    model = fresh()
    probe = FirstBlock(base, model, -1.0)
    for step in steps:
        call(base, model, constant | step)
    between = sorted(d for d in probe.differences if d is not None)
    for threshold in np.geomspace(between[0], 3 * between[-1], 60).tolist():
        model = fresh()
        cache = FirstBlock(base, model, threshold)
        for step in steps:
            call(base, model, constant | step)
        clear = all(d is None or abs(d / threshold - 1) > 0.02 for d in cache.differences)
        if clear and 2 <= sum(cache.skipped) <= len(steps) - 3:
            return threshold
    raise SystemExit("no threshold both computes and reuses")


def write_onnx(base, model, label, path):
    constant, steps = sample(base)
    arguments = tuple((constant | steps[0])[name] for name in base.inputs)
    names = list(base.inputs)
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    original = model.forward

    def forward(*args):
        model.forward = original
        try:
            return original(*args)
        finally:
            model.forward = forward

    forward.__signature__ = inspect.Signature([inspect.Parameter(name, kind) for name in names])
    model.forward = forward
    if label == "torchscript":
        torch.onnx.export(model, arguments, str(path), input_names=names, opset_version=17, dynamo=False)
    else:
        torch.onnx.export(model, arguments, str(path), input_names=names, opset_version=18, dynamo=True, external_data=False,
                          verbose=False)
    strip_file(path)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    wanted = {i.name for i in session.get_inputs()}
    for step in (steps[0], steps[-1]):
        inputs = constant | step
        expected = call(base, base.fresh(), inputs).numpy()
        found = session.run(None, {n: t.numpy() for n, t in inputs.items() if n in wanted})[0]
        error = np.abs(found - expected).max() / np.abs(expected).max()
        assert error < 1e-4, f"{path}: {error}"


def write_optimized(source, path, base):
    """As ONNX Runtime's transformer optimizer leaves it."""
    from onnxruntime.transformers import optimizer

    optimizer.optimize_model(str(source), model_type="vit", num_heads=2, hidden_size=32, opt_level=0).save_model_to_file(str(path))


def main(output, names):
    for name in names or ALL:
        base = ALL[name]()
        base.fresh = lambda base=base: random_weights(base.build(), 1)
        folder = output / name
        folder.mkdir(parents=True, exist_ok=True)
        models = {}
        for label in ("torchscript", "dynamo"):
            try:
                write_onnx(base, base.fresh(), label, folder / f"{label}.onnx")
                models[label] = f"{label}.onnx"
            except Exception as e:  # a hole, with its reason
                print(f"{name} {label}: {type(e).__name__}: {str(e).splitlines()[0][:200]}")
        if name == "plain":
            write_optimized(folder / "torchscript.onnx", folder / "optimizer_vit.onnx", base)
            models["optimizer_vit"] = "optimizer_vit.onnx"
        tensors, policies = record(base, base.fresh())
        save_file(tensors, folder / "recording.safetensors")
        model = base.fresh()
        blocks = [path for path, _, _ in base.blocks(model)]
        description = dict(
            version=1, model_class=type(model).__name__, reference="PyTorch, the plain formulas", models=models, steps=len(STEPS),
            timesteps=STEPS, varying_input=next(iter(base.inputs)),
            blocks=[dict(list=path, length=len(model.get_submodule(path))) for path in base.lists],
            attention_modules=[dict(name=path, is_cross_attention=path in base.cross) for path in base.attention], policies=policies)
        (folder / "recording.json").write_text(json.dumps(description, indent=1))
        (folder / "expect.json").write_text(json.dumps(dict(attention=base.attention, ff=base.feed_forward, blocks=blocks)))
        print(name, "ok", {k: sum(map(bool, v["skipped"])) for k, v in policies.items()}, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
