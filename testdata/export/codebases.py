"""Small transformers of other code bases than diffusers: their own classes, imported from a checkout, with random weights.

A checkout is found below SOURCES (an environment variable) as `owner+name`. The plain transformer needs none.
"""

import os
import sys
import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

SOURCES = Path(os.environ.get("SOURCES", "/nonexistent"))


@dataclass
class Streams:
    """How the hidden states enter and leave the blocks, to reuse what the blocks behind the first add.

    `entering(args)` and `leaving(output)` give the hidden states in the layout of those that enter the first block;
    `passing(args, hidden)` is the output of a block that lets everything pass, with these hidden states.
    """

    entering: Any
    leaving: Any
    passing: Any


@dataclass
class CodeBase:
    """One model: how it is built and fed, and what is to be found in it."""

    build: Any
    inputs: dict  # name -> shape; the latents come first
    lists: dict  # list of blocks -> how streams pass, in order
    attention: list
    feed_forward: list
    cross: tuple = ()  # those of the attention whose keys come from elsewhere
    timestep: str = "t"
    scale: float = 1.0  # what the timestep input is for the scheduler's 1
    token_ids: tuple = ()  # inputs that are tokens of a vocabulary
    double_ids: bool = False  # positions as float64, where the code base computes its angles so
    kept: Any = None  # (module, name) of the function that computes attention, where no module does

    def blocks(self, model):
        return [(f"{name}.{i}", block, streams)
                for name, streams in self.lists.items() for i, block in enumerate(model.get_submodule(name))]


def random_weights(model: nn.Module, seed: int) -> nn.Module:
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        if parameter.numel() == 0:
            continue
        if parameter.ndim > 1 or "bias" in name:
            scale = 0.02 if parameter.ndim == 1 else 0.7 / parameter[0].numel() ** 0.5
            parameter.data = torch.randn(parameter.shape, generator=generator) * scale
        else:
            parameter.data = torch.ones(parameter.shape)  # of norms
    return model.eval()


def checkout(name: str, folder: str = "") -> None:
    sys.path.insert(0, str(SOURCES / name / folder))


def stub(name: str, **members) -> None:
    """A module that is not installed and that a test-size model does not need, or only these members of it."""
    parts = name.split(".")
    for i in range(1, len(parts) + 1):
        sys.modules.setdefault(".".join(parts[:i]), types.ModuleType(".".join(parts[:i])))
    for member, value in members.items():
        setattr(sys.modules[name], member, value)


def package(name: str, folder: Path) -> None:
    """A package without what its `__init__` imports."""
    stub(name)
    sys.modules[name].__path__ = [str(folder)]


# --- a plain transformer: fused qkv, adaLN, optionally control hints between the blocks ---

