"""Runs the snippet of docs/recordings.md, as it stands there, in pipelines of diffusers with random weights.

    python pipeline_inputs.py OUTPUT [flux pixart sd3 wan]

writes OUTPUT/NAME/generation.safetensors and model.onnx for `reprise record OUTPUT/NAME/model.onnx --inputs …`, and the snippet that ran as
snippet.py. The text encoders are random numbers and there is no VAE; scheduler, loop, guidance and calls are the pipeline's.
"""

import inspect
import os
import re
import sys
from pathlib import Path

import diffusers
import torch
from diffusers import DDIMScheduler, FlowMatchEulerDiscreteScheduler, UniPCMultistepScheduler

from export import exportable
from strip_stack_traces import strip_file

DOCUMENT = Path(__file__).parents[2] / "docs" / "recordings.md"


class Latents:
    """A pipeline that ends before its VAE, called as the snippet calls it."""

    def __init__(self, pipe, prompt, **arguments):
        self.pipe, self.arguments = pipe, arguments
        pipe.encode_prompt = lambda *args, **kwargs: prompt

    @property
    def transformer(self):
        return self.pipe.transformer

    def __call__(self, prompt, **arguments):
        generator = torch.Generator().manual_seed(0)
        return self.pipe(prompt, output_type="latent", generator=generator, **self.arguments, **arguments)


def flux():
    transformer = diffusers.FluxTransformer2DModel(
        patch_size=1, in_channels=4, num_layers=4, num_single_layers=4, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=32, pooled_projection_dim=32, axes_dims_rope=[4, 4, 8],
    )
    pipe = diffusers.FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(), vae=None, text_encoder=None, tokenizer=None, text_encoder_2=None,
        tokenizer_2=None, transformer=transformer,
    )
    names = ["hidden_states", "encoder_hidden_states", "pooled_projections", "timestep", "img_ids", "txt_ids"]
    prompt = torch.randn(1, 48, 32), torch.randn(1, 32), torch.zeros(48, 3)
    return Latents(pipe, prompt, height=64, width=64), names, {}


def pixart():
    transformer = diffusers.PixArtTransformer2DModel(
        sample_size=16, num_layers=4, patch_size=2, attention_head_dim=8, num_attention_heads=4, in_channels=4,
        cross_attention_dim=32, out_channels=8, attention_bias=True, activation_fn="gelu-approximate",
        num_embeds_ada_norm=1000, norm_type="ada_norm_single", norm_elementwise_affine=False,
        use_additional_conditions=False, caption_channels=24,
    )
    vae = diffusers.AutoencoderKL(
        block_out_channels=[8, 8], norm_num_groups=4, down_block_types=["DownEncoderBlock2D"] * 2,
        up_block_types=["UpDecoderBlock2D"] * 2, latent_channels=4,
    )
    pipe = diffusers.PixArtAlphaPipeline(
        tokenizer=None, text_encoder=None, vae=vae, transformer=transformer, scheduler=DDIMScheduler()
    )
    names = ["hidden_states", "timestep", "encoder_hidden_states", "encoder_attention_mask"]
    prompt = torch.randn(1, 10, 24), torch.ones(1, 10), torch.randn(1, 10, 24), torch.ones(1, 10)
    conditions = {"added_cond_kwargs": {"resolution": None, "aspect_ratio": None}}
    return Latents(pipe, prompt, height=32, width=32, use_resolution_binning=False), names, conditions


def sd3():
    transformer = diffusers.SD3Transformer2DModel(
        sample_size=16, patch_size=1, in_channels=4, num_layers=4, attention_head_dim=8, num_attention_heads=4,
        caption_projection_dim=32, joint_attention_dim=32, pooled_projection_dim=64, out_channels=4, pos_embed_max_size=32,
    )
    pipe = diffusers.StableDiffusion3Pipeline(
        transformer=transformer, scheduler=FlowMatchEulerDiscreteScheduler(), vae=None, text_encoder=None, tokenizer=None,
        text_encoder_2=None, tokenizer_2=None, text_encoder_3=None, tokenizer_3=None,
    )
    names = ["hidden_states", "encoder_hidden_states", "pooled_projections", "timestep"]
    prompt = torch.randn(1, 20, 32), torch.randn(1, 20, 32), torch.randn(1, 64), torch.randn(1, 64)
    return Latents(pipe, prompt, height=128, width=128), names, {}


def wan():
    transformer = diffusers.WanTransformer3DModel(
        patch_size=(1, 2, 2), num_attention_heads=2, attention_head_dim=12, in_channels=16, out_channels=16, text_dim=32,
        freq_dim=32, ffn_dim=32, num_layers=4, cross_attn_norm=True, qk_norm="rms_norm_across_heads", rope_max_seq_len=32,
    )
    scheduler = UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True)
    pipe = diffusers.WanPipeline(
        tokenizer=None, text_encoder=None, vae=None, scheduler=scheduler, transformer=transformer
    )
    prompt = torch.randn(1, 12, 32), torch.randn(1, 12, 32)
    pipe = Latents(pipe, prompt, height=64, width=64, num_frames=5)
    return pipe, ["hidden_states", "timestep", "encoder_hidden_states"], {}


PIPELINES = {"flux": flux, "pixart": pixart, "sd3": sd3, "wan": wan}
# Calls the transformer once for each guidance branch.
TWICE = {"wan"}


def snippet() -> str:
    return re.search(r"```python\n(.*?)```", DOCUMENT.read_text(), re.S).group(1)


def export(model, names, arguments, inputs, path: Path) -> None:
    """As docs/recipes.md says."""
    original = model.forward

    def forward(*args, **kwargs):
        model.forward = original
        try:
            return original(**dict(zip(names, args)), **kwargs, **arguments, return_dict=False)[0]
        finally:
            model.forward = forward

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    forward.__signature__ = inspect.Signature([inspect.Parameter(name, kind) for name in names])
    model.forward = forward
    with exportable():
        torch.onnx.export(model, (), path, kwargs=inputs, dynamo=True, opset_version=18, external_data=True)
    strip_file(path)


def main() -> None:
    output = Path(sys.argv[1]).resolve()
    for name in sys.argv[2:] or PIPELINES:
        torch.manual_seed(0)
        pipe, names, arguments = PIPELINES[name]()
        pipe.transformer.eval()
        text = snippet()
        if name in TWICE:
            text = text.replace("same = {", "steps = steps[::2]\nsame = {")
        folder = output / name
        folder.mkdir(parents=True, exist_ok=True)
        os.chdir(folder)
        variables = {"pipe": pipe}
        exec(text, variables)
        Path("snippet.py").write_text(text)
        export(pipe.transformer, names, arguments, {n: variables["steps"][0][n] for n in names}, folder / "model.onnx")
        print(name, len(variables["steps"]), "steps")


if __name__ == "__main__":
    main()
