"""A Stable Diffusion 3 pipeline in the layout of `optimum-cli export onnx`, of a size for tests, and what diffusers draws with it.

    python pipeline_sd3.py OUTPUT

writes OUTPUT/sd3 and OUTPUT/sd3-fp16 (exports, the weights are random) and OUTPUT/sd3.safetensors: the noise, token ids of odd prompts, and the
pictures of diffusers' own pipeline. `examples/pipeline` is held to them (`PictureParityIT`). Names of inputs, outputs and axes are those of
optimum's configurations. optimum gives a half-precision transformer its timestep in half precision: so does the reference here.
"""

import json
import shutil
import sys
import warnings
from pathlib import Path

import onnx
import torch
from diffusers import AutoencoderKL, DPMSolverMultistepScheduler, FlowMatchEulerDiscreteScheduler, SD3Transformer2DModel, StableDiffusion3Pipeline
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import CLIPTextConfig, CLIPTextModelWithProjection, CLIPTokenizer, PreTrainedTokenizerFast, T5Config, T5EncoderModel

from export import register_missing_symbolics  # noqa: F401
from strip_stack_traces import strip_file

TEXT = """A lighthouse on a cliff at dawn, oil on canvas. Two red foxes in the snow; a photograph of a mountain lake with clouds.
An astronaut rides a horse through the desert, 4k, highly detailed. The portrait of an old fisherman with a grey beard, soft light.
Blurry, low quality, watermark, text, worst quality, deformed hands. A small robot that reads a book in a library, watercolour.
It's a cat's dream: they're flying over the city at night, don't wake them. Ein Fuchs im Schnee. Une maison près de la mer."""
PROMPTS = ["", "A lighthouse on a cliff at dawn", "  Ein FUCHS,\tim   Schnee!  ", "it's 1234 café naïve — Ünïcödé 火 🦊", "<|endoftext|> a </s> b",
           "fox " * 200, "unfathomablyuncommonword" * 8]
SIZE, CHANNELS = 12, 4
STEPS = 4

CLIP_AXES = {0: "batch_size", 1: "sequence_length"}


def clip_tokenizer(pad):
    """A byte-level BPE in CLIP's manner, on our own sentences."""
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.train_from_iterator([TEXT], trainers.BpeTrainer(vocab_size=400, show_progress=False, end_of_word_suffix="</w>",
                                                              initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    model = json.loads(tokenizer.to_str())["model"]
    # CLIP has every byte twice, alone and as the end of a word, and its two marks at the end.
    pieces = list(dict.fromkeys(sorted(pre_tokenizers.ByteLevel.alphabet())))
    merges = [tuple(merge) for merge in model["merges"] if not merge[0].startswith("Ġ")]
    pieces = pieces + [piece + "</w>" for piece in pieces] + ["".join(merge) for merge in merges]
    pieces = [p for p in dict.fromkeys(pieces)] + ["<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(vocab={piece: i for i, piece in enumerate(pieces)}, merges=merges, pad_token=pad, model_max_length=77)


def t5_tokenizer():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(" {2,}", " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.train_from_iterator([TEXT], trainers.UnigramTrainer(vocab_size=200, unk_token="<unk>", show_progress=False,
                                                                  special_tokens=["<pad>", "</s>", "<unk>"]))
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)])
    tokenizer.add_special_tokens([AddedToken("<extra_id_0>", normalized=False)])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", model_max_length=512)


def clip(tokenizer, projection, layers, seed):
    torch.manual_seed(seed)
    end = tokenizer.convert_tokens_to_ids("<|endoftext|>")
    return CLIPTextModelWithProjection(CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=projection, intermediate_size=2 * projection, num_hidden_layers=layers, num_attention_heads=4,
        projection_dim=projection, hidden_act="gelu", bos_token_id=end - 1, eos_token_id=end, pad_token_id=tokenizer.pad_token_id,
        initializer_factor=8.0, initializer_range=0.3))


