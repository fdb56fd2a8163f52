"""mmdit (lucidrains): joint attention of two modalities behind a mask. The library is the blocks alone; what surrounds them is ours."""

import torch
from torch import nn

from codebases import CodeBase, SOURCES, Streams, by_position, checkout, package, stub

TEXT, IMAGE = 24, 32


class Denoiser(nn.Module):
    """Latents and a timestep in front of the blocks, a projection behind them."""

    def __init__(self, mmdit):
        super().__init__()
        self.x_in, self.t_in, self.head = nn.Linear(8, IMAGE), nn.Linear(16, 16), nn.Linear(IMAGE, 8)
        self.mmdit = mmdit
        self.register_buffer("frequencies", torch.exp(-torch.arange(8) / 2.0))

    def forward(self, x, t, text):
        angles = t[:, None] * self.frequencies
        condition = self.t_in(torch.cat([angles.cos(), angles.sin()], -1))
        padding = torch.arange(text.shape[1]) < text.shape[1] - 1  # the last token is padding
        mask = padding[None].expand(text.shape[0], -1)
        _, image = self.mmdit(text_tokens=text, image_tokens=self.x_in(x), text_mask=mask, time_cond=condition)
        return self.head(image)


def mmdit(residual_streams):
    for name in ("mmdit", "hyper-connections", "torch-einops-utils", "x-transformers"):
        checkout(f"lucidrains+{name}")
    stub("loguru", logger=None)
    package("x_transformers", SOURCES / "lucidrains+x-transformers/x_transformers")
    import x_transformers.x_transformers as x_transformers
    stub("x_transformers", RMSNorm=x_transformers.RMSNorm, FeedForward=x_transformers.FeedForward)
    from mmdit import mmdit_pytorch

    def build():
        model = mmdit_pytorch.MMDiT(
            depth=4, dim_image=IMAGE, dim_text=TEXT, dim_cond=16, dim_head=16, heads=2, qk_rmsnorm=True,
            num_residual_streams=residual_streams, ff_kwargs=dict(mult=2))
        by_position(model, "blocks", ["image_tokens", "text_tokens", "text_mask", "time_cond", "skip_feedforward_text_tokens"])
        return Denoiser(model)

    return CodeBase(
        build=build,
        inputs={"x": (2, 16, 8), "t": (2,), "text": (2, 6, TEXT)},
        lists={"mmdit.blocks": Streams(
            lambda a: a[0], lambda out: out[1], lambda a, hidden: (a[1], hidden))},
        attention=[f"mmdit.blocks.{i}.joint_attn" for i in range(4)],
        feed_forward=[f"mmdit.blocks.{i}.{s}_ff" for i in range(4) for s in ("image", "text") if (i, s) != (3, "text")])


ALL = {"mmdit": lambda: mmdit(1), "mmdit_hyper": lambda: mmdit(4)}
