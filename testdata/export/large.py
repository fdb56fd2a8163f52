"""Large models with random weights, for benchmarks and for the 2 GB limit of protobuf files.

    python large.py OUTPUT_DIRECTORY [name ...]
"""

import json
import sys
import time
from pathlib import Path

import torch

from build_zoo import refresh_status
from classes_image import grid_ids
from export import check, export, with_flat_forward
from record import record
from registry import Entry, fixed, noise, timestep, unit_timestep


def pixart(name, blocks, heads, head_size, sample_size, batch, **kw) -> Entry:
    return Entry(
        name,
        "PixArtTransformer2DModel",
        dict(
            sample_size=sample_size, num_layers=blocks, patch_size=2, attention_head_dim=head_size,
            num_attention_heads=heads, in_channels=4, cross_attention_dim=heads * head_size, out_channels=8,
            attention_bias=True, activation_fn="gelu-approximate", num_embeds_ada_norm=1000, norm_type="ada_norm_single",
            norm_elementwise_affine=False, norm_eps=1e-6, use_additional_conditions=False, caption_channels=256,
        ),
        dict(
            hidden_states=noise(batch, 4, sample_size, sample_size), timestep=timestep(batch),
            encoder_hidden_states=noise(batch, 64, 256),
        ),
        arguments=dict(added_cond_kwargs={"aspect_ratio": None, "resolution": None}),
        **kw,
    )


FLUX = Entry(
    "flux50m",
    "FluxTransformer2DModel",
    dict(
        patch_size=1, in_channels=16, num_layers=4, num_single_layers=6, attention_head_dim=64, num_attention_heads=8,
        joint_attention_dim=512, pooled_projection_dim=256, axes_dims_rope=[16, 24, 24], guidance_embeds=False,
    ),
    dict(
        hidden_states=noise(1, 256, 16), encoder_hidden_states=noise(1, 64, 512), pooled_projections=noise(1, 256),
        timestep=unit_timestep(1), img_ids=grid_ids(16, 16), txt_ids=fixed(torch.zeros(64, 3), batched=False),
    ),
    steps=8,
)
# The layout of Stable Diffusion 1.5 at its own size of latents, with 0.4 times its channels.
UNET = Entry(
    "unet142m",
    "UNet2DConditionModel",
    dict(
        sample_size=64, in_channels=4, out_channels=4, layers_per_block=2, block_out_channels=(128, 256, 512, 512), norm_num_groups=32,
        down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
        attention_head_dim=8, cross_attention_dim=768,
    ),
    dict(sample=noise(1, 4, 64, 64), timestep=timestep(1), encoder_hidden_states=noise(1, 77, 768)),
    varying="sample",
    steps=2,
)
# name → entry, label → (exporter label, external data), recorded policies
MODELS = {
    "pixart50m": (
        pixart("pixart50m", 12, 9, 64, 32, 2, steps=8),
        {"torchscript": ("torchscript", False), "dynamo": ("dynamo", False)},
        {"pab", "taylorseer1"},
    ),
    "flux50m": (FLUX, {"dynamo": ("dynamo", False), "torchscript": ("torchscript", False)}, {"pab", "taylorseer1"}),
    "unet142m": (UNET, {"torchscript": ("torchscript", False)}, set()),
    "big2g": (pixart("big2g", 15, 24, 64, 16, 1, steps=3), {"dynamo": ("dynamo", True)}, set()),
    # 13 blocks of this size make one protobuf file of just under 2 GiB
    "below2g": (pixart("below2g", 13, 24, 64, 16, 1, steps=3), {"torchscript": ("torchscript", False)}, set()),
}


def main() -> None:
    torch.set_num_threads(1)
    output = Path(sys.argv[1])
    for name in sys.argv[2:] or MODELS:
        started = time.time()
        entry, labels, policies = MODELS[name]
        directory = output / "large" / name
        directory.mkdir(parents=True, exist_ok=True)
        model = entry.build()
        parameters = sum(p.numel() for p in model.parameters())
        files = {label: f"{label}.onnx" for label in labels}
        _, holes, feeds, plain = record(entry, model, files, directory, only=policies)
        model = with_flat_forward(entry, model)
        errors = {}
        for label, (exporter, external) in labels.items():
            try:
                export(entry, exporter, directory / f"{label}.onnx", model=model, external_data=external)
                errors[label] = check(directory / f"{label}.onnx", feeds[1:2], plain[1:2])
            except Exception as e:
                holes[label] = f"{type(e).__name__}: {str(e)[:150]}"
                (directory / f"{label}.onnx").unlink(missing_ok=True)
        document = json.loads((directory / "recording.json").read_text())
        document["models"] = {label: files[label] for label in errors}
        (directory / "recording.json").write_text(json.dumps(document, indent=1) + "\n")
        size = sum(f.stat().st_size for f in directory.iterdir())
        report = f"| {name} | {entry.cls} | {parameters} | {size} | {errors} | {sorted(policies)} | {holes} |\n"
        status = output / "STATUS.large.md"
        if not status.exists():
            head = "## Large models\n| model | class | params | bytes | relative error per export | policies | holes |\n"
            status.write_text(head + "|---|---|---|---|---|---|---|\n")
        lines = [line for line in status.read_text().splitlines(True) if not line.startswith(f"| {name} |")]
        status.write_text("".join(lines) + report)
        refresh_status(output)
        print(f"{time.time() - started:.0f}s", report, flush=True)


if __name__ == "__main__":
    main()
