"""Video transformers. Configs and inputs follow diffusers' own tests, with four blocks where the config allows."""

import itertools

import torch

from registry import ENTRIES, entry, fixed, noise, timestep


def ones(*shape, dtype=torch.float32, batched=True):
    return fixed(torch.ones(shape, dtype=dtype), batched)


# sample_frames must fit the latents (frames = (sample_frames − 1) / 4 + 1): otherwise the position table is rebuilt in every
# call by an in-place copy, which TorchScript leaves out without a word and dynamo refuses.
_COGVIDEOX = dict(
    num_attention_heads=2, attention_head_dim=8, in_channels=4, out_channels=4, time_embed_dim=2, text_embed_dim=8,
    num_layers=4, sample_width=8, sample_height=8, patch_size=2, temporal_compression_ratio=4,
    max_text_seq_length=8,
)
entry(
    "cogvideox",
    "CogVideoXTransformer3DModel",
    dict(**_COGVIDEOX, patch_size_t=None, sample_frames=5),
    dict(hidden_states=noise(2, 2, 4, 8, 8), encoder_hidden_states=noise(2, 8, 8), timestep=timestep(2)),
    steps=15, seed=1,
)
entry(
    "consisid",
    "ConsisIDTransformer3DModel",
    dict(
        **_COGVIDEOX, sample_frames=1, cross_attn_interval=2, is_kps=False, is_train_face=True, cross_attn_dim_head=1,
        cross_attn_num_heads=1, LFE_id_dim=2, LFE_vit_dim=2, LFE_depth=5, LFE_dim_head=8, LFE_num_heads=2,
        LFE_num_id_token=1, LFE_num_querie=1, LFE_output_dim=10, LFE_ff_mult=1, LFE_num_scale=1,
    ),
    dict(
        hidden_states=noise(2, 1, 4, 8, 8), encoder_hidden_states=noise(2, 8, 8), timestep=timestep(2),
        id_vit_hidden=noise(2, 2, 2), id_cond=noise(2, 2),
    ),
    adapt=lambda x: {**x, "id_vit_hidden": [x["id_vit_hidden"]]},
    steps=10, seed=2, note="face cross-attention outside of the blocks, after every second one",
)
entry(
    "latte",
    "LatteTransformer3DModel",
    dict(
        sample_size=8, num_layers=4, patch_size=2, attention_head_dim=4, num_attention_heads=2, caption_channels=8,
        in_channels=4, cross_attention_dim=8, out_channels=4, attention_bias=True, activation_fn="gelu-approximate",
        num_embeds_ada_norm=1000, norm_type="ada_norm_single", norm_elementwise_affine=False, norm_eps=1e-6,
        video_length=3,
    ),
    dict(hidden_states=noise(2, 4, 3, 8, 8), encoder_hidden_states=noise(2, 8, 8), timestep=timestep(2)),
    arguments=dict(enable_temporal_attentions=True),
    steps=15, seed=3,
    policies={
        "pab_temporal": (
            "pyramid_attention_broadcast",
            {"temporal_attention_block_skip_range": 3, "cross_attention_block_skip_range": 2},
        )
    },
    note="spatial and temporal blocks take turns: execution order is not list order",
)
entry(
    "allegro",
    "AllegroTransformer3DModel",
    dict(
        num_attention_heads=2, attention_head_dim=24, in_channels=4, out_channels=4, num_layers=4, cross_attention_dim=48,
        sample_width=8, sample_height=8, sample_frames=8, caption_channels=8,
    ),
    dict(
        hidden_states=noise(2, 4, 2, 8, 8), encoder_hidden_states=noise(2, 16, 8), timestep=timestep(2),
    ),
    steps=12, seed=4,
)
entry(
    "hunyuanvideo",
    "HunyuanVideoTransformer3DModel",
    dict(
        in_channels=4, out_channels=4, num_attention_heads=2, attention_head_dim=10, num_layers=4, num_single_layers=4,
        num_refiner_layers=1, patch_size=1, patch_size_t=1, guidance_embeds=True, text_embed_dim=16,
        pooled_projection_dim=8, rope_axes_dim=(2, 4, 4), image_condition_type=None,
    ),
    dict(
        hidden_states=noise(1, 4, 1, 8, 8), timestep=timestep(1, dtype=torch.float32),
        encoder_hidden_states=noise(1, 12, 16), encoder_attention_mask=ones(1, 12), pooled_projections=noise(1, 8),
        guidance=fixed([6000.0]),
    ),
    steps=12, seed=5,
)
entry(
    "hunyuanvideo_i2v",
    "HunyuanVideoTransformer3DModel",
    dict(
        in_channels=2, out_channels=4, num_attention_heads=2, attention_head_dim=10, num_layers=2, num_single_layers=2,
        num_refiner_layers=1, patch_size=1, patch_size_t=1, guidance_embeds=True, text_embed_dim=16,
        pooled_projection_dim=8, rope_axes_dim=(2, 4, 4), image_condition_type="token_replace",
    ),
    dict(
        hidden_states=noise(1, 2, 2, 8, 8), timestep=timestep(1, dtype=torch.float32),
        encoder_hidden_states=noise(1, 12, 16), encoder_attention_mask=ones(1, 12), pooled_projections=noise(1, 8),
        guidance=fixed([6000.0]),
    ),
    steps=10, seed=6, note="token replace: first-frame tokens have their own modulation",
)
entry(
    "hunyuanvideo15",
    "HunyuanVideo15Transformer3DModel",
    dict(
        in_channels=4, out_channels=4, num_attention_heads=2, attention_head_dim=8, num_layers=4, num_refiner_layers=1,
        mlp_ratio=2.0, patch_size=1, patch_size_t=1, text_embed_dim=16, text_embed_2_dim=8, image_embed_dim=12,
        rope_axes_dim=(2, 2, 4), target_size=16, task_type="t2v",
    ),
    dict(
        hidden_states=noise(1, 4, 1, 8, 8), timestep=timestep(1, dtype=torch.float32),
        encoder_hidden_states=noise(1, 6, 16), encoder_attention_mask=ones(1, 6), encoder_hidden_states_2=noise(1, 4, 8),
        encoder_attention_mask_2=ones(1, 4), image_embeds=fixed(torch.zeros(1, 3, 12)),
    ),
    steps=12, seed=7,
)
entry(
    "framepack",
    "HunyuanVideoFramepackTransformer3DModel",
    dict(
        in_channels=4, out_channels=4, num_attention_heads=2, attention_head_dim=10, num_layers=2, num_single_layers=2,
        num_refiner_layers=1, patch_size=2, patch_size_t=1, guidance_embeds=True, text_embed_dim=16,
        pooled_projection_dim=8, rope_axes_dim=(2, 4, 4), image_condition_type=None, has_image_proj=True,
        image_proj_dim=16, has_clean_x_embedder=True,
    ),
    dict(
        hidden_states=noise(1, 4, 3, 4, 4), timestep=timestep(1, dtype=torch.float32),
        encoder_hidden_states=noise(1, 12, 16), encoder_attention_mask=ones(1, 12), pooled_projections=noise(1, 8),
        image_embeds=noise(1, 12, 16), indices_latents=ones(3, batched=False), guidance=fixed([6000.0]),
        latents_clean=noise(1, 4, 2, 4, 4), indices_latents_clean=ones(2, batched=False),
        latents_history_2x=noise(1, 4, 2, 4, 4), indices_latents_history_2x=ones(2, batched=False),
        latents_history_4x=noise(1, 4, 8, 4, 4), indices_latents_history_4x=ones(8, batched=False),
    ),
    steps=8, seed=8,
)
entry(
    "ltx",
    "LTXVideoTransformer3DModel",
    dict(
        in_channels=4, out_channels=4, num_attention_heads=2, attention_head_dim=8, cross_attention_dim=16, num_layers=4,
        qk_norm="rms_norm_across_heads", caption_channels=16,
    ),
    dict(
        hidden_states=noise(2, 32, 4), encoder_hidden_states=noise(2, 12, 16), timestep=timestep(2),
        encoder_attention_mask=ones(2, 12, dtype=torch.bool),
    ),
    arguments=dict(num_frames=2, height=4, width=4),
    steps=20, seed=9,
)
entry(
    "ltx2",
    "LTX2VideoTransformer3DModel",
    dict(
        in_channels=4, out_channels=4, patch_size=1, patch_size_t=1, num_attention_heads=2, attention_head_dim=8,
        cross_attention_dim=16, audio_in_channels=4, audio_out_channels=4, audio_num_attention_heads=2,
        audio_attention_head_dim=4, audio_cross_attention_dim=8, num_layers=4, qk_norm="rms_norm_across_heads",
        caption_channels=16, rope_double_precision=False,
    ),
    dict(
        hidden_states=noise(2, 32, 4), audio_hidden_states=noise(2, 9, 4), encoder_hidden_states=noise(2, 12, 16),
        audio_encoder_hidden_states=noise(2, 12, 16), timestep=timestep(2, dtype=torch.float32),
        encoder_attention_mask=ones(2, 12, dtype=torch.bool),
    ),
    arguments=dict(num_frames=2, height=4, width=4, audio_num_frames=9, fps=25.0),
    steps=12, seed=10, note="video and audio stream in one block, six attentions each; output = the video stream",
)
entry(
    "mochi",
    "MochiTransformer3DModel",
    dict(
        patch_size=2, num_attention_heads=2, attention_head_dim=8, num_layers=4, pooled_projection_dim=16, in_channels=4,
        out_channels=None, qk_norm="rms_norm", text_embed_dim=16, time_embed_dim=4, activation_fn="swiglu",
        max_sequence_length=16,
    ),
    dict(
        hidden_states=noise(2, 4, 2, 8, 8), encoder_hidden_states=noise(2, 16, 16), timestep=timestep(2),
        encoder_attention_mask=ones(2, 16, dtype=torch.bool),
    ),
    steps=12, seed=11,
)
_WAN = dict(
    patch_size=(1, 2, 2), num_attention_heads=2, attention_head_dim=12, in_channels=4, out_channels=4, text_dim=16,
    freq_dim=256, ffn_dim=32, num_layers=4, cross_attn_norm=True, qk_norm="rms_norm_across_heads", rope_max_seq_len=32,
)
_WAN_INPUTS = dict(hidden_states=noise(2, 4, 2, 8, 8), timestep=timestep(2), encoder_hidden_states=noise(2, 12, 16))
entry("wan", "WanTransformer3DModel", _WAN, _WAN_INPUTS, steps=20, seed=12)
entry(
    "wan_i2v",
    "WanTransformer3DModel",
    dict(**_WAN, image_dim=10, added_kv_proj_dim=24),
    # the attention processor takes the last 512 tokens for text and what stands before them for the image
    dict(**{**_WAN_INPUTS, "encoder_hidden_states": noise(2, 512, 16)}, encoder_hidden_states_image=noise(2, 7, 10)),
    steps=8, seed=13, note="image-to-video: a second key/value pair in the cross-attention",
)
entry(
    "wan_vace",
    "WanVACETransformer3DModel",
    dict(**{**_WAN, "in_channels": 16, "out_channels": 16}, vace_layers=[0, 2], vace_in_channels=48),
    dict(
        hidden_states=noise(1, 16, 2, 8, 8), timestep=timestep(1), encoder_hidden_states=noise(1, 12, 16),
        control_hidden_states=noise(1, 48, 2, 8, 8),
    ),
    steps=12, seed=14, note="vace_blocks run before blocks and feed them",
)
entry("skyreels_v2", "SkyReelsV2Transformer3DModel", _WAN, _WAN_INPUTS, steps=15, seed=15)
entry(
    "chronoedit",
    "ChronoEditTransformer3DModel",
    dict(
        patch_size=(1, 2, 2), num_attention_heads=2, attention_head_dim=8, in_channels=16, out_channels=16, text_dim=32,
        freq_dim=16, ffn_dim=32, num_layers=4, cross_attn_norm=True, qk_norm="rms_norm_across_heads", eps=1e-06,
        image_dim=None, added_kv_proj_dim=None, rope_max_seq_len=64, pos_embed_seq_len=None, rope_temporal_skip_len=8,
    ),
    dict(hidden_states=noise(2, 16, 2, 8, 8), timestep=timestep(2), encoder_hidden_states=noise(2, 12, 32)),
    arguments=dict(encoder_hidden_states_image=None),
    steps=12, seed=16,
)
entry(
    "sana_video",
    "SanaVideoTransformer3DModel",
    dict(
        in_channels=16, out_channels=16, num_attention_heads=2, attention_head_dim=12, num_layers=4,
        num_cross_attention_heads=2, cross_attention_head_dim=12, cross_attention_dim=24, caption_channels=16,
        mlp_ratio=2.5, dropout=0.0, attention_bias=False, sample_size=8, patch_size=(1, 2, 2),
        norm_elementwise_affine=False, norm_eps=1e-6, qk_norm="rms_norm_across_heads", rope_max_seq_len=32,
    ),
    dict(hidden_states=noise(2, 16, 2, 8, 8), encoder_hidden_states=noise(2, 12, 16), timestep=timestep(2)),
    steps=12, seed=17,
)
entry(
    "cosmos",
    "CosmosTransformer3DModel",
    dict(
        in_channels=4, out_channels=4, num_attention_heads=2, attention_head_dim=12, num_layers=4, mlp_ratio=2,
        text_embed_dim=16, adaln_lora_dim=4, max_size=(4, 32, 32), patch_size=(1, 2, 2), rope_scale=(2.0, 1.0, 1.0),
        concat_padding_mask=False, extra_pos_embed_type="learnable",
    ),
    dict(
        hidden_states=noise(1, 4, 1, 16, 16), timestep=timestep(1), encoder_hidden_states=noise(1, 12, 16),
        attention_mask=ones(1, 12),
    ),
    arguments=dict(fps=30),
    steps=12, seed=18, note="without the padding mask, which needs torchvision",
)
entry(
    "easyanimate",
    "EasyAnimateTransformer3DModel",
    dict(
        attention_head_dim=16, num_attention_heads=2, in_channels=4, mmdit_layers=4, num_layers=4, out_channels=4,
        patch_size=2, sample_height=60, sample_width=90, text_embed_dim=16, time_embed_dim=8,
        time_position_encoding_type="3d_rope", timestep_activation_fn="silu",
    ),
    dict(hidden_states=noise(2, 4, 2, 8, 8), timestep=timestep(2), encoder_hidden_states=noise(2, 16, 16)),
    steps=12, seed=19,
)
entry(
    "kandinsky5",
    "Kandinsky5Transformer3DModel",
    dict(
        in_visual_dim=4, in_text_dim=16, in_text_dim2=12, time_dim=16, out_visual_dim=4, patch_size=(1, 2, 2),
        model_dim=32, ff_dim=64, num_text_blocks=2, num_visual_blocks=4, axes_dims=(4, 6, 6), visual_cond=False,
    ),
    dict(
        hidden_states=noise(1, 2, 8, 8, 4), encoder_hidden_states=noise(1, 10, 16), timestep=timestep(1, dtype=torch.float32),
        pooled_projections=noise(1, 12),
    ),
    arguments=dict(
        visual_rope_pos=[torch.arange(2), torch.arange(4), torch.arange(4)], text_rope_pos=torch.arange(10),
    ),
    steps=12, seed=20, note="channels last: hidden_states is [batch, frames, height, width, channels]",
)
entry(
    "temporal",
    "TransformerTemporalModel",
    dict(num_attention_heads=8, attention_head_dim=4, in_channels=4, num_layers=4, norm_num_groups=1),
    dict(hidden_states=noise(2, 4, 8, 8), timestep=timestep(2)),
    steps=10, seed=21, note="AnimateDiff's motion module; the timestep has no effect",
)
entry(
    "motif_video",
    "MotifVideoTransformer3DModel",
    dict(
        in_channels=33, out_channels=16, num_attention_heads=2, attention_head_dim=12, num_layers=3, num_single_layers=4,
        num_decoder_layers=0, mlp_ratio=4.0, patch_size=1, patch_size_t=1, qk_norm="rms_norm", norm_type="layer_norm",
        text_embed_dim=32, image_embed_dim=4, rope_theta=256.0, rope_axes_dim=(4, 4, 4),
        enable_text_cross_attention_dual=False, enable_text_cross_attention_single=False,
    ),
    dict(hidden_states=noise(1, 33, 2, 4, 4), encoder_hidden_states=noise(1, 12, 32), timestep=timestep(1)),
    steps=12, seed=22,
)
entry(
    "anyflow",
    "AnyFlowTransformer3DModel",
    dict(
        patch_size=(1, 2, 2), num_attention_heads=2, attention_head_dim=12, in_channels=4, out_channels=4, text_dim=16,
        freq_dim=256, ffn_dim=32, num_layers=4, cross_attn_norm=True, rope_max_seq_len=32, gate_value=0.25,
        deltatime_type="r",
    ),
    dict(
        hidden_states=noise(1, 2, 4, 8, 8), timestep=timestep(1, 2, dtype=torch.float32),
        r_timestep=fixed(torch.full((1, 2), 250.0)), encoder_hidden_states=noise(1, 12, 16),
    ),
    steps=10, seed=23,
)
entry(
    "helios",
    "HeliosTransformer3DModel",
    dict(
        patch_size=(1, 2, 2), num_attention_heads=2, attention_head_dim=12, in_channels=4, out_channels=4, text_dim=16,
        freq_dim=256, ffn_dim=32, num_layers=4, cross_attn_norm=True, qk_norm="rms_norm_across_heads", rope_dim=(4, 4, 4),
        has_multi_term_memory_patch=True, guidance_cross_attn=True, zero_history_timestep=True, is_amplify_history=False,
    ),
    dict(
        hidden_states=noise(1, 4, 2, 16, 16), timestep=timestep(1), encoder_hidden_states=noise(1, 12, 16),
        indices_hidden_states=ones(1, 2), indices_latents_history_short=ones(1, 1),
        indices_latents_history_mid=ones(1, 1), indices_latents_history_long=ones(1, 4),
        latents_history_short=noise(1, 4, 1, 16, 16), latents_history_mid=noise(1, 4, 1, 16, 16),
        latents_history_long=noise(1, 4, 4, 16, 16),
    ),
    steps=10, seed=24,
)
entry(
    "joyimage",
    "JoyImageEditTransformer3DModel",
    dict(
        patch_size=[1, 2, 2], in_channels=16, hidden_size=32, num_attention_heads=2, text_dim=16, num_layers=4,
        rope_dim_list=[4, 6, 6], theta=256,
    ),
    dict(
        hidden_states=noise(2, 16, 1, 8, 8), encoder_hidden_states=noise(2, 12, 16),
        timestep=timestep(2, dtype=torch.float32),
    ),
    steps=12, seed=25,
)


