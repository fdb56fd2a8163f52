"""Records the reference: a PyTorch transformer under diffusers' cache hooks, open loop over the entry's steps.

Writes `recording.json` and `recording.safetensors` as the project's own recordings are written (see README.md).
"""

import copy
import json
import math
import re
from pathlib import Path

import torch
from diffusers.hooks import (
    FasterCacheConfig,
    FirstBlockCacheConfig,
    HookRegistry,
    MagCacheConfig,
    PyramidAttentionBroadcastConfig,
    TaylorSeerCacheConfig,
    apply_faster_cache,
    apply_first_block_cache,
    apply_mag_cache,
    apply_pyramid_attention_broadcast,
    apply_taylorseer_cache,
)
from diffusers.hooks import faster_cache
from diffusers.hooks._common import _ATTENTION_CLASSES, _FEEDFORWARD_CLASSES
from diffusers.hooks.first_block_cache import FBCHeadBlockHook
from diffusers.hooks.mag_cache import MagCacheBlockHook
from safetensors.torch import save_file

from caches_unet import apply_deep_cache, apply_module_schedule

FORMAT_VERSION = 1
REFERENCE = "diffusers 0.40"
THRESHOLD_MARGIN = 0.02  # no decision of a recording may hang on less than this: other kernels round differently
TRANSFORMERS = faster_cache._TRANSFORMER_BLOCK_IDENTIFIERS
TAYLORSEER_ATTENTION = [
    ".*blocks\\.\\d+\\.(block\\.)?(attn\\d?|attention|(self|cross)_attention)",
    ".*layers\\.\\d+\\.(attn\\d?|self_attn|attention)",
]
FASTER_CACHE = {
    "spatial_attention_block_skip_range": 2,
    "spatial_attention_timestep_skip_range": [-1, 901],
    "temporal_attention_block_skip_range": 2,
    "temporal_attention_timestep_skip_range": [-1, 901],
    "unconditional_batch_skip_range": 3,
    "unconditional_batch_timestep_skip_range": [-1, 901],
}


class NothingSkipped(Exception):
    pass


# ---- which modules ran


def block_lists(model) -> list[dict]:
    """Top-level lists of blocks, in the order of definition (= execution in every class of the registry)."""
    found = []
    for name, child in model.named_children():
        if isinstance(child, torch.nn.ModuleList) and len(child):
            if any(part in name for part in ("block", "layers", "decoders")):
                found.append({"list": name, "length": len(child)})
    return found


def attention_modules(model) -> list[dict]:
    return [
        {"name": name, "is_cross_attention": bool(getattr(module, "is_cross_attention", False))}
        for name, module in model.named_modules()
        if isinstance(module, _ATTENTION_CLASSES)
    ]


def observed_scopes(model) -> list[str]:
    scopes = {module["name"] for module in attention_modules(model)}
    for blocks in block_lists(model):
        scopes |= {f"{blocks['list']}.{i}" for i in range(blocks["length"])}
    scopes |= unet_scopes(model)
    for name, module in model.named_modules():
        if name == "proj_out" or isinstance(module, _FEEDFORWARD_CLASSES) or "FeedForward" in type(module).__name__:
            scopes.add(name)
    return sorted(scopes)


def unet_scopes(model) -> set[str]:
    if not hasattr(model, "up_blocks"):
        return set()
    layers = re.compile(r"mid_block|(down_blocks\.\d+|mid_block|up_blocks\.\d+)\.(resnets|attentions)\.\d+")
    return {name for name, _ in model.named_modules() if layers.fullmatch(name)}


def watch_layers(model) -> set:
    """Returns a set that collects the names of the layers (modules without children) whose own forward runs.

    Patches `forward` before any hook is applied, so a hook that answers from its cache leaves no trace here.
    """
    ran = set()

    def watch(name, module):
        original = module.forward

        def forward(*args, **kwargs):
            ran.add(name)
            return original(*args, **kwargs)

        module.forward = forward

    for name, module in model.named_modules():
        if name and not any(True for _ in module.children()):
            watch(name, module)
    return ran


def not_run(scopes, ran) -> list[str]:
    return [s for s in scopes if s not in ran and not any(layer.startswith(s + ".") for layer in ran)]


# ---- one run


def run(entry, model, constants, steps, timesteps, apply=None):
    """Runs all steps on a copy of the model; `apply(copy, now)` installs the hooks, `now()` is the current timestep."""
    model = copy.deepcopy(model)
    ran = watch_layers(model)
    scopes = observed_scopes(model)
    now = {"timestep": timesteps[0]}
    model.timesteps_of_the_run = timesteps
    if apply is not None:
        apply(model, lambda: now["timestep"])
        HookRegistry.check_if_exists_or_initialize(model)._set_context("cond")
    outputs, skipped = [], []
    with torch.no_grad():
        for value, inputs in zip(timesteps, steps):
            now["timestep"] = value
            ran.clear()
            changing_and_constant = {**constants, **inputs}
            ordered = {name: changing_and_constant[name].clone() for name in entry.inputs}
            outputs.append(entry.call(model, ordered).detach().clone().contiguous())
            skipped.append(not_run(scopes, ran))
    if not all(torch.isfinite(output).all() for output in outputs):
        raise ValueError("non-finite output")
    return outputs, skipped, model


