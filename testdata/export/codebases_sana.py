"""SANA (NVlabs): linear attention with one qkv layer, cross-attention to the caption, a convolution as feed-forward."""

import logging
import sys
import types
from importlib.util import find_spec
from pathlib import Path

import torch

from codebases import SINGLE, SOURCES, CodeBase, by_position, checkout, package, stub

TIMM = Path(find_spec("timm").origin).parent


def sana(attention="linear", feed_forward="glumbconv"):
    checkout("NVlabs+Sana")
    for name in ("diffusion", "diffusion.model", "diffusion.model.nets", "diffusion.utils"):
        package(name, SOURCES / "NVlabs+Sana" / name.replace(".", "/"))
    registry = types.SimpleNamespace(register_module=lambda *_, **__: (lambda cls: cls))
    stub("torchvision.ops.misc", FrozenBatchNorm2d=type("FrozenBatchNorm2d", (), {}))
    stub("diffusion.model.builder", MODELS=registry)
    stub("diffusion.model.registry", FFN_BLOCKS=registry)
    stub("diffusion.utils.dist_utils", get_rank=lambda: 1)
    stub("diffusion.utils.logger", get_root_logger=logging.getLogger)
    stub("diffusion.utils.import_utils", is_triton_module_available=lambda: False, is_xformers_available=lambda: False)
    # timm without torchvision: its attention and feed-forward are all that is used.
    package("timm", TIMM)
    stub("timm", __version__="")
    package("timm.models", TIMM / "models")
    stub("timm.models.layers", DropPath=None)
    stub("timm.data", **{f"{name}_{moment}": (0.5,) * 3 for moment in ("MEAN", "STD") for name in (
        "IMAGENET_DEFAULT", "IMAGENET_INCEPTION", "OPENAI_CLIP")})
    stub("transformers", AutoModelForCausalLM=None)
    stub("termcolor", colored=lambda text, *_, **__: text)
    from diffusion.model.nets.sana_multi_scale import SanaMS
    for name in ("torchvision", "torchvision.ops", "torchvision.ops.misc"):  # torch.onnx looks for the real one
        sys.modules.pop(name, None)

    def build():
        model = SanaMS(
            input_size=8, patch_size=1, in_channels=4, hidden_size=32, depth=4, num_heads=2, mlp_ratio=2.0, pred_sigma=False,
            caption_channels=24, model_max_length=6, attn_type=attention, ffn_type=feed_forward, use_pe=False, linear_head_dim=16,
            y_norm=True, qk_norm=True)
        original, mask = model.forward, torch.tensor([[[[1, 1, 1, 1, 1, 0]]]])  # the last token is padding
        model.forward = lambda x, timestep, y: original(x, timestep, y, mask)
        return by_position(model, "blocks", ["x", "y", "t", "mask", "HW", "image_rotary_emb"])

    return CodeBase(
        build=build,
        inputs={"x": (1, 4, 8, 8), "timestep": (1,), "y": (1, 1, 6, 24)},
        lists={"blocks": SINGLE},
        timestep="timestep",
        attention=[f"blocks.{i}.{a}" for i in range(4) for a in ("attn", "cross_attn")],
        cross=tuple(f"blocks.{i}.cross_attn" for i in range(4)),
        feed_forward=[f"blocks.{i}.mlp" for i in range(4)])


ALL = {"sana": sana, "sana_softmax": lambda: sana("flash", "mlp")}
