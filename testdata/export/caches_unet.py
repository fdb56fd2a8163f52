"""References for caches of UNets that diffusers has no hooks for: DeepCache by its own helper, module schedules by replaced methods."""

import inspect
import re
from types import SimpleNamespace


def apply_deep_cache(model, config):
    """`DeepCacheSDHelper` of github.com/horseee/DeepCache, whose checkout is on PYTHONPATH."""
    from DeepCache import DeepCacheSDHelper

    # The helper asks a pipeline for its model and its timesteps; it takes the timestep by position.
    pipe = SimpleNamespace(unet=model, scheduler=SimpleNamespace(timesteps=[float(t) for t in model.timesteps_of_the_run]))
    signature = inspect.signature(model.forward)
    helper = DeepCacheSDHelper(pipe=pipe)
    helper.set_params(**config)
    helper.enable()
    wrapped = model.forward

    def forward(sample, timestep, encoder_hidden_states, **others):
        return wrapped(sample, timestep, encoder_hidden_states, **others)

    forward.__signature__ = signature
    model.forward = forward


def apply_module_schedule(model, config, step):
    """The output of a matching module is kept, and returned again at the steps of its rule."""

    def keep(module, reuses):
        original, kept = module.forward, {}

        def forward(*args, **kwargs):
            if not (kept and reuses(step())):
                kept["output"] = original(*args, **kwargs)
            return kept["output"]

        module.forward = forward

    for name, module in model.named_modules():
        for rule in config["rules"]:
            if name and re.search(rule["modules"], name):
                keep(module, STEPS[rule["reuse"]])
                break


# The rules that are recorded, as Python would write them.
STEPS = {
    "step % 2 != 0": lambda step: step % 2 != 0,
    "step % 3 != 0": lambda step: step % 3 != 0,
    "every 3 from 1": lambda step: step >= 1 and (step - 1) % 3 == 0,
    "2, 4-6": lambda step: step in (2, 4, 5, 6),
    "step >= 3 and step % 2 == 1": lambda step: step >= 3 and step % 2 == 1,
}
