"""F5-TTS (SWivid): its three networks that draw mel spectrograms. Timesteps go from 0 to 1 and are multiplied inside."""

from codebases import SINGLE, SOURCES, CodeBase, Streams, by_position, checkout, package, stub

WIDTH, DEPTH, MEL = 32, 4, 10
SMALL = dict(dim=WIDTH, depth=DEPTH, heads=2, dim_head=16, ff_mult=2, mel_dim=MEL, text_num_embeds=20)
INPUTS = {"x": (1, 12, MEL), "cond": (1, 12, MEL), "text": (1, 7), "time": (1,)}


def sources():
    checkout("SWivid+F5-TTS", "src")
    checkout("lucidrains+x-transformers")
    checkout("lucidrains+torch-einops-utils")
    stub("loguru", logger=None)
    stub("torchaudio")
    stub("librosa.filters", mel=None)
    package("x_transformers", SOURCES / "lucidrains+x-transformers/x_transformers")
    package("f5_tts", SOURCES / "SWivid+F5-TTS/src/f5_tts")
    package("f5_tts.model", SOURCES / "SWivid+F5-TTS/src/f5_tts/model")
    stub("f5_tts.model.utils", is_package_available=lambda name: False)


def f5_dit():
    sources()
    from f5_tts.model.backbones.dit import DiT

    def build():
        model = DiT(**SMALL, text_dim=16, conv_layers=1, qk_norm="rms_norm")
        return by_position(model, "transformer_blocks", ["x", "t", "mask", "rope"])

    return CodeBase(
        build=build, inputs=INPUTS, token_ids=("text",), lists={"transformer_blocks": SINGLE}, timestep="time", scale=1e-3,
        attention=[f"transformer_blocks.{i}.attn" for i in range(DEPTH)],
        feed_forward=[f"transformer_blocks.{i}.ff" for i in range(DEPTH)])


def f5_mmdit():
    sources()
    from f5_tts.model.backbones.mmdit import MMDiT

    def build():
        return by_position(MMDiT(**SMALL), "transformer_blocks", ["x", "c", "t", "mask", "rope", "c_rope", "c_mask"])

    streams = Streams(lambda a: a[0], lambda out: out[1], lambda a, hidden: (a[1], hidden))
    return CodeBase(
        build=build, inputs=INPUTS, token_ids=("text",), lists={"transformer_blocks": streams}, timestep="time", scale=1e-3,
        attention=[f"transformer_blocks.{i}.attn" for i in range(DEPTH)],
        feed_forward=[f"transformer_blocks.{i}.ff_{s}" for i in range(DEPTH) for s in "xc" if (i, s) != (DEPTH - 1, "c")])


ALL = {"f5_dit": f5_dit, "f5_mmdit": f5_mmdit}
