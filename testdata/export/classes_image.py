"""Image transformers. Configs and inputs follow diffusers' own tests, with four blocks where the config allows."""

import itertools

import torch

from registry import ENTRIES, entry, fixed, noise, timestep, unit_timestep


def grid_ids(height, width, columns=3, first=0):
    """Position ids of a latent grid: [tokens, columns], row and column in columns first+1 and first+2."""
    ids = torch.zeros(height * width, columns)
    ids[:, first + 1] = torch.arange(height).repeat_interleave(width)
    ids[:, first + 2] = torch.arange(width).repeat(height)
    return fixed(ids, batched=False)


def sizes(batch, *values, dtype=torch.int64):
    return fixed(torch.tensor([values] * batch, dtype=dtype))


def ones(*shape, dtype=torch.float32):
    return fixed(torch.ones(shape, dtype=dtype))


ZERO_IDS = fixed(torch.zeros(24, 3), batched=False)

# Everything the reference's PAB and TaylorSeer can be asked for beyond the defaults, on one small model.
PIXART_EXTRAS = {
    "pab_cross_only": ("pyramid_attention_broadcast", {"cross_attention_block_skip_range": 4}),
    "pab_default": ("pyramid_attention_broadcast", {}),
    "pab_identifiers": (
        "pyramid_attention_broadcast",
        {
            "spatial_attention_block_skip_range": 3,
            "spatial_attention_block_identifiers": ["blocks\\.[12]\\."],
            "spatial_attention_timestep_skip_range": [0, 1000],
        },
    ),
    "taylorseer_skip": (
        "taylorseer",
        {
            "cache_interval": 4, "disable_cache_before_step": 2, "disable_cache_after_step": 12, "max_order": 2,
            "cache_identifiers": [".*blocks\\.\\d+\\.(attn1|ff)"],
            "skip_predict_identifiers": [".*blocks\\.[13]\\.attn2"], "taylor_factors_dtype": "float32",
        },
    ),
    "taylorseer_default": ("taylorseer", {"taylor_factors_dtype": "float32"}),
    "fbc_never": ("first_block_cache", {"threshold": 10.0}),
    "magcache_resampled": (
        "magcache",
        {"threshold": 0.3, "max_skip_steps": 4, "retention_ratio": 0.25, "num_inference_steps": 15,
         "mag_ratios": [1.0, 1.21, 1.12, 1.08, 1.06, 1.03, 0.98, 0.96, 0.94]},
    ),
    "magcache_short": (
        "magcache",
        {"threshold": 0.2, "max_skip_steps": 2, "retention_ratio": 0.2, "num_inference_steps": 6,
         "mag_ratios": [1.0, 1.05, 1.02, 0.97, 1.03, 0.95]},
    ),
}

