"""One model that is no diffusion model."""

import json
import shutil

import torch

from strip_stack_traces import strip_file
from variant import relative_error, variant


@variant
def bert(output):
    """A plain sentence encoder (MiniLM-like): same machinery, no timestep, no reference policies."""
    from safetensors.torch import save_file
    from transformers import BertConfig, BertModel

    directory = output / "variants" / "bert"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=200, hidden_size=48, num_hidden_layers=4, num_attention_heads=4, intermediate_size=96,
        max_position_embeddings=64,
    )
    config._attn_implementation = "eager"
    model = BertModel(config, add_pooling_layer=False).eval().requires_grad_(False)
    original = model.forward

    def forward(input_ids, attention_mask, token_type_ids):
        return original(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids, return_dict=False)[0]

    model.forward = forward
    mask, types = torch.ones(2, 12, dtype=torch.int64), torch.zeros(2, 12, dtype=torch.int64)
    steps = [torch.randint(0, 200, (2, 12), generator=torch.Generator().manual_seed(i)) for i in range(4)]
    names = ["input_ids", "attention_mask", "token_type_ids"]
    axes = {n: {0: "batch", 1: "tokens"} for n in names}
    notes, files = [], {}
    for label in ("torchscript", "torchscript_dynamic", "dynamo", "dynamo_dynamic"):
        path, dynamic = directory / f"{label}.onnx", label.endswith("_dynamic")
        try:
            with torch.no_grad():
                if label.startswith("torchscript"):
                    torch.onnx.export(
                        model, (steps[0], mask, types), str(path), dynamo=False, opset_version=17, input_names=names,
                        output_names=["last_hidden_state"], dynamic_axes=axes if dynamic else None,
                    )
                else:
                    torch.onnx.export(
                        model, (), str(path), kwargs=dict(zip(names, (steps[0], mask, types))), dynamo=True,
                        opset_version=18, external_data=False, dynamic_shapes=axes if dynamic else None, verbose=False,
                    )
                strip_file(path)
                feed = dict(zip(names, (steps[1], mask, types)))
                notes.append(f"`{label}` {relative_error(path, feed, model(**feed)):.1e}")
            files[label] = path.name
        except Exception as e:
            notes.append(f"`{label}` not made: {type(e).__name__} {str(e).splitlines()[0][:140]}")
            path.unlink(missing_ok=True)
    tensors = {"const.attention_mask": mask, "const.token_type_ids": types}
    for i, ids in enumerate(steps):
        tensors[f"step.{i:02d}.in.input_ids"] = ids
        tensors[f"step.{i:02d}.none"] = model(ids, mask, types).clone()
    save_file(tensors, str(directory / "recording.safetensors"))
    (directory / "recording.safetensors").chmod(0o644)
    document = {
        "version": 1, "model_class": "BertModel", "reference": "transformers", "models": files, "steps": 4,
        "timesteps": [999, 666, 333, 0], "varying_input": "input_ids",
        "blocks": [{"list": "encoder.layer", "length": 4}],
        "attention_modules": [
            {"name": f"encoder.layer.{i}.attention", "is_cross_attention": False} for i in range(4)
        ],
        "policies": {},
    }
    (directory / "recording.json").write_text(json.dumps(document, indent=1) + "\n")
    return f"| bert | BertModel | {'<br>'.join(notes)} | none |\n"
