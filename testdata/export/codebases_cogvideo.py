"""CogVideo (THUDM), the original on SwissArmyTransformer: blocks that mixins compute, text and video tokens in one sequence."""

import importlib
import types

import torch

from codebases import SINGLE, SOURCES, CodeBase, checkout, package, scaled_dot_product, stub

TEXT, WIDTH, HEADS = 6, 32, 2


def from_config(config, **more):
    module, name = config["target"].rsplit(".", 1)
    return getattr(importlib.import_module(module), name)(**config.get("params", {}), **more)


def blocks_by_position(model):
    """Lets blocks be replaced by functions of their positional arguments; a mixin computes them, not their own `forward`."""
    compute = model.hooks["layer_forward"]
    for number, layer in enumerate(model.transformer.layers):
        layer.by_position = lambda hidden, mask, more, number=number: compute(hidden, mask, layer_id=number, **more)
    model.hooks["layer_forward"] = lambda hidden, mask, layer_id, **more: model.transformer.layers[layer_id].by_position(
        hidden, mask, more)
    return model


def cogvideo(rotary):
    checkout("THUDM+CogVideo", "sat")
    sat = SOURCES / "THUDM+SwissArmyTransformer/sat"
    package("sat", sat)
    package("sat.model", sat / "model")
    for name in ("sgm", "sgm.modules", "sgm.modules.diffusionmodules"):
        package(name, SOURCES / "THUDM+CogVideo/sat" / name.replace(".", "/"))
    stub("sgm.util", instantiate_from_config=from_config)
    stub("sgm.modules.diffusionmodules.openaimodel", Timestep=None)
    stub("sat.training.model_io", load_checkpoint=None)
    stub("sat.resources", auto_create=None)
    from sat.model.base_model import BaseMixin
    stub("sat.model.mixins", BaseMixin=BaseMixin)
    import dit_video_concat
    from sat import transformer_defaults

    # The default looks at the numbers of its mask, which is [[1]] for CogVideo; exporters cannot.
    transformer_defaults.attention_fn_default = lambda q, k, v, *_, **__: scaled_dot_product(
        q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)).transpose(1, 2)
    transformer_defaults.HOOKS_DEFAULT["attention_fn"] = transformer_defaults.attention_fn_default
    torch.Tensor.cuda = lambda self, *_: self
    # It numbers its layers by tensors.
    from sat.model import transformer
    transformer.torch = types.SimpleNamespace(**{**vars(torch), "tensor": lambda number: number})

    def build():
        position = dict(target="dit_video_concat.Rotary3DPositionEmbeddingMixin", params=dict(hidden_size_head=16, text_length=TEXT))
        if not rotary:
            position = dict(target="dit_video_concat.Basic3DPositionEmbeddingMixin", params=dict(text_length=TEXT))
        model = dit_video_concat.DiffusionTransformer(
            types.SimpleNamespace(
                vocab_size=1, max_sequence_length=8, layernorm_order="pre", skip_init=False, model_parallel_size=1, is_decoder=False,
                checkpoint_activations=False),
            num_frames=5, time_compressed_rate=4, latent_width=8, latent_height=8, patch_size=[1, 2, 2], in_channels=4, out_channels=4,
            hidden_size=WIDTH, num_layers=4, num_attention_heads=HEADS, elementwise_affine=True, time_embed_dim=16,
            modules=dict(
                pos_embed_config=position,
                patch_embed_config=dict(target="dit_video_concat.ImagePatchEmbeddingMixin", params=dict(text_hidden_size=24)),
                adaln_layer_config=dict(target="dit_video_concat.AdaLNMixin", params=dict(qk_ln=True)),
                final_layer_config=dict(target="dit_video_concat.FinalLayerMixin")))
        return blocks_by_position(model)

    return CodeBase(
        build=build,
        inputs={"x": (2, 2, 4, 8, 8), "timesteps": (2,), "context": (2, TEXT, 24)},
        lists={"transformer.layers": SINGLE},
        timestep="timesteps",
        attention=[f"transformer.layers.{i}.attention" for i in range(4)],
        feed_forward=[f"transformer.layers.{i}.mlp" for i in range(4)])


ALL = {"cogvideo": lambda: cogvideo(rotary=False), "cogvideo_rotary": lambda: cogvideo(rotary=True)}