entry(
    "pixart",
    "PixArtTransformer2DModel",
    dict(
        sample_size=8, num_layers=4, patch_size=2, attention_head_dim=2, num_attention_heads=2, in_channels=4,
        cross_attention_dim=8, out_channels=8, attention_bias=True, activation_fn="gelu-approximate",
        num_embeds_ada_norm=8, norm_type="ada_norm_single", norm_elementwise_affine=False, norm_eps=1e-6,
        use_additional_conditions=False, caption_channels=None,
    ),
    dict(hidden_states=noise(4, 4, 8, 8), timestep=timestep(4), encoder_hidden_states=noise(4, 8, 8)),
    arguments=dict(added_cond_kwargs={"aspect_ratio": None, "resolution": None}),
    steps=15, policies=PIXART_EXTRAS,
)
entry(
    "pixart_mask",
    "PixArtTransformer2DModel",
    dict(
        sample_size=16, num_layers=4, patch_size=2, attention_head_dim=8, num_attention_heads=4, in_channels=4,
        cross_attention_dim=32, out_channels=8, attention_bias=True, activation_fn="gelu-approximate",
        num_embeds_ada_norm=1000, norm_type="ada_norm_single", norm_elementwise_affine=False,
        use_additional_conditions=False, caption_channels=24,
    ),
    dict(
        hidden_states=noise(2, 4, 16, 16), timestep=timestep(2), encoder_hidden_states=noise(2, 10, 24),
        encoder_attention_mask=fixed(torch.tensor([[1.0] * 7 + [0.0] * 3, [1.0] * 10])),
    ),
    arguments=dict(added_cond_kwargs={"aspect_ratio": None, "resolution": None}),
    steps=20, seed=1, note="caption projection and text mask",
)
entry(
    "dit",
    "DiTTransformer2DModel",
    dict(
        in_channels=4, out_channels=8, activation_fn="gelu-approximate", num_attention_heads=2, attention_head_dim=4,
        attention_bias=True, num_layers=4, norm_type="ada_norm_zero", num_embeds_ada_norm=8, patch_size=2, sample_size=8,
    ),
    dict(hidden_states=noise(2, 4, 8, 8), timestep=timestep(2), class_labels=fixed([1, 3])),
    steps=8, seed=2, last_timestep=0,
)
entry(
    "sd3",
    "SD3Transformer2DModel",
    dict(
        sample_size=16, patch_size=1, in_channels=4, num_layers=4, attention_head_dim=8, num_attention_heads=4,
        caption_projection_dim=32, joint_attention_dim=32, pooled_projection_dim=64, out_channels=4,
        pos_embed_max_size=32, dual_attention_layers=(), qk_norm=None,
    ),
    dict(
        hidden_states=noise(2, 4, 16, 16), encoder_hidden_states=noise(2, 20, 32),
        pooled_projections=noise(2, 64), timestep=timestep(2),
    ),
    steps=12, seed=3,
)
entry(
    "sd35",
    "SD3Transformer2DModel",
    dict(
        sample_size=16, patch_size=1, in_channels=4, num_layers=4, attention_head_dim=8, num_attention_heads=4,
        caption_projection_dim=32, joint_attention_dim=32, pooled_projection_dim=64, out_channels=4,
        pos_embed_max_size=32, dual_attention_layers=(0, 1), qk_norm="rms_norm",
    ),
    dict(
        hidden_states=noise(2, 4, 16, 16), encoder_hidden_states=noise(2, 20, 32),
        pooled_projections=noise(2, 64), timestep=timestep(2),
    ),
    steps=10, seed=4, note="dual attention in the first two blocks, RMS norm of queries and keys",
)
entry(
    "flux",
    "FluxTransformer2DModel",
    dict(
        patch_size=1, in_channels=4, num_layers=4, num_single_layers=4, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=32, pooled_projection_dim=32, axes_dims_rope=[4, 4, 8], guidance_embeds=True,
    ),
    dict(
        hidden_states=noise(1, 16, 4), encoder_hidden_states=noise(1, 24, 32), pooled_projections=noise(1, 32),
        timestep=unit_timestep(1), img_ids=grid_ids(4, 4), txt_ids=ZERO_IDS, guidance=fixed([3.5]),
    ),
    steps=20, seed=5,
)
entry(
    "flux2",
    "Flux2Transformer2DModel",
    dict(
        patch_size=1, in_channels=4, num_layers=4, num_single_layers=4, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=32, timestep_guidance_channels=256, axes_dims_rope=[4, 4, 4, 4],
    ),
    dict(
        hidden_states=noise(1, 16, 4), encoder_hidden_states=noise(1, 24, 32), timestep=unit_timestep(1),
        img_ids=grid_ids(4, 4, 4), txt_ids=fixed(torch.zeros(24, 4), batched=False), guidance=fixed([3.5]),
    ),
    steps=15, seed=6,
)
entry(
    "chroma",
    "ChromaTransformer2DModel",
    dict(
        patch_size=1, in_channels=4, num_layers=4, num_single_layers=4, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=32, axes_dims_rope=[4, 4, 8], approximator_num_channels=8, approximator_hidden_dim=16,
        approximator_layers=1,
    ),
    dict(
        hidden_states=noise(2, 16, 4), encoder_hidden_states=noise(2, 24, 32), timestep=unit_timestep(2),
        img_ids=grid_ids(4, 4), txt_ids=ZERO_IDS,
    ),
    steps=12, seed=7,
)
entry(
    "auraflow",
    "AuraFlowTransformer2DModel",
    dict(
        sample_size=16, patch_size=2, in_channels=4, num_mmdit_layers=2, num_single_dit_layers=4, attention_head_dim=8,
        num_attention_heads=4, caption_projection_dim=32, joint_attention_dim=32, out_channels=4, pos_embed_max_size=64,
    ),
    dict(hidden_states=noise(2, 4, 16, 16), encoder_hidden_states=noise(2, 16, 32), timestep=unit_timestep(2)),
    steps=12, seed=8,
)
entry(
    "cogview3plus",
    "CogView3PlusTransformer2DModel",
    dict(
        patch_size=2, in_channels=4, num_layers=4, attention_head_dim=4, num_attention_heads=2, out_channels=4,
        text_embed_dim=8, time_embed_dim=8, condition_dim=2, pos_embed_max_size=8, sample_size=8,
    ),
    dict(
        hidden_states=noise(2, 4, 8, 8), encoder_hidden_states=noise(2, 8, 8), timestep=timestep(2),
        original_size=sizes(2, 64, 64), target_size=sizes(2, 64, 64), crop_coords=sizes(2, 0, 0),
    ),
    steps=15, seed=9,
)
entry(
    "cogview4",
    "CogView4Transformer2DModel",
    dict(
        patch_size=2, in_channels=4, num_layers=4, attention_head_dim=4, num_attention_heads=4, out_channels=4,
        text_embed_dim=8, time_embed_dim=8, condition_dim=4,
    ),
    dict(
        hidden_states=noise(2, 4, 8, 8), encoder_hidden_states=noise(2, 8, 8), timestep=timestep(2),
        original_size=sizes(2, 64, 64), target_size=sizes(2, 64, 64), crop_coords=sizes(2, 0, 0),
    ),
    steps=20, seed=10,
)
_ANGLES = torch.arange(16)[:, None] * torch.tensor([1.0, 1.0, 0.1, 0.1, 0.01, 0.01, 0.001, 0.001])
entry(
    "hunyuandit",
    "HunyuanDiT2DModel",
    dict(
        sample_size=8, patch_size=2, in_channels=4, num_layers=4, attention_head_dim=8, num_attention_heads=2,
        cross_attention_dim=8, cross_attention_dim_t5=8, pooled_projection_dim=4, hidden_size=16, text_len=4,
        text_len_t5=4, activation_fn="gelu-approximate",
    ),
    dict(
        hidden_states=noise(2, 4, 8, 8), timestep=timestep(2, dtype=torch.float32), encoder_hidden_states=noise(2, 4, 8),
        text_embedding_mask=ones(2, 4), encoder_hidden_states_t5=noise(2, 4, 8), text_embedding_mask_t5=ones(2, 4),
        image_meta_size=sizes(2, 1024, 1024, 16, 16, 0, 0, dtype=torch.float32), style=fixed([0, 0]),
        rotary_cos=fixed(_ANGLES.cos(), batched=False), rotary_sin=fixed(_ANGLES.sin(), batched=False),
    ),
    adapt=lambda x: {
        **{k: v for k, v in x.items() if not k.startswith("rotary")},
        "image_rotary_emb": [x["rotary_cos"], x["rotary_sin"]],
    },
    steps=12, seed=11, note="long skip connections between blocks: mid blocks feed later ones",
)