# ---- the policies: config (as recorded) → how to apply it


def apply_policy(policy: str, config: dict):
    def tuples(values):
        return {k: tuple(v) if k.endswith("_range") and isinstance(v, list) else v for k, v in values.items()}

    def apply(model, now):
        if policy == "pyramid_attention_broadcast":
            apply_pyramid_attention_broadcast(
                model, PyramidAttentionBroadcastConfig(**tuples(config), current_timestep_callback=now)
            )
        elif policy == "first_block_cache":
            apply_first_block_cache(model, FirstBlockCacheConfig(**config))
        elif policy == "taylorseer":
            dtype = getattr(torch, config["taylor_factors_dtype"])
            apply_taylorseer_cache(model, TaylorSeerCacheConfig(**{**config, "taylor_factors_dtype": dtype}))
        elif policy == "magcache":
            apply_mag_cache(model, MagCacheConfig(**config))
        elif policy == "faster_cache":
            values = tuples(config)
            weight = values.pop("attention_weight")
            # The hooks look at attention of transformers only, whatever the configuration names.
            faster_cache._TRANSFORMER_BLOCK_IDENTIFIERS = TRANSFORMERS + tuple(config.get("spatial_attention_block_identifiers", ()))
            apply_faster_cache(
                model,
                FasterCacheConfig(
                    **values, attention_weight_callback=lambda _: weight, current_timestep_callback=now
                ),
            )
        elif policy == "deep_cache":
            apply_deep_cache(model, config)
        elif policy == "module_schedule":
            apply_module_schedule(model, config, lambda: model.timesteps_of_the_run.index(now()))
        else:
            raise ValueError(f"unknown policy {policy}")

    return apply


def plan(entry) -> dict:
    """Policy name → (policy id, config). Configs vary with the entry's seed so that the recordings differ."""
    n, v = entry.steps, entry.seed
    pab = {
        "spatial_attention_block_skip_range": 2 + v % 2,
        "temporal_attention_block_skip_range": 4,
        "cross_attention_block_skip_range": 3 + v % 3,
    }
    if v % 3 == 1:
        pab["spatial_attention_timestep_skip_range"] = [50, 950]
        pab["cross_attention_timestep_skip_range"] = [-1, 900]
    taylorseer = {"cache_interval": 3 + v % 2, "disable_cache_before_step": 3 - v % 2}
    if v % 4 == 3:
        taylorseer["disable_cache_after_step"] = n - 2
    attention = {"cache_identifiers": TAYLORSEER_ATTENTION, "taylor_factors_dtype": "float32"}
    policies = {
        "pab": ("pyramid_attention_broadcast", pab),
        "fbc": ("first_block_cache", {"threshold": "auto"}),
        "taylorseer1": ("taylorseer", {**taylorseer, "max_order": 1, **attention}),
        "taylorseer2": ("taylorseer", {**taylorseer, "max_order": 2, **attention}),
        "taylorseer_lite": (
            "taylorseer",
            {**taylorseer, "max_order": 1 + v % 2, "use_lite_mode": True, "taylor_factors_dtype": "float32"},
        ),
        "magcache": (
            "magcache",
            {
                "threshold": (0.06, 0.1, 0.04)[v % 3],
                "max_skip_steps": 2 + v % 3,
                "retention_ratio": (0.2, 0.1, 0.3)[v % 3],
                "num_inference_steps": n,
                "mag_ratios": "calibrated" if v % 2 else [1 + 0.03 * math.sin(i) for i in range(n)],
            },
        ),
        "fastercache_distilled": (
            "faster_cache",
            {
                "spatial_attention_block_skip_range": 2 + v % 2,
                "spatial_attention_timestep_skip_range": [-1, 901],
                "temporal_attention_block_skip_range": 2,
                "temporal_attention_timestep_skip_range": [-1, 901],
                "is_guidance_distilled": True,
                "attention_weight": (0.5, 0.3)[v % 2],
            },
        ),
    }
    shape = getattr(entry.inputs[entry.varying], "shape", ())
    if len(shape) in (4, 5) and shape[0] % 2 == 0:
        for tensor_format in ("BCHW",) if len(shape) == 4 else ("BCFHW", "BFCHW"):
            config = {**FASTER_CACHE, "tensor_format": tensor_format, "attention_weight": (0.5, 0.3)[v % 2]}
            policies[f"fastercache_{tensor_format}"] = ("faster_cache", config)
    policies.update(entry.policies)
    return {name: p for name, p in policies.items() if p is not None}


