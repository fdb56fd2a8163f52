"""Audio transformers. Configs and inputs follow diffusers' own tests, with four blocks where the config allows."""

import torch

from registry import entry, fixed, noise, unit_timestep


def ones(*shape, dtype=torch.float32):
    return fixed(torch.ones(shape, dtype=dtype))


_ANGLES = torch.arange(17)[:, None] * torch.tensor([1.0, 0.1, 1.0, 0.1])
entry(
    "stable_audio",
    "StableAudioDiTModel",
    dict(
        sample_size=16, in_channels=4, num_layers=4, attention_head_dim=8, num_attention_heads=4,
        num_key_value_attention_heads=2, out_channels=4, cross_attention_dim=16, time_proj_dim=8,
        global_states_input_dim=12, cross_attention_input_dim=10,
    ),
    dict(
        hidden_states=noise(2, 4, 16), timestep=unit_timestep(2), encoder_hidden_states=noise(2, 6, 10),
        global_hidden_states=noise(2, 1, 12), rotary_cos=fixed(_ANGLES.cos(), batched=False),
        rotary_sin=fixed(_ANGLES.sin(), batched=False),
    ),
    adapt=lambda x: {
        **{k: v for k, v in x.items() if not k.startswith("rotary")},
        "rotary_embedding": (x["rotary_cos"], x["rotary_sin"]),
    },
    steps=15, seed=1,
)
entry(
    "stable_audio3",
    "StableAudio3DiTModel",
    dict(
        io_channels=8, patch_size=1, embed_dim=32, depth=4, num_heads=4, cond_token_dim=16, global_cond_dim=12,
        local_add_cond_dim=5, timestep_features_dim=16, ff_mult=2, num_memory_tokens=3, use_differential_attention=False,
    ),
    dict(
        hidden_states=noise(2, 8, 16), timestep=unit_timestep(2), encoder_hidden_states=noise(2, 4, 16),
        global_hidden_states=noise(2, 12),
    ),
    steps=12, seed=2,
)
entry(
    "ace_step",
    "AceStepTransformer1DModel",
    dict(
        hidden_size=32, intermediate_size=64, num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=2,
        head_dim=8, in_channels=24, audio_acoustic_hidden_dim=8, patch_size=2, rope_theta=10000.0, rms_norm_eps=1e-6,
        sliding_window=16,
    ),
    dict(
        hidden_states=noise(2, 8, 8), timestep=unit_timestep(2), timestep_r=unit_timestep(2),
        encoder_hidden_states=noise(2, 10, 32), context_latents=noise(2, 8, 16),
    ),
    steps=12, seed=3,
)
entry(
    "longcat_audio",
    "LongCatAudioDiTTransformer",
    dict(dit_dim=64, dit_depth=4, dit_heads=4, dit_text_dim=32, latent_dim=8, text_conv=False),
    dict(
        hidden_states=noise(2, 16, 8), encoder_hidden_states=noise(2, 10, 32),
        encoder_attention_mask=ones(2, 10, dtype=torch.bool), attention_mask=ones(2, 16, dtype=torch.bool),
        timestep=unit_timestep(2),
    ),
    steps=12, seed=4,
)
entry(
    "minimax_music3",
    "MiniMaxMusic3Transformer1DModel",
    dict(
        in_channels=8, condition_dim=16, num_layers=4, num_attention_heads=2, attention_head_dim=8, ff_inner_dim=32,
        rotary_dim=4, fourier_embedding_dim=8,
    ),
    dict(hidden_states=noise(2, 8, 24), encoder_hidden_states=noise(2, 24, 16), timestep=unit_timestep(2)),
    steps=10, seed=5,
)
entry(
    "t5_film",
    "T5FilmDecoder",
    dict(
        input_dims=12, targets_length=16, max_decoder_noise_time=2000.0, d_model=32, num_layers=4, num_heads=2, d_kv=8,
        d_ff=48,
    ),
    dict(
        decoder_input_tokens=noise(2, 16, 12), decoder_noise_time=unit_timestep(2), encodings=noise(2, 10, 32),
        encodings_mask=ones(2, 10),
    ),
    adapt=lambda x: {
        "encodings_and_masks": [(x["encodings"], x["encodings_mask"])],
        "decoder_input_tokens": x["decoder_input_tokens"],
        "decoder_noise_time": x["decoder_noise_time"],
    },
    varying="decoder_input_tokens", steps=10, seed=6, note="blocks are in `decoders`",
)
