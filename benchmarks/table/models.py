"""Diffusion transformers of random weights, with the module names and the arithmetic of diffusers' PixArt and FLUX."""

import math

import torch
from torch import nn
from torch.nn import functional as F


class Attention(nn.Module):
    """Queries of x, keys and values of the context; x is [batch, tokens, channels]."""

    def __init__(self, channels, heads):
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(channels, channels)
        self.to_k = nn.Linear(channels, channels)
        self.to_v = nn.Linear(channels, channels)
        self.to_out = nn.ModuleList([nn.Linear(channels, channels)])

    def forward(self, x, context=None, rotary=None):
        context = x if context is None else context
        batch, _, channels = x.shape
        q, k, v = (
            y.view(batch, -1, self.heads, channels // self.heads).transpose(1, 2)
            for y in (self.to_q(x), self.to_k(context), self.to_v(context))
        )
        if rotary is not None:
            q, k = rotate(q, rotary), rotate(k, rotary)
        out = F.scaled_dot_product_attention(q, k, v)
        return self.to_out[0](out.transpose(1, 2).reshape(batch, -1, channels))


def rotate(x, rotary):
    cos, sin = rotary
    a, b = x.chunk(2, dim=-1)
    return x * cos + torch.cat([-b, a], dim=-1) * sin


class Projection(nn.Module):
    def __init__(self, channels, inner):
        super().__init__()
        self.proj = nn.Linear(channels, inner)

    def forward(self, x):
        return F.gelu(self.proj(x), approximate="tanh")


class FeedForward(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.net = nn.ModuleList([Projection(channels, 4 * channels), nn.Dropout(0.0), nn.Linear(4 * channels, channels)])

    def forward(self, x):
        for layer in self.net:
            x = layer(x)
        return x


def norm(x):
    return F.layer_norm(x, x.shape[-1:], eps=1e-6)


class PixArtBlock(nn.Module):
    def __init__(self, channels, heads):
        super().__init__()
        self.scale_shift_table = nn.Parameter(torch.randn(6, channels) / channels**0.5)
        self.attn1 = Attention(channels, heads)
        self.attn2 = Attention(channels, heads)
        self.ff = FeedForward(channels)

    def forward(self, x, text, modulation):
        rows = (self.scale_shift_table[None] + modulation.reshape(x.shape[0], 6, -1)).chunk(6, dim=1)
        shift, scale, gate, shift_ff, scale_ff, gate_ff = rows
        x = x + gate * self.attn1(norm(x) * (1 + scale) + shift)
        x = x + self.attn2(x, text)
        return x + gate_ff * self.ff(norm(x) * (1 + scale_ff) + shift_ff)


class TimeEmbedding(nn.Module):
    def __init__(self, channels, outputs):
        super().__init__()
        self.linear_1 = nn.Linear(256, channels)
        self.linear_2 = nn.Linear(channels, channels)
        self.linear = nn.Linear(channels, outputs)

    def forward(self, timestep):
        frequencies = torch.exp(torch.arange(128, dtype=torch.float32) * (-math.log(10000) / 128))
        angles = timestep[:, None].float() * frequencies[None]
        embedding = torch.cat([angles.cos(), angles.sin()], dim=-1)
        embedding = self.linear_2(F.silu(self.linear_1(embedding)))
        return self.linear(F.silu(embedding))


class PixArt(nn.Module):
    """Self-attention, cross-attention on the text, feed-forward; one modulation for all blocks."""

    def __init__(self, blocks, channels, heads):
        super().__init__()
        self.pos_embed = nn.Linear(16, channels)
        self.caption_projection = nn.Linear(256, channels)
        self.adaln_single = TimeEmbedding(channels, 6 * channels)
        self.transformer_blocks = nn.ModuleList([PixArtBlock(channels, heads) for _ in range(blocks)])
        self.proj_out = nn.Linear(channels, 16)

    def forward(self, hidden_states, encoder_hidden_states, timestep):
        x = self.pos_embed(hidden_states)
        text = self.caption_projection(encoder_hidden_states)
        modulation = self.adaln_single(timestep)
        for block in self.transformer_blocks:
            x = block(x, text, modulation)
        return self.proj_out(norm(x))


class SingleBlock(nn.Module):
    """Attention with rotary positions and feed-forward side by side, as FLUX's single blocks."""

    def __init__(self, channels, heads):
        super().__init__()
        self.norm = nn.Linear(channels, 3 * channels)
        self.attn = Attention(channels, heads)
        self.ff = FeedForward(channels)

    def forward(self, x, modulation, cos, sin):
        shift, scale, gate = self.norm(F.silu(modulation))[:, None].chunk(3, dim=-1)
        y = norm(x) * (1 + scale) + shift
        return x + gate * (self.attn(y, rotary=(cos, sin)) + self.ff(y))


class Flux(nn.Module):
    """Text and image in one stream, rotary positions, a modulation for each block."""

    def __init__(self, blocks, channels, heads, tokens):
        super().__init__()
        self.x_embedder = nn.Linear(16, channels)
        self.context_embedder = nn.Linear(256, channels)
        self.time_text_embed = TimeEmbedding(channels, channels)
        self.single_transformer_blocks = nn.ModuleList([SingleBlock(channels, heads) for _ in range(blocks)])
        self.proj_out = nn.Linear(channels, 16)
        size = channels // heads
        angles = torch.arange(tokens)[:, None] * torch.exp(
            torch.arange(size // 2) * (-math.log(10000) / (size // 2))
        )
        self.register_buffer("cos", angles.cos().repeat(1, 2))
        self.register_buffer("sin", angles.sin().repeat(1, 2))

    def forward(self, hidden_states, encoder_hidden_states, timestep):
        text = self.context_embedder(encoder_hidden_states)
        x = torch.cat([text, self.x_embedder(hidden_states)], dim=1)
        modulation = self.time_text_embed(timestep)
        for block in self.single_transformer_blocks:
            x = block(x, modulation, self.cos, self.sin)
        return self.proj_out(norm(x[:, encoder_hidden_states.shape[1] :]))


def shapes():
    """Name, what it is in words, model, (image tokens, text tokens)."""
    return [
        ("pixart-256", "PixArt-like, 12 blocks of 512 channels, 256 tokens", lambda: PixArt(12, 512, 8), (256, 77)),
        ("pixart-1024", "PixArt-like, 12 blocks of 512 channels, 1,024 tokens", lambda: PixArt(12, 512, 8), (1024, 77)),
        ("pixart-4096", "PixArt-like, 4 blocks of 512 channels, 4,096 tokens", lambda: PixArt(4, 512, 8), (4096, 77)),
        ("wide-256", "PixArt-like, 4 blocks of 1,152 channels, 256 tokens", lambda: PixArt(4, 1152, 16), (256, 120)),
        ("flux-512", "FLUX-like, 8 single blocks of 768 channels, 512 + 128 tokens", lambda: Flux(8, 768, 12, 640), (512, 128)),
    ]