def wan_animate_basis(model):
    """The motion encoder orthogonalises a constant weight in every call, and ONNX has no QR: record the factors."""
    factors, original = [], torch.linalg.qr

    def recording(matrix, *mode, **named):
        factors.append(original(matrix, *mode, **named))
        return factors[-1]

    torch.linalg.qr = recording
    constants, steps = ENTRIES["wan_animate"].sample()
    ENTRIES["wan_animate"].call(model, constants | steps[0])
    turns = itertools.cycle([tuple(factor.clone() for factor in pair) for pair in factors])
    torch.linalg.qr = lambda *_, **__: next(turns)


_CHANNELS = {"4": 16, "8": 16, "16": 16}
entry(
    "wan_animate",
    "WanAnimateTransformer3DModel",
    dict(
        **{**_WAN, "in_channels": 12}, latent_channels=4, image_dim=16, motion_encoder_channel_sizes=_CHANNELS,
        motion_encoder_size=16, motion_style_dim=8, motion_dim=4, motion_encoder_dim=16, face_encoder_hidden_dim=16,
        face_encoder_num_heads=2, inject_face_latents_blocks=2,
    ),
    dict(
        hidden_states=noise(1, 12, 21, 8, 8), timestep=timestep(1), encoder_hidden_states=noise(1, 12, 16),
        encoder_hidden_states_image=noise(1, 12, 16), pose_hidden_states=noise(1, 4, 20, 8, 8),
        face_pixel_values=noise(1, 3, 77, 16, 16),
    ),
    traceable=wan_animate_basis, steps=8, seed=26, note="face adapter between blocks",
)
