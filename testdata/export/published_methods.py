"""The public code of cache methods, put into a model: each function returns what `published.py` applies to a copy of it."""

import ast
import logging as python_logging
import math
import os
import sys
import types
from pathlib import Path
from typing import Any, Dict, Optional, Tuple, Union

import numpy as np
import torch
from diffusers.models.modeling_outputs import Transformer2DModelOutput
from diffusers.utils import USE_PEFT_BACKEND, is_torch_version, logging, scale_lora_layers, unscale_lora_layers

SOURCES = Path(os.environ["SOURCES"])


def function(script, name, **names):
    """A function of a script that does more when it is imported."""
    tree = ast.parse((SOURCES / script).read_text())
    wanted = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]
    known = dict(
        torch=torch, np=np, math=math, logging=logging, logger=logging.get_logger(name), Any=Any, Dict=Dict,
        Optional=Optional, Tuple=Tuple, Union=Union, Transformer2DModelOutput=Transformer2DModelOutput,
        USE_PEFT_BACKEND=USE_PEFT_BACKEND, is_torch_version=is_torch_version, scale_lora_layers=scale_lora_layers,
        unscale_lora_layers=unscale_lora_layers,
    )
    known.update(names)
    exec(compile(ast.Module(wanted, []), script, "exec"), known)
    return known[name]


def replace_forward(model, forward, **attributes):
    for name, value in attributes.items():
        setattr(model, name, value)
    model.forward = types.MethodType(forward, model)


def dicache(threshold, error_choice, ret_ratio, depth=1):
    forward = function("DiCache/FLUX/run_flux_dicache.py", "dicache_forward")
    return lambda model: replace_forward(
        model, forward, enable_dicache=True, cnt=0, num_steps=20, accumulated_rel_l1_distance=0, previous_residual=None,
        residual_window=[], probe_residual_window=[], probe_depth=depth, error_choice=error_choice,
        rel_l1_thresh=threshold, ret_ratio=ret_ratio,
    )


def teacache(threshold):
    forward = function("TeaCache/TeaCache4FLUX/teacache_flux.py", "teacache_forward")
    return lambda model: replace_forward(
        model, forward, enable_teacache=True, cnt=0, num_steps=20, rel_l1_thresh=threshold,
        accumulated_rel_l1_distance=0, previous_modulated_input=None, previous_residual=None,
    )


def spectrum(w, m, lam, window, flex_window, warmup):
    sys.path.insert(0, str(SOURCES / "Spectrum/src"))
    import utils
    from pipelines.flux_forward import our_flux_forward
    from utils import basis_utils

    # As published the forecast is in bfloat16.
    utils.DTYPE = basis_utils.DTYPE = torch.float32

    def apply(model):
        utils.set_method("spectrum")
        utils.set_w(w)
        utils.set_m(m)
        utils.set_lam(lam)
        state = {}

        def forward(self, **inputs):
            return our_flux_forward(self, **inputs, joint_attention_kwargs=state)

        replace_forward(
            model, forward, flex_w=False, cnt=0, num_consecutive_cached_steps=0, num_steps=20, warmup_steps=warmup,
            window_size=window, curr_ws=window, flex_window=flex_window, actual_forward_counter=0,
        )

    return apply


def dbcache(calibrator=None, **config):
    from cache_dit.caching.cache_blocks import CachedBlocks
    from cache_dit.caching.cache_contexts.cache_config import DBCacheConfig
    from cache_dit.caching.cache_contexts.cache_manager import CachedContextManager
    from cache_dit.caching.forward_pattern import ForwardPattern

    def apply(model):
        manager = CachedContextManager(name="recorded")
        manager.new_context(name="blocks", cache_config=DBCacheConfig(**config), calibrator_config=calibrator)
        cached = CachedBlocks(
            model.transformer_blocks, transformer=model, forward_pattern=ForwardPattern.Pattern_1,
            check_num_outputs=False, cache_prefix="blocks", cache_context="blocks", context_manager=manager,
        )
        model.transformer_blocks = torch.nn.ModuleList([cached])

    return apply


def seacache(**config):
    from diffusers.hooks.hooks import HookRegistry
    from diffusers.hooks.sea_cache import SeaCacheConfig, apply_sea_cache

    def apply(model):
        apply_sea_cache(
            model,
            SeaCacheConfig(
                **config,
                current_step_callback=lambda: model.recorded_step,
                current_sigma_callback=lambda: model.recorded_sigma,
                num_inference_steps_callback=lambda: 20,
                # [batch, tokens, channels] as (C, T, H, W): what this project filters of latents with three axes.
                raw_vision_callback=lambda module, args, kwargs: [kwargs["hidden_states"][0][:, None, None, :]],
            ),
        )
        HookRegistry.check_if_exists_or_initialize(model)._set_context("cond")

    return apply


