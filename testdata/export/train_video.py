"""Trains the demo's video model and exports it: python train_video.py OUTPUT [--minutes 45]

A LatteTransformer3DModel (spatial and temporal blocks take turns) that learns flow matching on `video_shapes`, on one thread of a CPU.
Writes torchscript.onnx (batch axis dynamic) and captions.safetensors: one caption [3, 32] for each of PROMPTS, then the empty one.
"""

import argparse
import copy
import time
from pathlib import Path

import torch
from diffusers import LatteTransformer3DModel
from diffusers.models.attention_processor import Attention, AttnProcessor
from safetensors.torch import save_file

import video_shapes
from export import check, exportable
from strip_stack_traces import strip_file

CONFIG = dict(
    sample_size=video_shapes.SIZE, video_length=video_shapes.FRAMES, patch_size=4, in_channels=3, out_channels=3,
    num_layers=4, num_attention_heads=4, attention_head_dim=24, cross_attention_dim=96, caption_channels=32,
    attention_bias=True, activation_fn="gelu-approximate", num_embeds_ada_norm=1000, norm_type="ada_norm_single",
    norm_elementwise_affine=False, norm_eps=1e-6,
)
EMPTY = len(video_shapes.WORDS)  # the first of three words that say nothing
LATENTS = (3, video_shapes.FRAMES, video_shapes.SIZE, video_shapes.SIZE)


class Captioned(torch.nn.Module):
    """The transformer and the table of its words."""

    def __init__(self):
        super().__init__()
        self.transformer = LatteTransformer3DModel(**CONFIG)
        self.words = torch.nn.Embedding(EMPTY + 3, CONFIG["caption_channels"])
        for module in self.transformer.modules():
            if isinstance(module, Attention):  # the fused kernel is slow for many short sequences
                module.set_processor(AttnProcessor())
        torch.nn.init.zeros_(self.transformer.proj_out.weight)
        for name, module in self.transformer.named_modules():
            if name.endswith((".to_out.0", ".ff.net.2")):  # every block starts as nearly nothing
                torch.nn.init.normal_(module.weight, std=0.01)

    def captions(self) -> torch.Tensor:
        rows = [video_shapes.words(p) for p in range(len(video_shapes.PROMPTS))]
        return self.words(torch.tensor(rows + [[EMPTY, EMPTY + 1, EMPTY + 2]]))

    def forward(self, x, captions, s):
        return self.transformer(x, 1000 * s, captions, return_dict=False)[0]


def loss(model, batch, generator):
    """Of the velocity `noise - video` at a random time; one caption in ten is the empty one, for guidance."""
    prompts = torch.randint(len(video_shapes.PROMPTS), (batch,), generator=generator)
    clean = video_shapes.videos(prompts, generator)
    noise = torch.randn(clean.shape, generator=generator)
    # One time from each of `batch` equal parts of the distribution: the loss varies less from step to step.
    parts = (torch.arange(batch) + torch.rand(batch, generator=generator)) / batch
    s = torch.sigmoid(torch.special.ndtri(parts.clamp(1e-4, 1 - 1e-4)) + 0.3)
    prompts[torch.rand(batch, generator=generator) < 0.1] = len(video_shapes.PROMPTS)
    at = s[:, None, None, None, None]
    with torch.autocast("cpu", torch.bfloat16):
        velocity = model((1 - at) * clean + at * noise, model.captions()[prompts], s)
    return torch.nn.functional.mse_loss(velocity.float(), noise - clean)


def train(minutes: float, batch: int, folder: Path) -> Captioned:
    generator = torch.Generator().manual_seed(1)
    torch.manual_seed(1)
    model = Captioned()
    averaged = copy.deepcopy(model).requires_grad_(False)
    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and "blocks" in n]
    others = [p for n, p in model.named_parameters() if not (p.ndim == 2 and "blocks" in n)]
    optimizers = [
        torch.optim.Muon(matrices, lr=0.01, weight_decay=0.01),
        torch.optim.AdamW(others, lr=2e-3, betas=(0.9, 0.98), weight_decay=0.0),
    ]
    peaks = [optimizer.param_groups[0]["lr"] for optimizer in optimizers]
    start, step, recent = time.time(), 0, 1.0
    while (done := (time.time() - start) / (60 * minutes)) < 1:
        scale = min(1, (step + 1) / 50) * (1 if done < 0.4 else (1 - done) / 0.6)
        for optimizer, peak in zip(optimizers, peaks):
            optimizer.param_groups[0]["lr"] = peak * scale
        value = loss(model, batch, generator)
        value.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        step += 1
        decay = min(0.998, 1 - 1 / (1 + step / 5))
        with torch.no_grad():
            for mean, p in zip(averaged.parameters(), model.parameters()):
                mean.lerp_(p, 1 - decay)
        recent += (float(value.detach()) - recent) * max(0.02, 1 / step)
        if step % 50 == 0:
            print(f"{step} steps, {(time.time() - start) / 60:.1f} min, loss {recent:.4f}", flush=True)
        if step % 500 == 0:
            torch.save(averaged.state_dict(), folder / "checkpoint.pt")
    torch.save(averaged.state_dict(), folder / "checkpoint.pt")
    return averaged.eval()


@torch.no_grad()
def sample(model, prompts, steps=30, guidance=3.0, seed=0):
    """Euler steps from s = 1 to 0 with classifier-free guidance, as the demo draws."""
    x = torch.randn(len(prompts), *LATENTS, generator=torch.Generator().manual_seed(seed))
    table = model.captions()
    both = torch.cat([table[-1:].expand(len(prompts), -1, -1), table[prompts]])
    for i in range(steps):
        s = 1 - i / steps
        empty, prompted = model(torch.cat([x, x]), both, torch.full((2 * len(prompts),), s)).chunk(2)
        x = x - (empty + guidance * (prompted - empty)) / steps
    return x.clamp(-1, 1)


def export_model(model: Captioned, folder: Path) -> None:
    transformer, captions = model.transformer, model.captions().detach()
    inputs = dict(
        hidden_states=torch.randn(4, *LATENTS), encoder_hidden_states=captions[:4].contiguous(), timestep=torch.full((4,), 500.0)
    )
    original = transformer.forward
    transformer.forward = lambda hidden_states, encoder_hidden_states, timestep: original(
        hidden_states, timestep, encoder_hidden_states, return_dict=False
    )[0]
    path = folder / "torchscript.onnx"
    with torch.no_grad(), exportable():
        torch.onnx.export(
            transformer, tuple(inputs.values()), str(path), dynamo=False, opset_version=17, input_names=list(inputs),
            output_names=["sample"], dynamic_axes={name: {0: "batch"} for name in inputs},
        )
    strip_file(path)
    calls = [inputs, {name: value[:2] for name, value in inputs.items()}]
    with torch.no_grad():
        print("largest relative error", check(path, calls, [transformer.forward(**call) for call in calls]))
    transformer.forward = original
    save_file({"captions": captions.contiguous()}, str(folder / "captions.safetensors"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--minutes", type=float, default=45)
    parser.add_argument("--batch", type=int, default=16)
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    export_model(train(arguments.minutes, arguments.batch, arguments.output), arguments.output)


if __name__ == "__main__":
    main()