class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.qkv, self.proj = heads, nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        batch, tokens, width = x.shape
        q, k, v = self.qkv(x).reshape(batch, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-2, -1) * (width // self.heads) ** -0.5).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(batch, tokens, width))


class FeedForward(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc1, self.act, self.fc2 = nn.Linear(width, 2 * width), nn.GELU(approximate="tanh"), nn.Linear(2 * width, width)

    def forward(self, x):
        return self.fc2(self.act(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(width, elementwise_affine=False, eps=1e-6) for _ in range(2))
        self.attn, self.mlp = Attention(width, heads), FeedForward(width)
        self.modulation = nn.Sequential(nn.SiLU(), nn.Linear(width, 6 * width))

    def forward(self, x, c):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(c)[:, None].chunk(6, -1)
        x = x + gate1 * self.attn(self.norm1(x) * (1 + scale1) + shift1)
        return x + gate2 * self.mlp(self.norm2(x) * (1 + scale2) + shift2)


class Plain(nn.Module):
    def __init__(self, hints, width=32, heads=2, depth=4):
        super().__init__()
        self.x_in, self.t_in, self.depth, self.hints = nn.Linear(8, width), nn.Linear(16, width), depth, hints
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(depth))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 8)
        self.register_buffer("frequencies", torch.exp(-torch.arange(8) / 2.0))

    def forward(self, x, t, *hints):
        angles = t[:, None] * self.frequencies
        c = self.t_in(torch.cat([angles.cos(), angles.sin()], -1))
        x = self.x_in(x)
        for i, block in enumerate(self.blocks):
            x = block(x, c)
            if self.hints:
                x = x + hints[i]
        return self.head(self.norm(x))


def plain(hints=False):
    inputs = {"x": (2, 16, 8), "t": (2,)} | ({f"c{i}": (2, 16, 32) for i in range(4)} if hints else {})
    return CodeBase(
        build=lambda: Plain(hints),
        inputs=inputs,
        lists={"blocks": SINGLE},
        attention=[f"blocks.{i}.attn" for i in range(4)],
        feed_forward=[f"blocks.{i}.mlp" for i in range(4)],
    )


SINGLE = Streams(lambda a: a[0], lambda out: out, lambda a, hidden: hidden)

# --- attention inside the block: double and single streams ---


def text_first(text):
    """Blocks that work on [text; image] in one sequence."""
    return Streams(
        lambda a: a[0][:, text:], lambda out: out[:, text:], lambda a, hidden: torch.cat([a[0][:, :text], hidden], 1))


def image_first(tokens):
    return Streams(
        lambda a: a[0][:, :tokens], lambda out: out[:, :tokens], lambda a, hidden: torch.cat([hidden, a[0][:, tokens:]], 1))


DOUBLE = Streams(lambda a: a[0], lambda out: out[0], lambda a, hidden: (hidden, a[1]))


def streams(depth, single, feed_forward=("img_mlp", "txt_mlp")):
    attention = [f"double_blocks.{i}.attention" for i in range(depth)] + [f"single_blocks.{i}.attention" for i in range(single)]
    return dict(attention=attention, feed_forward=[f"double_blocks.{i}.{m}" for i in range(depth) for m in feed_forward])


def flux():
    checkout("black-forest-labs+flux", "src")
    import flux.math
    import flux.model
    import flux.modules.layers as layers

    def build():
        model = flux.model.Flux(flux.model.FluxParams(
            in_channels=8, out_channels=8, vec_in_dim=12, context_in_dim=24, hidden_size=32, mlp_ratio=2.0, num_heads=2,
            depth=2, depth_single_blocks=3, axes_dim=[4, 6, 6], theta=10000, qkv_bias=True, guidance_embed=True))
        return by_position(model, "double_blocks", ["img", "txt", "vec", "pe"], "single_blocks", ["x", "vec", "pe"])

    return CodeBase(
        build=build,
        inputs={"img": (1, 16, 8), "img_ids": (1, 16, 3), "txt": (1, 6, 24), "txt_ids": (1, 6, 3), "timesteps": (1,),
                "y": (1, 12), "guidance": (1,)},
        lists={"double_blocks": DOUBLE, "single_blocks": text_first(6)},
        timestep="timesteps", scale=0.001, kept=(layers, "attention"), **streams(2, 3))


def by_position(model, *lists):
    """Lets blocks be replaced by functions of their positional arguments."""
    for name, arguments in zip(lists[::2], lists[1::2]):
        for block in model.get_submodule(name):
            def forward(*args, arguments=arguments, block=block, **kwargs):
                return block.by_position(*args, *[kwargs[a] for a in arguments[len(args):] if a in kwargs])

            def by_position(*args, original=block.forward, arguments=arguments):
                named = min(len(args), len(arguments))
                return original(**dict(zip(arguments, args))) if named == len(args) else original(*args)

            block.by_position, block.forward = by_position, forward
    return model


def sd35():
    checkout("Stability-AI+sd3.5")
    stub("transformers", CLIPTokenizer=None, T5TokenizerFast=None)
    import mmditx

    def build():
        model = mmditx.MMDiTX(
            input_size=None, patch_size=2, in_channels=4, depth=2, mlp_ratio=1.0, adm_in_channels=12, num_patches=64,
            pos_embed_max_size=8, qk_norm="rms", x_block_self_attn_layers=[0],
            context_embedder_config={"target": "torch.nn.Linear", "params": {"in_features": 24, "out_features": 128}})
        return by_position(model, "joint_blocks", ["context", "x", "c"])

    return CodeBase(
        build=build,
        inputs={"x": (1, 4, 8, 8), "t": (1,), "y": (1, 12), "context": (1, 6, 24)},
        lists={"joint_blocks": Streams(lambda a: a[1], lambda out: out[1], lambda a, hidden: (a[0], hidden))},
        kept=(mmditx, "attention"),
        attention=[f"joint_blocks.{i}.attention" for i in range(2)] + ["joint_blocks.0.x_block.attn2"],
        feed_forward=[f"joint_blocks.{i}.{s}.mlp" for i in range(2) for s in ("context_block", "x_block") if (i, s) != (1, "context_block")])


def scaled_dot_product(q, k, v, **_):
    """[batch, tokens, heads, channels], as the flash attention library has it."""
    from torch.nn.functional import scaled_dot_product_attention
    return scaled_dot_product_attention(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)).transpose(1, 2)


