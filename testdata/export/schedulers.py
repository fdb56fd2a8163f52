"""What the schedulers of diffusers compute on fixed inputs: `examples/pipeline` is held to it (`SchedulerParityTest`).

    python schedulers.py OUTPUT.json

A case is a configuration as `scheduler_config.json` has it, a number of steps, a number of image tokens where the shift depends on it, the noise,
what the model says in each step, and what follows: timesteps, noise levels, and the sample after each step.
"""

import inspect
import json
import sys
import warnings
from pathlib import Path

import torch
from diffusers import DPMSolverMultistepScheduler, FlowMatchEulerDiscreteScheduler
from diffusers.pipelines.stable_diffusion_3.pipeline_stable_diffusion_3 import calculate_shift

VALUES = 6
FLOW = {"use_flow_sigmas": True, "prediction_type": "flow_prediction"}

EULER = {
    "sd3": {"shift": 3.0},
    "plain": {},
    "dynamic": {"use_dynamic_shifting": True, "max_shift": 1.15},
    "dynamic linear": {"use_dynamic_shifting": True, "time_shift_type": "linear", "base_image_seq_len": 64, "max_image_seq_len": 1024},
    "terminal": {"shift": 2.0, "shift_terminal": 0.1},
    "karras": {"shift": 3.0, "use_karras_sigmas": True},
    "exponential": {"use_exponential_sigmas": True},
    "inverted": {"invert_sigmas": True, "num_train_timesteps": 500},
}

DPM = {
    "flow": FLOW | {"flow_shift": 3.0},
    "flow dynamic": FLOW | {"use_dynamic_shifting": True},
    "flow first order": FLOW | {"solver_order": 1},
    "flow third order": FLOW | {"solver_order": 3, "flow_shift": 2.0},
    "flow heun": FLOW | {"solver_type": "heun", "flow_shift": 3.0},
    "flow sigma min": FLOW | {"final_sigmas_type": "sigma_min", "lower_order_final": False},
    "flow euler at final": FLOW | {"final_sigmas_type": "sigma_min", "euler_at_final": True},
    "pixart": {"beta_schedule": "linear"},
    "scaled linear karras": {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, "use_karras_sigmas": True},
    "lu": {"use_lu_lambdas": True, "solver_order": 3},
    "exponential": {"use_exponential_sigmas": True},
    "cosine": {"beta_schedule": "squaredcos_cap_v2", "lambda_min_clipped": -5.1},
    "cosine karras": {"beta_schedule": "squaredcos_cap_v2", "use_karras_sigmas": True, "prediction_type": "v_prediction"},
    "trained betas": {"trained_betas": [0.001 + 0.0002 * i for i in range(100)], "num_train_timesteps": 100},
    "leading": {"timestep_spacing": "leading", "steps_offset": 1, "prediction_type": "v_prediction"},
    "trailing sample": {"timestep_spacing": "trailing", "prediction_type": "sample"},
    "zero snr": {"rescale_betas_zero_snr": True, "timestep_spacing": "trailing", "prediction_type": "v_prediction"},
}


def case(name, kind, config, steps, tokens=None):
    scheduler = kind(**config)
    given = {}
    if scheduler.config.use_dynamic_shifting:
        fields = {"base_image_seq_len": 256, "max_image_seq_len": 4096, "base_shift": 0.5, "max_shift": 1.16}
        given["mu"] = calculate_shift(tokens, *(scheduler.config.get(key, value) for key, value in fields.items()))
    scheduler.set_timesteps(steps, **given)
    scheduler.set_begin_index(0)
    generator = torch.Generator().manual_seed(len(name) + steps)
    sample = torch.randn(VALUES, generator=generator)
    written = {"name": f"{kind.__name__} {name}, {steps} steps", "config": {"_class_name": kind.__name__} | config, "steps": steps,
               "tokens": tokens or 0, "noise": sample.tolist(), "outputs": [], "timesteps": scheduler.timesteps.tolist(),
               "sigmas": scheduler.sigmas.tolist(), "samples": []}
    for timestep in scheduler.timesteps:
        output = said(scheduler, sample, 0.3 + 0.2 * torch.randn(VALUES, generator=generator), len(written["outputs"]))
        sample = scheduler.step(output, timestep, sample, return_dict=False)[0]
        written["outputs"].append(output.tolist())
        written["samples"].append(sample.tolist())
    return written


def said(scheduler, sample, clean, step):
    """What a model says that takes `clean` for the sample without noise."""
    sigma, kind = scheduler.sigmas[step], scheduler.config.get("prediction_type", "flow_prediction")
    if kind == "flow_prediction":
        return (sample - clean) / max(sigma, 0.1)
    alpha = 1 / (sigma**2 + 1) ** 0.5
    noise = (sample - alpha * clean) / (sigma * alpha)
    return {"epsilon": noise, "v_prediction": alpha * noise - sigma * alpha * clean, "sample": clean}[kind]


def fields(kind):
    return [name for name in inspect.signature(kind.__init__).parameters if name != "self"]


def main(output):
    cases = []
    for kind, configs in ((FlowMatchEulerDiscreteScheduler, EULER), (DPMSolverMultistepScheduler, DPM)):
        for name, config in configs.items():
            tokens = 576 if config.get("use_dynamic_shifting") else None
            # 15 is where the last steps of DPM-Solver++ change their order.
            cases.extend(case(name, kind, config, steps, tokens) for steps in (7, 20))
    names = {kind.__name__: fields(kind) for kind in (FlowMatchEulerDiscreteScheduler, DPMSolverMultistepScheduler)}
    rounded = json.loads(json.dumps({"fields": names, "cases": cases}), parse_float=lambda text: float(f"{float(text):.9g}"))
    Path(output).write_text(json.dumps(rounded, separators=(",", ":")).replace('{"name"', '\n{"name"') + "\n")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    main(sys.argv[1])