def resolve(entry, policy, config, model, constants, steps, timesteps) -> dict:
    """Replaces "auto" and "calibrated" by values that were measured on this model."""
    if config.get("threshold") == "auto":
        return {**config, "threshold": mixed_threshold(entry, model, constants, steps, timesteps)}
    if config.get("mag_ratios") == "calibrated":
        return {**config, "mag_ratios": calibrate(entry, config, model, constants, steps, timesteps)}
    return config


def mixed_threshold(entry, model, constants, steps, timesteps) -> float:
    """The FBC threshold that skips closest to half of the steps with no decision near the threshold."""
    candidates = [round(0.005 * 1.18**i, 4) for i in range(36)]
    best = None
    for threshold in candidates:
        decisions = []
        original = FBCHeadBlockHook._should_compute_remaining_blocks

        def observe(hook, residual):
            previous = hook.state_manager.get_state().head_block_residual
            compute = original(hook, residual)
            if previous is not None:
                difference = ((residual - previous).abs().mean() / previous.abs().mean()).item()
                decisions.append((difference, compute))
            return compute

        FBCHeadBlockHook._should_compute_remaining_blocks = observe
        try:
            run(entry, model, constants, steps, timesteps, apply_policy("first_block_cache", {"threshold": threshold}))
        finally:
            FBCHeadBlockHook._should_compute_remaining_blocks = original
        hits = sum(not compute for _, compute in decisions)
        margin = min(abs(d - threshold) / threshold for d, _ in decisions)
        if hits and margin > THRESHOLD_MARGIN:
            score = abs(hits / len(steps) - 0.5)
            if best is None or score < best[0]:
                best = (score, threshold)
    if best is None:
        raise NothingSkipped("no threshold below 1.6 skips a block with a safe margin")
    return best[1]


def calibrate(entry, config, model, constants, steps, timesteps) -> list[float]:
    """The reference's calibration over all steps (it prints the ratios and forgets them, so collect them one by one)."""
    ratios = []
    original = MagCacheBlockHook._perform_calibration_step

    def collect(hook, state, residual):
        original(hook, state, residual)
        ratios.append(state.calibration_ratios[-1])

    MagCacheBlockHook._perform_calibration_step = collect
    # One step more than there are: the reference prints and resets at the last one.
    calibration = {"calibrate": True, "num_inference_steps": len(steps) + 1}
    try:
        run(entry, model, constants, steps, timesteps, apply_policy("magcache", calibration))
    finally:
        MagCacheBlockHook._perform_calibration_step = original
    return [round(r, 6) for r in ratios]


def record(entry, model, models: dict, directory: Path, only=None, sample=None, timesteps=None):
    """Writes the recording; returns (recorded policy names with hit counts, holes with reasons, inputs, plain outputs)."""
    constants, steps = sample or entry.sample()
    timesteps = timesteps or entry.timesteps()
    plain, idle, _ = run(entry, model, constants, steps, timesteps)
    never = set(idle[0])
    tensors = {f"const.{k}": v for k, v in constants.items()}
    for i, (inputs, output) in enumerate(zip(steps, plain)):
        tensors.update({f"step.{i:02d}.in.{k}": v for k, v in inputs.items()})
        tensors[f"step.{i:02d}.none"] = output
    policies, holes = {}, {}
    for name, (policy, config) in plan(entry).items():
        if only is not None and name not in only:
            continue
        try:
            config = resolve(entry, policy, config, model, constants, steps, timesteps)
            outputs, skipped, _ = run(entry, model, constants, steps, timesteps, apply_policy(policy, config))
            skipped = [[s for s in step if s not in never] for step in skipped]
            if not any(skipped) and all(torch.equal(a, b) for a, b in zip(outputs, plain)):
                raise NothingSkipped("no module matched, outputs equal to none")
            if [o.shape for o in outputs] != [o.shape for o in plain]:
                raise ValueError("output shape differs from the plain run")
        except Exception as e:  # the reference does not support this class: that is a result, it goes to STATUS.md
            holes[name] = f"{type(e).__name__}: {str(e).splitlines()[0][:110] if str(e) else ''}"
            continue
        policies[name] = {"policy": policy, "config": config, "skipped": skipped}
        tensors.update({f"step.{i:02d}.{name}": output for i, output in enumerate(outputs)})
    save_file({k: v.contiguous().clone() for k, v in tensors.items()}, str(directory / "recording.safetensors"))
    (directory / "recording.safetensors").chmod(0o644)
    document = {
        "version": FORMAT_VERSION,
        "model_class": entry.cls.rpartition(".")[2],
        "reference": REFERENCE,
        "models": models,
        "steps": len(steps),
        "timesteps": timesteps,
        "varying_input": entry.varying,
        "blocks": block_lists(model),
        "attention_modules": attention_modules(model),
        "policies": policies,
    }
    (directory / "recording.json").write_text(json.dumps(document, indent=1) + "\n")
    feeds = [{**constants, **inputs} for inputs in steps]
    return policies, holes, feeds, plain