def build():
    tokenizers = clip_tokenizer("<|endoftext|>"), clip_tokenizer("!"), t5_tokenizer()
    encoders = clip(tokenizers[0], 16, 2, 1), clip(tokenizers[1], 24, 3, 2)
    torch.manual_seed(3)
    t5 = T5EncoderModel(T5Config(vocab_size=len(tokenizers[2]), d_model=48, d_kv=8, d_ff=64, num_layers=2, num_heads=4,
                                 feed_forward_proj="gated-gelu", pad_token_id=0, eos_token_id=1))
    transformer = SD3Transformer2DModel(sample_size=SIZE, patch_size=2, in_channels=CHANNELS, out_channels=CHANNELS, num_layers=3,
                                        attention_head_dim=8, num_attention_heads=4, caption_projection_dim=32, joint_attention_dim=48,
                                        pooled_projection_dim=40, pos_embed_max_size=24)
    with torch.no_grad():
        for name, value in transformer.named_parameters():
            # Zero at the start of a training; here every block has to change the picture.
            if value.abs().max() == 0:
                value.normal_(std=0.2)
    vae = AutoencoderKL(in_channels=3, out_channels=3, down_block_types=["DownEncoderBlock2D"] * 4, up_block_types=["UpDecoderBlock2D"] * 4,
                        block_out_channels=(8, 8, 8, 8), layers_per_block=1, latent_channels=CHANNELS, norm_num_groups=4, sample_size=SIZE * 8,
                        use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.0609, scaling_factor=1.5305)
    with torch.no_grad():
        vae.decoder.conv_out.weight.mul_(2)
    for encoder in (*encoders, t5):
        encoder.set_attn_implementation("eager")  # as optimum exports in half precision
    parts = [part.eval() for part in (*encoders, t5, transformer, vae)]
    return StableDiffusion3Pipeline(
        transformer=parts[3], scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0), vae=parts[4], text_encoder=parts[0], tokenizer=tokenizers[0],
        text_encoder_2=parts[1], tokenizer_2=tokenizers[1], text_encoder_3=parts[2], tokenizer_3=tokenizers[2])


def traced(component, call, inputs, outputs, axes, folder, external=False):
    folder.mkdir(parents=True)
    file = folder / "model.onnx"
    original = component.forward
    component.forward = lambda *args: call(original, *args)  # positional, and without a scope of its own
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(component, tuple(inputs.values()), str(file), dynamo=False, opset_version=17, input_names=list(inputs),
                          output_names=outputs, dynamic_axes=axes)
    component.forward = original
    strip_file(file)
    if external:
        onnx.save_model(onnx.load(file), str(file), save_as_external_data=True, all_tensors_to_one_file=True, location="model.onnx_data",
                        size_threshold=1024, convert_attribute=True)


def export(pipeline, folder, dtype):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    ids = torch.randint(3, 99, (2, 77))
    for name in ("text_encoder", "text_encoder_2"):
        model = getattr(pipeline, name)
        states = [f"hidden_states.{i}" for i in range(model.config.num_hidden_layers + 1)]

        def encode(forward, input_ids):
            result = forward(input_ids, output_hidden_states=True)
            return (result.text_embeds, result.last_hidden_state, *result.hidden_states)

        outputs = ["text_embeds", "last_hidden_state", *states]
        traced(model, encode, {"input_ids": ids}, outputs, {output: CLIP_AXES for output in [*outputs, "input_ids"]}, folder / name)
        model.config.output_hidden_states = True
        model.config.save_pretrained(folder / name)
    t5 = pipeline.text_encoder_3
    traced(t5, lambda forward, input_ids: forward(input_ids).last_hidden_state, {"input_ids": ids}, ["last_hidden_state"],
           {"input_ids": CLIP_AXES, "last_hidden_state": CLIP_AXES}, folder / "text_encoder_3")
    t5.config.save_pretrained(folder / "text_encoder_3")

    transformer = pipeline.transformer
    inputs = {"hidden_states": torch.randn(2, CHANNELS, SIZE, SIZE, dtype=dtype), "encoder_hidden_states": torch.randn(2, 333, 48, dtype=dtype),
              "pooled_projections": torch.randn(2, 40, dtype=dtype), "timestep": torch.tensor([500.0, 500.0], dtype=dtype)}
    plane = {0: "batch_size", 2: "height", 3: "width"}
    traced(transformer,
           lambda forward, x, text, pooled, timestep: forward(hidden_states=x, encoder_hidden_states=text, pooled_projections=pooled,
                                                              timestep=timestep, return_dict=False)[0],
           inputs, ["out_hidden_states"],
           {"hidden_states": plane, "encoder_hidden_states": CLIP_AXES, "pooled_projections": {0: "batch_size"}, "timestep": {0: "step"},
            "out_hidden_states": plane}, folder / "transformer", external=True)
    transformer.save_config(folder / "transformer")

    vae = pipeline.vae
    traced(vae, lambda forward, latents: vae.decode(latents, return_dict=False)[0], {"latent_sample": inputs["hidden_states"]}, ["sample"],
           {"latent_sample": {0: "batch_size", 2: "latent_height", 3: "latent_width"},
            "sample": {0: "batch_size", 2: "latent_height * 8", 3: "latent_width * 8"}}, folder / "vae_decoder")
    vae.save_config(folder / "vae_decoder")
    pipeline.scheduler.save_config(folder / "scheduler")
    for name in ("tokenizer", "tokenizer_2", "tokenizer_3"):
        getattr(pipeline, name).save_pretrained(folder / name)
    slow(pipeline.tokenizer, folder / "tokenizer")
    (folder / "model_index.json").write_text(json.dumps({"_class_name": "StableDiffusion3Pipeline", "_diffusers_version": "0.40.0.dev0"}, indent=2) + "\n")