def hidream_dense(model):
    """Every expert sees every token; weights of tokens not routed to it are 0. The tracer cannot follow the sorted loop."""
    from diffusers.models.transformers import transformer_hidream_image as module

    def infer(moe, x, chosen, weights):
        k = moe.num_activated_experts
        total = 0
        for i, expert in enumerate(moe.experts):
            total = total + expert(x) * (weights.view(-1, k) * (chosen.view(-1, k) == i)).sum(dim=1, keepdim=True)
        return total

    def rope(positions, size, theta):  # the original's einsum mixes int64 and float64
        scale = torch.arange(0, size, 2, dtype=torch.float64) / size
        angles = positions.double().unsqueeze(-1) * (1.0 / theta**scale)
        table = torch.stack([angles.cos(), -angles.sin(), angles.sin(), angles.cos()], dim=-1)
        return table.view(*angles.shape[:-1], size // 2, 2, 2).float()

    module.rope = rope
    for child in model.modules():
        if isinstance(child, module.MOEFeedForwardSwiGLU):
            child.moe_infer = lambda *a, moe=child: infer(moe, *a)


entry(
    "hidream",
    "HiDreamImageTransformer2DModel",
    dict(
        patch_size=2, in_channels=4, out_channels=4, num_layers=2, num_single_layers=2, attention_head_dim=8,
        num_attention_heads=4, caption_channels=[8, 4], text_emb_dim=8, num_routed_experts=4, num_activated_experts=2,
        axes_dims_rope=(4, 2, 2), max_resolution=(16, 16), llama_layers=(0, 1, 0, 1), force_inference_output=True,
    ),
    dict(
        hidden_states=noise(2, 4, 16, 16), timesteps=timestep(2), encoder_hidden_states_t5=noise(2, 8, 8),
        encoder_hidden_states_llama3=noise(2, 2, 8, 4), pooled_embeds=noise(2, 8),
    ),
    traceable=hidream_dense, steps=10, seed=12, note="mixture of experts, two of four; exported densely",
)
entry(
    "lumina",
    "LuminaNextDiT2DModel",
    dict(
        sample_size=16, patch_size=2, in_channels=4, hidden_size=24, num_layers=4, num_attention_heads=3, num_kv_heads=1,
        multiple_of=16, ffn_dim_multiplier=None, norm_eps=1e-5, learn_sigma=False, qk_norm=True, cross_attention_dim=32,
        scaling_factor=1.0,
    ),
    dict(
        hidden_states=noise(2, 4, 16, 16), timestep=unit_timestep(2, reverse=True), encoder_hidden_states=noise(2, 16, 32),
        encoder_mask=ones(2, 16), image_rotary_emb=noise(384, 384, 4, batched=False),
    ),
    arguments=dict(cross_attention_kwargs={}),
    steps=12, seed=13,
)
entry(
    "lumina2",
    "Lumina2Transformer2DModel",
    dict(
        sample_size=16, patch_size=2, in_channels=4, hidden_size=24, num_layers=4, num_refiner_layers=1,
        num_attention_heads=3, num_kv_heads=1, multiple_of=2, ffn_dim_multiplier=None, norm_eps=1e-5, scaling_factor=1.0,
        axes_dim_rope=(4, 2, 2), axes_lens=(128, 128, 128), cap_feat_dim=32,
    ),
    dict(
        hidden_states=noise(2, 4, 16, 16), timestep=unit_timestep(2, reverse=True), encoder_hidden_states=noise(2, 16, 32),
        encoder_attention_mask=ones(2, 16, dtype=torch.bool),
    ),
    steps=15, seed=14,
)
entry(
    "omnigen",
    "OmniGenTransformer2DModel",
    dict(
        hidden_size=16, num_attention_heads=4, num_key_value_heads=4, intermediate_size=32, num_layers=4, pad_token_id=0,
        vocab_size=1000, in_channels=4, time_step_dim=4,
        rope_scaling={"long_factor": [1, 2], "short_factor": [1, 2]},
    ),
    dict(
        hidden_states=noise(2, 4, 8, 8), timestep=unit_timestep(2), input_ids=fixed([list(range(24))] * 2),
        input_img_latent=noise(1, 4, 8, 8, batched=False), attention_mask=ones(2, 41, 41),
        position_ids=fixed([list(range(41))] * 2),
    ),
    arguments=dict(input_image_sizes={0: [[0, 16]]}),
    adapt=lambda x: {
        **{k: v for k, v in x.items() if k != "input_img_latent"}, "input_img_latents": [x["input_img_latent"]],
    },
    steps=8, seed=15,
)
entry(
    "bria",
    "BriaTransformer2DModel",
    dict(
        patch_size=1, in_channels=4, num_layers=4, num_single_layers=4, attention_head_dim=8, num_attention_heads=2,
        joint_attention_dim=32, pooled_projection_dim=None, axes_dims_rope=[0, 4, 4],
    ),
    dict(
        hidden_states=noise(1, 16, 4), encoder_hidden_states=noise(1, 24, 32), timestep=timestep(1, dtype=torch.float32),
        img_ids=grid_ids(4, 4), txt_ids=ZERO_IDS,
    ),
    steps=12, seed=16,
)
entry(
    "bria_fibo",
    "BriaFiboTransformer2DModel",
    dict(
        patch_size=1, in_channels=48, num_layers=2, num_single_layers=2, attention_head_dim=8, num_attention_heads=2,
        joint_attention_dim=64, text_encoder_dim=32, pooled_projection_dim=None, axes_dims_rope=[0, 4, 4],
    ),
    dict(
        hidden_states=noise(1, 16, 48), encoder_hidden_states=noise(1, 24, 64), text_layer=noise(1, 24, 32),
        timestep=timestep(1, dtype=torch.float32), img_ids=grid_ids(4, 4), txt_ids=ZERO_IDS,
    ),
    adapt=lambda x: {
        **{k: v for k, v in x.items() if k != "text_layer"},
        "text_encoder_layers": [x["text_layer"] * s for s in (1.0, 0.5, -0.5, 0.25)],
    },
    steps=10, seed=17,
)
entry(
    "qwenimage",
    "QwenImageTransformer2DModel",
    dict(
        patch_size=2, in_channels=16, out_channels=4, num_layers=4, attention_head_dim=16, num_attention_heads=4,
        joint_attention_dim=16, guidance_embeds=False, axes_dims_rope=(8, 4, 4),
    ),
    dict(
        hidden_states=noise(2, 16, 16), encoder_hidden_states=noise(2, 8, 16),
        encoder_hidden_states_mask=ones(2, 8, dtype=torch.int64), timestep=unit_timestep(2),
    ),
    arguments=dict(img_shapes=[(1, 4, 4)]),
    steps=15, seed=18,
)
entry(
    "nucleusmoe",
    "NucleusMoEImageTransformer2DModel",
    dict(
        patch_size=2, in_channels=16, out_channels=4, num_layers=4, attention_head_dim=16, num_attention_heads=4,
        joint_attention_dim=16, axes_dims_rope=(8, 4, 4), moe_enabled=False, capacity_factors=[8.0] * 4,
    ),
    dict(
        hidden_states=noise(1, 16, 16), encoder_hidden_states=noise(1, 8, 16),
        encoder_hidden_states_mask=ones(1, 8, dtype=torch.int64), timestep=unit_timestep(1),
    ),
    arguments=dict(img_shapes=[(1, 4, 4)]),
    steps=12, seed=19,
)


def nucleus_batched(model):
    """Expert choice: every expert takes the same number of tokens, so the loop over experts is one batched matmul."""
    for child in model.modules():
        if hasattr(child, "gate_up_proj"):

            def forward(x, tokens, experts=child):
                rows = x.view(experts.gate_up_proj.shape[0], -1, x.shape[-1])
                gate, up = torch.matmul(rows, experts.gate_up_proj).chunk(2, dim=-1)
                return torch.matmul(torch.nn.functional.silu(gate) * up, experts.down_proj).reshape(x.shape[0], -1)

            child.forward = forward


entry(
    "nucleusmoe_experts",
    "NucleusMoEImageTransformer2DModel",
    dict(
        patch_size=2, in_channels=16, out_channels=4, num_layers=6, attention_head_dim=16, num_attention_heads=4,
        joint_attention_dim=16, axes_dims_rope=(8, 4, 4), moe_enabled=True, num_experts=4, moe_intermediate_dim=32,
        capacity_factors=[2.0] * 6,
    ),
    dict(
        hidden_states=noise(1, 16, 16), encoder_hidden_states=noise(1, 8, 16),
        encoder_hidden_states_mask=ones(1, 8, dtype=torch.int64), timestep=unit_timestep(1),
    ),
    arguments=dict(img_shapes=[(1, 4, 4)]), traceable=nucleus_batched,
    steps=8, seed=32, note="expert-choice mixture of experts in blocks 3 and 4",
)


def zimage_tables(model):
    """The rotary embedder is no module and its tables depend on nothing but shapes: record them as constants."""
    from diffusers.models.transformers import transformer_z_image as module
    from export import Pair

    tables, original = [], model.rope_embedder

    def recording(positions):
        tables.append(original(positions))
        return tables[-1]

    model.rope_embedder = recording
    constants, steps = ENTRIES["zimage"].sample()
    ENTRIES["zimage"].call(model, constants | steps[0])
    turns = itertools.cycle([Pair(t.real.clone(), t.imag.clone()) for t in tables])
    model.rope_embedder = lambda positions: next(turns)
    module.pad_sequence = lambda values, **_: torch.stack(list(values))  # one sequence per call: nothing to pad


entry(
    "zimage",
    "ZImageTransformer2DModel",
    dict(
        all_patch_size=(2,), all_f_patch_size=(1,), in_channels=16, dim=16, n_layers=4, n_refiner_layers=1, n_heads=1,
        n_kv_heads=2, qk_norm=True, cap_feat_dim=16, rope_theta=256.0, t_scale=1000.0, axes_dims=[8, 4, 4],
        axes_lens=[256, 32, 32],
    ),
    dict(
        x=noise(16, 1, 16, 16, batched=False), cap_feats=noise(16, 16, batched=False),
        t=unit_timestep(1, reverse=True, batched=False),
    ),
    adapt=lambda x: {**x, "x": [x["x"]], "cap_feats": [x["cap_feats"]]},
    traceable=zimage_tables, varying="x", steps=12, seed=20,
)
entry(
    "prx",
    "PRXTransformer2DModel",
    dict(
        in_channels=4, patch_size=2, context_in_dim=32, hidden_size=64, mlp_ratio=3.5, num_heads=4, depth=4,
        axes_dim=[8, 8], theta=10_000,
    ),
    dict(hidden_states=noise(2, 4, 8, 8), timestep=unit_timestep(2), encoder_hidden_states=noise(2, 10, 32)),
    steps=12, seed=21,
)
entry(
    "sana",
    "SanaTransformer2DModel",
    dict(
        patch_size=1, in_channels=4, out_channels=4, num_layers=4, attention_head_dim=4, num_attention_heads=2,
        num_cross_attention_heads=2, cross_attention_head_dim=4, cross_attention_dim=8, caption_channels=8, sample_size=16,
    ),
    dict(hidden_states=noise(2, 4, 16, 16), encoder_hidden_states=noise(2, 8, 8), timestep=timestep(2)),
    # dynamo's optimizer drops the 1e-15 that keeps linear attention from dividing 0 by 0
    dynamo_optimize=False, steps=20, seed=22, note="linear attention, convolutional feed-forward; dynamo optimize=False",
)
entry(
    "hunyuanimage",
    "HunyuanImageTransformer2DModel",
    dict(
        in_channels=4, out_channels=4, num_attention_heads=2, attention_head_dim=16, num_layers=4, num_single_layers=4,
        num_refiner_layers=1, mlp_ratio=2.0, patch_size=(1, 1), text_embed_dim=16, rope_axes_dim=(8, 8),
    ),
    dict(
        hidden_states=noise(1, 4, 8, 8), timestep=timestep(1, dtype=torch.float32), encoder_hidden_states=noise(1, 12, 16),
        encoder_attention_mask=ones(1, 12),
    ),
    steps=12, seed=23,
)
entry(
    "longcat_image",
    "LongCatImageTransformer2DModel",
    dict(
        patch_size=1, in_channels=4, num_layers=4, num_single_layers=4, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=32, pooled_projection_dim=32, axes_dims_rope=[4, 4, 8],
    ),
    dict(
        hidden_states=noise(1, 16, 4), encoder_hidden_states=noise(1, 24, 32), timestep=unit_timestep(1),
        img_ids=grid_ids(4, 4), txt_ids=ZERO_IDS,
    ),
    steps=12, seed=24,
)
entry(
    "ovis_image",
    "OvisImageTransformer2DModel",
    dict(
        patch_size=1, in_channels=4, out_channels=4, num_layers=4, num_single_layers=4, attention_head_dim=16,
        num_attention_heads=2, joint_attention_dim=32, axes_dims_rope=(4, 4, 8),
    ),
    dict(
        hidden_states=noise(2, 16, 4), encoder_hidden_states=noise(2, 24, 32), timestep=unit_timestep(2),
        img_ids=grid_ids(4, 4), txt_ids=ZERO_IDS,
    ),
    steps=10, seed=25,
)
entry(
    "glm_image",
    "GlmImageTransformer2DModel",
    dict(
        patch_size=2, in_channels=4, out_channels=4, num_layers=4, attention_head_dim=8, num_attention_heads=2,
        text_embed_dim=32, time_embed_dim=16, condition_dim=8, prior_vq_quantizer_codebook_size=64,
    ),
    dict(
        hidden_states=noise(2, 4, 8, 8), encoder_hidden_states=noise(2, 12, 32),
        prior_token_id=fixed([list(range(16)), list(range(16, 32))]), prior_token_drop=fixed([True, False]),
        timestep=timestep(2), target_size=sizes(2, 8, 8, dtype=torch.float32),
        crop_coords=sizes(2, 0, 0, dtype=torch.float32),
    ),
    steps=12, seed=26,
)
entry(
    "ernie_image",
    "ErnieImageTransformer2DModel",
    dict(
        hidden_size=16, num_attention_heads=1, num_layers=4, ffn_hidden_size=16, in_channels=16, out_channels=16,
        patch_size=1, text_in_dim=16, rope_theta=256, rope_axes_dim=(8, 4, 4), eps=1e-6, qk_layernorm=True,
    ),
    dict(
        hidden_states=noise(2, 16, 8, 8), timestep=timestep(2, dtype=torch.float32), text_bth=noise(2, 16, 16),
        text_lens=fixed([16, 16]),
    ),
    steps=12, seed=27,
)
_KREA_POSITIONS = torch.zeros(8, 3)
_KREA_POSITIONS[4:, 1] = torch.tensor([0.0, 0.0, 1.0, 1.0])
_KREA_POSITIONS[4:, 2] = torch.tensor([0.0, 1.0, 0.0, 1.0])
entry(
    "krea2",
    "Krea2Transformer2DModel",
    dict(
        in_channels=16, num_layers=4, attention_head_dim=8, num_attention_heads=4, num_key_value_heads=2,
        intermediate_size=32, timestep_embed_dim=8, text_hidden_dim=16, num_text_layers=3, text_num_attention_heads=2,
        text_num_key_value_heads=1, text_intermediate_size=16, num_layerwise_text_blocks=1, num_refiner_text_blocks=1,
        axes_dims_rope=(4, 2, 2), rope_theta=1000.0, norm_eps=1e-5,
    ),
    dict(
        hidden_states=noise(1, 4, 16), encoder_hidden_states=noise(1, 4, 3, 16), timestep=unit_timestep(1),
        position_ids=fixed(_KREA_POSITIONS, batched=False),
        encoder_attention_mask=fixed(torch.tensor([[True, True, True, False]])),
    ),
    steps=12, seed=28,
)
entry(
    "prior",
    "PriorTransformer",
    dict(
        num_attention_heads=2, attention_head_dim=4, num_layers=4, embedding_dim=8, num_embeddings=7,
        additional_embeddings=4,
    ),
    dict(
        hidden_states=noise(2, 8), timestep=timestep(2), proj_embedding=noise(2, 8), encoder_hidden_states=noise(2, 7, 8),
    ),
    steps=10, seed=29,
)
entry(
    "transformer2d",
    "Transformer2DModel",
    dict(
        num_attention_heads=2, attention_head_dim=8, in_channels=8, num_layers=4, norm_num_groups=4,
        cross_attention_dim=12,
    ),
    dict(hidden_states=noise(2, 8, 8, 8), encoder_hidden_states=noise(2, 6, 12)),
    steps=8, seed=30, note="the U-Net's transformer: no timestep input, GEGLU",
)
_IDEOGRAM_POSITIONS = torch.zeros(1, 8, 3, dtype=torch.int64)
_IDEOGRAM_POSITIONS[:, :4] = torch.arange(4)[:, None]
_IDEOGRAM_POSITIONS[:, 4:] = torch.tensor([[0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 1]]) + 65536
entry(
    "ideogram4",
    "Ideogram4Transformer2DModel",
    dict(
        in_channels=16, num_layers=4, attention_head_dim=8, num_attention_heads=4, intermediate_size=32, adaln_dim=16,
        llm_features_dim=24, rope_theta=10_000, mrope_section=(2, 1, 1), norm_eps=1e-5,
    ),
    dict(
        hidden_states=noise(1, 8, 16), encoder_hidden_states=noise(1, 8, 24), timestep=unit_timestep(1),
        position_ids=fixed(_IDEOGRAM_POSITIONS), segment_ids=ones(1, 8, dtype=torch.int64),
        indicator=fixed([[3, 3, 3, 3, 2, 2, 2, 2]]),
    ),
    steps=12, seed=31,
)
