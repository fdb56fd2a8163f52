"""UNets in the layouts of Stable Diffusion 1.5, SDXL, Stable Video Diffusion and ControlNet, with few channels and random weights."""

import torch

from registry import entry, fixed, noise, timestep

ATTENTION = ["attn\\d?$"]
# The published rule for SDXL and SVD: all but the shallowest up block is computed at every second step.
ALL_BUT_THE_SHALLOWEST = "^(down_blocks|mid_block|up_blocks\\.(?!{last}\\.))"


def deep(interval, branch, **more):
    return ("deep_cache", {"cache_interval": interval, "cache_branch_id": branch, **more})


def schedule(*rules):
    return ("module_schedule", {"rules": [{"modules": modules, "reuse": reuse} for modules, reuse in rules]})


def policies(last, branches, **more):
    """What is recorded of a UNet with this last up block: DeepCache at every branch, and caches of its attention."""
    return {
        "fbc": None,
        "magcache": None,
        "taylorseer_lite": None,
        "taylorseer1": None,
        "taylorseer2": ("taylorseer", {
            "cache_interval": 3, "disable_cache_before_step": 2, "max_order": 2, "taylor_factors_dtype": "float32",
            "cache_identifiers": [".*attn\\d?"],
        }),
        "fastercache_distilled": ("faster_cache", {
            "spatial_attention_block_skip_range": 2, "spatial_attention_timestep_skip_range": [-1, 901],
            "spatial_attention_block_identifiers": ATTENTION, "is_guidance_distilled": True, "attention_weight": 0.5,
        }),
        **{f"deepcache_{interval}_{branch}": deep(interval, branch) for interval, branch in branches},
        "cachify": schedule((ALL_BUT_THE_SHALLOWEST.format(last=last), "step % 2 != 0")),
        **more,
    }


NO_FASTER_CACHE = {f"fastercache_{kind}": None for kind in ("distilled", "BCHW", "BCFHW", "BFCHW")}

entry(
    "sd15",
    "UNet2DConditionModel",
    dict(
        sample_size=16, in_channels=4, out_channels=4, layers_per_block=2, block_out_channels=(4, 4, 8, 8), norm_num_groups=2,
        down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
        attention_head_dim=2, cross_attention_dim=8,
    ),
    dict(sample=noise(1, 4, 16, 16), timestep=timestep(1), encoder_hidden_states=noise(1, 5, 8)),
    varying="sample", steps=8, seed=1,
    policies=policies(3, [(3, 0), (2, 1), (3, 2), (2, 4), (3, 8), (2, 11)], fastercache_BCHW=None, mixed=schedule(
        ("\\.attn2$", "every 3 from 1"), ("^mid_block$", "2, 4-6"), ("resnets\\.1$", "step >= 3 and step % 2 == 1"))),
)

entry(
    "sdxl",
    "UNet2DConditionModel",
    dict(
        sample_size=16, in_channels=4, out_channels=4, layers_per_block=1, block_out_channels=(4, 4, 8), norm_num_groups=2,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        transformer_layers_per_block=(1, 1, 3), attention_head_dim=(1, 2, 2), cross_attention_dim=8, use_linear_projection=True,
        addition_embed_type="text_time", addition_time_embed_dim=4, projection_class_embeddings_input_dim=32,
    ),
    dict(sample=noise(1, 4, 16, 16), timestep=timestep(1), encoder_hidden_states=noise(1, 5, 8), text_embeds=noise(1, 8),
         time_ids=fixed([[16.0, 16.0, 0.0, 0.0, 16.0, 16.0]])),
    adapt=lambda inputs: {
        **{name: value for name, value in inputs.items() if name not in ("text_embeds", "time_ids")},
        "added_cond_kwargs": {"text_embeds": inputs["text_embeds"], "time_ids": inputs["time_ids"]},
    },
    varying="sample", steps=8, seed=2,
    policies=policies(2, [(3, 0), (2, 1), (2, 4), (3, 8)], **NO_FASTER_CACHE),
)

entry(
    "svd",
    "UNetSpatioTemporalConditionModel",
    dict(
        sample_size=8, in_channels=8, out_channels=4, layers_per_block=1, block_out_channels=(32, 32), num_frames=2,
        down_block_types=("CrossAttnDownBlockSpatioTemporal", "DownBlockSpatioTemporal"),
        up_block_types=("UpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal"),
        num_attention_heads=2, cross_attention_dim=8, addition_time_embed_dim=4, projection_class_embeddings_input_dim=12,
    ),
    dict(sample=noise(1, 2, 8, 8, 8), timestep=timestep(1, dtype=torch.float32), encoder_hidden_states=noise(1, 1, 8),
         added_time_ids=fixed([[6.0, 127.0, 0.02]])),
    varying="sample", steps=8, seed=3,
    policies=policies(1, [(3, 0), (2, 1)], **NO_FASTER_CACHE),
)


def residuals(inputs):
    own = {name: value for name, value in inputs.items() if "_block" not in name}
    down = tuple(inputs[f"down_block_{i}"] for i in range(4))
    return {**own, "down_block_additional_residuals": down, "mid_block_additional_residual": inputs["mid_block"]}


entry(
    "controlnet",
    "UNet2DConditionModel",
    dict(
        sample_size=8, in_channels=4, out_channels=4, layers_per_block=1, block_out_channels=(4, 8), norm_num_groups=2,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        attention_head_dim=2, cross_attention_dim=8,
    ),
    dict(
        sample=noise(1, 4, 8, 8), timestep=timestep(1), encoder_hidden_states=noise(1, 5, 8), down_block_0=noise(1, 4, 8, 8),
        down_block_1=noise(1, 4, 8, 8), down_block_2=noise(1, 4, 4, 4), down_block_3=noise(1, 8, 4, 4), mid_block=noise(1, 8, 4, 4),
    ),
    adapt=residuals, varying="sample", steps=8, seed=4,
    policies=policies(1, [(3, 0), (2, 1), (2, 3), (3, 5)], **NO_FASTER_CACHE),
)

entry(
    "optimum",
    "UNet2DConditionModel",
    dict(
        sample_size=8, in_channels=4, out_channels=4, layers_per_block=1, block_out_channels=(4, 8), norm_num_groups=2,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        attention_head_dim=2, cross_attention_dim=8,
    ),
    dict(sample=noise(2, 4, 8, 8), timestep=timestep(1), encoder_hidden_states=noise(2, 5, 8)),
    varying="sample", steps=8, seed=5,
    policies=policies(1, [(3, 0)], pab=None, taylorseer2=None, **NO_FASTER_CACHE),
)