def slow(tokenizer, folder):
    """The first tokenizer as transformers 4 wrote it and as it lies beside most SD3 models: without tokenizer.json."""
    model = json.loads((folder / "tokenizer.json").read_text())["model"]
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.json").write_text(json.dumps(model["vocab"]) + "\n")
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n")
    token = {"lstrip": False, "normalized": True, "rstrip": False, "single_word": False}
    marks = {"bos_token": {"content": "<|startoftext|>", **token}, "eos_token": {"content": "<|endoftext|>", **token},
             "pad_token": "<|endoftext|>", "unk_token": {"content": "<|endoftext|>", **token}}
    (folder / "special_tokens_map.json").write_text(json.dumps(marks, indent=2) + "\n")
    (folder / "tokenizer_config.json").write_text(json.dumps(marks | {"model_max_length": 77, "tokenizer_class": "CLIPTokenizer"}, indent=2) + "\n")


def half_timestep(transformer):
    original = transformer.forward

    def forward(*args, timestep, **kwargs):
        return original(*args, timestep=timestep.half(), **kwargs)

    transformer.forward = forward


DRAWN = {
    "guided": {"prompt": PROMPTS[1], "negative_prompt": "blurry, low quality", "guidance_scale": 5.0},
    "plain_negative": {"prompt": PROMPTS[1], "guidance_scale": 7.0},
    "unguided": {"prompt": PROMPTS[3], "guidance_scale": 1.0},
    "long": {"prompt": PROMPTS[5], "negative_prompt": PROMPTS[2], "guidance_scale": 3.0},
}

SCHEDULERS = {
    "dpm": DPMSolverMultistepScheduler(use_flow_sigmas=True, flow_shift=3.0, prediction_type="flow_prediction"),
    "dynamic": FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, base_image_seq_len=16, max_image_seq_len=64),
}


def draw(pipeline, noise, **request):
    with torch.no_grad():
        picture = pipeline(latents=noise, num_inference_steps=STEPS, output_type="np", **request).images[0]
    # [3, height, width], 65535 is white: small, and 50 times as fine as what is asked for.
    return torch.from_numpy((picture * 65535).round()).permute(2, 0, 1).contiguous().to(torch.uint16)


def main(output):
    pipeline = build()
    pipeline.set_progress_bar_config(disable=True)
    export(pipeline, output / "sd3", torch.float32)
    torch.manual_seed(11)
    noise = torch.randn(1, CHANNELS, SIZE, SIZE)
    wide = torch.randn(1, CHANNELS, 8, 16)
    frozen = {"noise": noise, "wide.noise": wide}
    for name, request in DRAWN.items():
        frozen[name] = draw(pipeline, noise, **request)
    frozen["wide"] = draw(pipeline, wide, height=64, width=128, **DRAWN["guided"])
    euler = pipeline.scheduler
    for name, scheduler in SCHEDULERS.items():
        pipeline.scheduler = scheduler
        frozen[name] = draw(pipeline, noise, **DRAWN["guided"])
    pipeline.scheduler = euler
    third = pipeline.text_encoder_3
    pipeline.text_encoder_3 = None
    frozen["without_t5"] = draw(pipeline, noise, **DRAWN["guided"])
    pipeline.text_encoder_3 = third
    for name, length in (("tokenizer", 77), ("tokenizer_2", 77), ("tokenizer_3", 256)):
        frozen[f"{name}.ids"] = torch.tensor([getattr(pipeline, name)(prompt, padding="max_length", max_length=length, truncation=True).input_ids
                                              for prompt in PROMPTS], dtype=torch.int32)
    pipeline.to(torch.float16)
    export(pipeline, output / "sd3-fp16", torch.float16)
    half_timestep(pipeline.transformer)
    frozen["fp16"] = draw(pipeline, noise.half(), **DRAWN["guided"])
    for name in ("tokenizer", "tokenizer_2", "tokenizer_3"):
        shutil.rmtree(output / "sd3-fp16" / name)  # those of sd3
    save_file(frozen, output / "sd3.safetensors", metadata={"prompts": json.dumps(PROMPTS), "requests": json.dumps(DRAWN), "steps": str(STEPS),
                                                              "schedulers": json.dumps({k: json.loads(v.to_json_string()) for k, v in SCHEDULERS.items()})})
    for name, value in frozen.items():
        print(name, tuple(value.shape), float(value.float().std()), float(value.float().min()), float(value.float().max()))


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(Path(sys.argv[1]))
