"""Records what the public code of cache methods computes, on two tiny transformers of diffusers.

    SOURCES=/path/to/checkouts PYTHONPATH=$SOURCES/diffusers/src:$SOURCES/cache-dit/src python published.py OUTPUT

`masks.json` is for ComputationMaskTest of cache-ops. Nothing of the methods is written here: their own functions and classes run. Functions that stand in scripts, beside a pipeline and its
weights, are read out of the script by name. CHECKOUTS says which commit of each repository was recorded.
"""

import copy
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

import published_methods as methods
from export import check, export
from record import block_lists, attention_modules, not_run, observed_scopes, watch_layers
from registry import Entry, noise, timestep, unit_timestep, fixed

CHECKOUTS = {
    "diffusers": "58eb52c0803ea9af3abec60841c2a093bdf1f951",
    "cache-dit": "f86744af7daa0f569fe4324e73e3e50cebf70f4c",
    "DiCache": "dd7f0de10be126d7a493376480d39cebafc7039c",
    "Spectrum": "f7b7841f35f28f1e9418285fe9011788f187727f",
    "TeaCache": "7c10efc4702c6b619f47805f7abe4a7a08085aa0",
    "EasyCache": "H-EmbodVis/EasyCache",
    "SenCache": "4bf419b00f23087f4a60bee1da280214545f49ce",
    "hicache-plus-plus": "d7bb862938248b92066842453ea92b078d083ba5",
}
STEPS = 20


def grid_ids(height, width):
    ids = torch.zeros(height, width, 3)
    ids[..., 1] = torch.arange(height)[:, None]
    ids[..., 2] = torch.arange(width)[None, :]
    return fixed(ids.reshape(-1, 3), batched=False)


# Double blocks alone: cache-dit counts the blocks of one list, and the scripts for FLUX call single blocks as an older diffusers did.
FLUX = Entry(
    "flux",
    "FluxTransformer2DModel",
    dict(
        patch_size=1, in_channels=4, num_layers=5, num_single_layers=0, attention_head_dim=8, num_attention_heads=2,
        joint_attention_dim=16, pooled_projection_dim=16, axes_dims_rope=[2, 2, 4], guidance_embeds=False,
    ),
    dict(
        hidden_states=noise(1, 16, 4), encoder_hidden_states=noise(1, 6, 16), pooled_projections=noise(1, 16),
        timestep=unit_timestep(1), img_ids=grid_ids(4, 4), txt_ids=fixed(torch.zeros(6, 3), batched=False),
    ),
    steps=STEPS, seed=5,
)
COGVIDEOX = Entry(
    "cogvideox",
    "CogVideoXTransformer3DModel",
    dict(
        num_attention_heads=2, attention_head_dim=8, in_channels=4, out_channels=4, time_embed_dim=4, text_embed_dim=8,
        num_layers=4, sample_width=8, sample_height=8, sample_frames=5, patch_size=2, patch_size_t=None,
        temporal_compression_ratio=4, max_text_seq_length=8,
    ),
    dict(hidden_states=noise(1, 2, 4, 8, 8), encoder_hidden_states=noise(1, 8, 8), timestep=timestep(1)),
    steps=STEPS, seed=1,
)


class Run:
    """A model at its recorded steps."""

    def __init__(self, entry, unused=()):
        """`unused`: modules whose outputs nobody reads, which no export has."""
        self.entry = entry
        self.unused = set(unused)
        self.model = entry.build()
        self.constants, self.steps = entry.sample()
        self.timesteps = entry.timesteps()
        self.plain, self.idle = self.run(lambda model: None)

    def run(self, apply):
        """Outputs and the modules that did not run, with what `apply` puts into a copy of the model."""
        model = copy.deepcopy(self.model)
        ran = watch_layers(model)
        scopes = observed_scopes(model)
        apply(model)
        outputs, skipped = [], []
        with torch.no_grad():
            for step, inputs in enumerate(self.steps):
                model.recorded_step = step
                ran.clear()
                everything = {**self.constants, **inputs}
                ordered = {name: everything[name].clone() for name in self.entry.inputs}
                outputs.append(self.entry.call(model, ordered).detach().clone().contiguous())
                skipped.append(not_run(scopes, ran))
        return outputs, skipped

    def write(self, folder, policies):
        """The ONNX file, and the recording with (name → policy id, parameters, what puts it into a model)."""
        folder.mkdir(parents=True, exist_ok=True)
        never = set(self.idle[0]) | self.unused
        tensors = {f"const.{k}": v for k, v in self.constants.items()}
        for i, (inputs, output) in enumerate(zip(self.steps, self.plain)):
            tensors.update({f"step.{i:02d}.in.{k}": v for k, v in inputs.items()})
            tensors[f"step.{i:02d}.none"] = output
        recorded = {}
        for name, (policy, config, apply) in policies.items():
            outputs, skipped = self.run(apply)
            skipped = [[s for s in step if s not in never] for step in skipped]
            decisions = "".join("-" if step else "C" for step in skipped)
            print(f"{self.entry.name} {name}: {decisions}")
            if "-" not in decisions or "C" not in decisions:
                raise ValueError(f"{name} does not both compute and skip")
            recorded[name] = {"policy": policy, "config": config, "skipped": skipped}
            tensors.update({f"step.{i:02d}.{name}": output for i, output in enumerate(outputs)})
        export(self.entry, "torchscript", folder / "torchscript.onnx")
        feeds = [{**self.constants, **inputs} for inputs in self.steps]
        check(folder / "torchscript.onnx", [feeds[0], feeds[-1]], [self.plain[0], self.plain[-1]])
        save_file({k: v.contiguous().clone() for k, v in tensors.items()}, str(folder / "recording.safetensors"))
        (folder / "recording.safetensors").chmod(0o644)
        document = {
            "version": 1,
            "model_class": self.entry.cls,
            "reference": "public code",
            "models": {"torchscript": "torchscript.onnx"},
            "steps": len(self.steps),
            "timesteps": self.timesteps,
            "varying_input": self.entry.varying,
            "blocks": [blocks for blocks in block_lists(self.model) if blocks["length"]],
            "attention_modules": attention_modules(self.model),
            "policies": recorded,
        }
        (folder / "recording.json").write_text(json.dumps(document) + "\n")


def main():
    torch.set_num_threads(1)
    output = Path(sys.argv[1])
    flux = Run(FLUX, ["transformer_blocks.4.ff_context"])
    flux.write(output / "flux", methods.flux(flux))
    (output / "masks.json").write_text(json.dumps(methods.masks()) + "\n")
    cogvideox = Run(COGVIDEOX)
    cogvideox.write(output / "cogvideox", methods.cogvideox(cogvideox))


if __name__ == "__main__":
    main()