def hicache(run, **config):
    """A sampler's loop drives it: the model's outputs take the place of its velocities."""
    sys.path.insert(0, str(SOURCES / "hicache-plus-plus"))
    from hicache_pp import hermite

    def apply(model):
        state = hermite.hicache_init(num_steps=20, **config)
        original = model.forward

        def forward(self, **inputs):
            state["step"] = self.recorded_step
            if hermite.hicache_decide(state) == "full":
                output = original(**inputs)[0]
                hermite.hicache_update_derivatives(state, output)
            else:
                output = hermite.hicache_forecast(state)
            return (output,)

        replace_forward(model, forward)

    return apply


class WanAround(torch.nn.Module):
    """What EasyCache's forward for Wan takes for a model: this one's output is that of another model for the same latents."""

    model_type, freq_dim, text_len, dim, freqs = "t2v", 4, 1, 1, torch.zeros(1)

    def __init__(self, run, **state):
        super().__init__()
        self.patch_embedding = torch.nn.Identity()
        self.patch_embedding.weight = torch.zeros(1)
        self.run, self.blocks = run, []
        self.time_embedding = self.time_projection = self.text_embedding = lambda value: torch.zeros(1, 6)
        for name, value in state.items():
            setattr(self, name, value)

    def head(self, x, e):
        return x

    def unpatchify(self, x, grid_sizes):
        return [self.run()]


def easycache(threshold, warmup):
    forward = function(
        "EasyCache/EasyCache4Wan2.1/easycache_generate.py", "easycache_forward", amp=torch.amp,
        sinusoidal_embedding_1d=lambda dim, t: torch.zeros(1),
    )

    def apply(model):
        original = model.forward
        # Calls alternate between the conditional and the unconditional branch; both are this one.
        around = WanAround(None, cnt=0, num_steps=40, thresh=threshold, accumulated_error_even=0,
                           ret_steps=2 * warmup, cutoff_steps=38, k=None)
        torch.amp.autocast, cpu = lambda **kwargs: torch.autocast("cpu", enabled=False), torch.amp.autocast

        def call(self, **inputs):
            latents = inputs["hidden_states"]
            around.run = lambda: original(**inputs)[0]
            # [batch, tokens, channels] as [channels, frames, height, width]
            result = [
                forward(around, [latents], torch.zeros(1), [torch.zeros(1, 1)], latents.numel()) for _ in range(2)
            ][0][0]
            return (result.reshape(latents.shape),)

        replace_forward(model, call)

    return apply


def sencache(run, thresh_start, thresh_main, k, tables):
    forward = function("SenCache/CogVideoX/sencache.py", "sencache_forward_cogvid", logging=python_logging)
    # The published factor is the root of the number of latents of its video.
    scale = math.sqrt(run.steps[0]["hidden_states"][0].numel())

    def apply(model):
        replace_forward(
            model, forward, J_z_norm=tables["j_x_norm"], J_t_norm=tables["j_t_norm"],
            sencache_timesteps_array=np.array(tables["timesteps"]), sencache_threshold_start=thresh_start * scale,
            sencache_threshold_main=thresh_main * scale, sencache_K=k, num_steps=20, threshold_switch_step=4,
            ret_steps=1, cutoff_steps=19, cached_z=None, cached_t=None, cached_residual=None,
            cached_residual_encoder=None, cached_J_z_norm=None, cached_J_t_norm=None, accumulated_skips=0, cnt=0,
            current_skip_count=0, all_skip_counts=[],
        )

    return apply


def sensitivities(run):
    """J_x and J_t of every step by the published functions, with the recording's next latents in place of a scheduler's step."""
    script = "SenCache/CogVideoX/sensitivity_calculation_cogvid.py"
    of_latents = function(script, "calculate_solver_step_sensitivity")
    of_time = function(script, "calculate_jacobian_norm_T")
    given = {"encoder_hidden_states": run.constants["encoder_hidden_states"]}
    tables = {"timesteps": [], "j_x_norm": [], "j_t_norm": []}
    for step, inputs in enumerate(run.steps):
        t = inputs["timestep"].float()
        next_inputs = run.steps[min(step + 1, len(run.steps) - 1)]
        tables["timesteps"].append(float(t))
        if step == len(run.steps) - 1:
            tables["j_x_norm"].append(tables["j_x_norm"][-1])
            tables["j_t_norm"].append(tables["j_t_norm"][-1])
            continue

        class Scheduler:
            def step(self, *args, **kwargs):
                return (next_inputs["hidden_states"],)

        x = inputs["hidden_states"][0]
        t_next = next_inputs["timestep"].float()
        # Its bfloat16 is for CUDA; on the CPU it is float32.
        tables["j_x_norm"].append(of_latents(run.model, Scheduler(), x, t, t_next, given, "cpu", 0))
        tables["j_t_norm"].append(of_time(run.model, x, t, given, t_next, "cpu"))
    return tables