def open_sora(fused=True):
    checkout("hpcaitech+Open-Sora")

    class Norm:
        @staticmethod
        def apply(x, scale, epsilon, *_):
            return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + epsilon) * scale

    stub("flash_attn", flash_attn_func=scaled_dot_product)
    stub("liger_kernel.ops.rms_norm", LigerRMSNormFunction=Norm)
    stub("liger_kernel.ops.rope", LigerRopeFunction=None)
    stub("opensora.acceleration.checkpoint", auto_grad_checkpoint=lambda module, *a: module(*a))
    stub("opensora.registry", MODELS=types.SimpleNamespace(register_module=lambda *a: (lambda x: x)))
    stub("opensora.utils.ckpt", load_checkpoint=None)
    sys.modules["opensora"].__path__ = [str(SOURCES / "hpcaitech+Open-Sora/opensora")]
    stub("opensora.models")
    sys.modules["opensora.models"].__path__ = [str(SOURCES / "hpcaitech+Open-Sora/opensora/models")]
    compiled, torch.compile = torch.compile, lambda *a, **k: (lambda f: f)
    import opensora.models.mmdit.layers as layers
    import opensora.models.mmdit.model as mmdit
    torch.compile = compiled

    def build():
        model = mmdit.MMDiTModel(mmdit.MMDiTConfig(
            from_pretrained="", cache_dir="", in_channels=8, vec_in_dim=12, context_in_dim=24, hidden_size=32, mlp_ratio=2.0,
            num_heads=2, depth=2, depth_single_blocks=3, axes_dim=[4, 6, 6], theta=10000, qkv_bias=True, guidance_embed=False,
            fused_qkv=fused))
        return by_position(model, "double_blocks", ["img", "txt", "vec", "pe"], "single_blocks", ["x", "vec", "pe"])

    return CodeBase(
        build=build,
        inputs={"img": (1, 16, 8), "img_ids": (1, 16, 3), "txt": (1, 6, 24), "txt_ids": (1, 6, 3), "timesteps": (1,),
                "y_vec": (1, 12)},
        lists={"double_blocks": DOUBLE, "single_blocks": text_first(6)},
        timestep="timesteps", scale=0.001, double_ids=True, kept=(layers, "attention"), **streams(2, 3))


def hunyuan_video():
    checkout("Tencent+HunyuanVideo")
    stub("diffusers.models", ModelMixin=nn.Module)
    stub("diffusers.configuration_utils", ConfigMixin=object, register_to_config=lambda f: f)
    stub("hyvideo")
    sys.modules["hyvideo"].__path__ = [str(SOURCES / "Tencent+HunyuanVideo/hyvideo")]
    stub("hyvideo.utils.helpers", to_2tuple=lambda x: x if isinstance(x, (tuple, list)) else (x, x))
    import hyvideo.modules.models as models
    models.get_cu_seqlens = lambda mask, tokens: torch.zeros(2 * mask.shape[0] + 1, dtype=torch.int32)
    models.attention = lambda q, k, v, **_: scaled_dot_product(q, k, v).flatten(2)

    def build():
        model = models.HYVideoDiffusionTransformer(
            types.SimpleNamespace(text_states_dim=24, text_states_dim_2=12), patch_size=[1, 2, 2], in_channels=4, hidden_size=32,
            heads_num=2, mlp_width_ratio=2.0, mm_double_blocks_depth=2, mm_single_blocks_depth=3, rope_dim_list=[4, 6, 6],
            text_projection="single_refiner", use_attention_mask=False, guidance_embed=True)
        original = model.forward
        model.forward = lambda x, t, text_states, text_states_2, guidance: original(
            x, t, text_states, torch.ones(1, 6, dtype=torch.int64), text_states_2, torch.cos(ROTARY), torch.sin(ROTARY), guidance,
            return_dict=False)
        return by_position(model, "double_blocks", ["img", "txt", "vec"], "single_blocks", ["x", "vec"])

    return CodeBase(
        build=build,
        inputs={"x": (1, 4, 2, 8, 8), "t": (1,), "text_states": (1, 6, 24), "text_states_2": (1, 12), "guidance": (1,)},
        lists={"double_blocks": DOUBLE, "single_blocks": image_first(32)},
        kept=(models, "attention"), **streams(2, 3))


ROTARY = torch.arange(32)[:, None] * torch.exp(-torch.arange(8).repeat_interleave(2) / 2.0)

ALL = {
    "plain": plain,
    "control": lambda: plain(hints=True),
    "flux": flux,
    "sd35": sd35,
    "open_sora_fused": open_sora,
    "open_sora": lambda: open_sora(fused=False),
    "hunyuan_video": hunyuan_video,
}