def masks():
    """cache-dit's masks by number of steps and name."""
    from cache_dit.caching import steps_mask

    names = ("slow", "medium", "fast", "ultra")
    return {
        str(steps): {name: "".join(map(str, steps_mask(total_steps=steps, mask_policy=name))) for name in names}
        for steps in (4, 6, *range(8, 61), 100)
    }


def flux(run):
    """Policies of this project by the name of the recording: id, parameters, and the public code that they stand for."""
    from cache_dit.caching import steps_mask
    from cache_dit.caching.cache_contexts.calibrators import FoCaCalibratorConfig, TaylorSeerCalibratorConfig

    fast = steps_mask(total_steps=20, mask_policy="fast")
    db = dict(Fn_compute_blocks=1, Bn_compute_blocks=0, max_warmup_steps=4)
    ours = {"cache_dit_counts": True}
    recorded = {}

    def dbcache_as(name, calibrator=None, forecast=None, **config):
        config = {**db, **config}
        mask = config.get("steps_computation_mask")
        parameters = {k: v for k, v in config.items()}
        if mask is not None:
            parameters["steps_computation_mask"] = "".join(map(str, mask))
        recorded[name] = ("dbcache", {**parameters, **ours, **(forecast or {})}, dbcache(calibrator, **config))

    dbcache_as("dbcache", residual_diff_threshold=0.3)
    dbcache_as(
        "dbcache_limits", Fn_compute_blocks=2, Bn_compute_blocks=1, residual_diff_threshold=0.3,
        max_continuous_cached_steps=3, max_cached_steps=9,
    )
    dbcache_as("dbcache_sum", residual_diff_threshold=0.3, max_accumulated_residual_diff_threshold=0.9)
    dbcache_as("dbcache_refresh", residual_diff_threshold=0.3, force_refresh_step_hint=10)
    dbcache_as(
        "dbcache_repeat", residual_diff_threshold=0.3, force_refresh_step_hint=7, force_refresh_step_policy="repeat"
    )
    dbcache_as("dbcache_warmup", residual_diff_threshold=0.3, max_warmup_steps=12, warmup_interval=3)
    dbcache_as("dbcache_mask", residual_diff_threshold=0.3, steps_computation_mask=fast)
    dbcache_as(
        "dbcache_static", residual_diff_threshold=0.3, steps_computation_mask=fast, steps_computation_policy="static"
    )
    for order in 1, 2:
        dbcache_as(
            f"dbcache_taylor{order}", TaylorSeerCalibratorConfig(taylorseer_order=order),
            {"forecast": "taylor", "max_order": order}, Bn_compute_blocks=1, max_warmup_steps=6,
            residual_diff_threshold=0.3,
        )
    dbcache_as("dbcache_foca", FoCaCalibratorConfig(), {"forecast": "foca"}, residual_diff_threshold=0.3)
    recorded["dicache"] = (
        "dicache", {"rel_l1_thresh": 0.4, "error_choice": "delta_y", "warmup_steps": 5}, dicache(0.4, "delta_y", 0.2)
    )
    recorded["dicache_minus"] = (
        "dicache",
        {"rel_l1_thresh": 0.08, "error_choice": "delta_minus", "warmup_steps": 1, "probe_depth": 2},
        dicache(0.08, "delta_minus", 0.0, 2),
    )
    coefficients = [4.98651651e+02, -2.83781631e+02, 5.58554382e+01, -3.82021401e+00, 2.64230861e-01]
    recorded["teacache"] = ("teacache", {"rel_l1_thresh": 0.6, "coefficients": coefficients}, teacache(0.6))
    recorded["spectrum"] = (
        "spectrum", {"window_size": 2, "flex_window": 0.75, "warmup_steps": 5}, spectrum(1.0, 4, 0.1, 2, 0.75, 5)
    )
    recorded["spectrum_half"] = (
        "spectrum",
        {"window_size": 2, "flex_window": 1.5, "warmup_steps": 3, "w": 0.5, "m": 2, "lam": 0.01},
        spectrum(0.5, 2, 0.01, 2, 1.5, 3),
    )
    recorded["hicache"] = (
        "hicache", {"interval": 4, "max_order": 1, "first_enhance": 3, "last_steps": 0},
        hicache(run, interval=4, max_order=1, first_enhance=3),
    )
    recorded["hicache2"] = (
        "hicache", {"interval": 3, "max_order": 2, "sigma": 0.7, "first_enhance": 2, "last_steps": 2},
        hicache(run, interval=3, max_order=2, sigma=0.7, first_enhance=2, end_enhance=18),
    )
    recorded["easycache"] = ("easycache", {"threshold": 0.5, "warmup_steps": 5}, easycache(0.5, 5))
    return recorded


def cogvideox(run):
    tables = {name: [float(v) for v in values] for name, values in sensitivities(run).items()}
    return {
        "sencache": (
            "sencache",
            {"thresh_start": 0.05, "thresh_main": 0.3, "k": 3, **tables},
            sencache(run, 0.05, 0.3, 3, tables),
        )
    }
