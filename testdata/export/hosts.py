"""Exports tiny encoders and decoders of the transformers library, which denoise nothing, with random weights.

    python hosts.py OUTPUT        # OUTPUT/{bert,t5_encoder,llama}/*.onnx, as in the resources below hosts
"""

import sys
from pathlib import Path

import torch
import transformers
from torch import nn
from transformers.cache_utils import DynamicCache

from codebases import random_weights
from strip_stack_traces import strip_file

LAYERS = 3
TOKENS = torch.arange(10).reshape(1, 10) + 3
MASK = torch.ones(1, 10, dtype=torch.int64)


class FirstOutput(nn.Module):
    def __init__(self, model, names):
        super().__init__()
        self.model, self.names = model, names

    def forward(self, *inputs):
        return self.model(**dict(zip(self.names, inputs)))["last_hidden_state"]


class WithCache(nn.Module):
    """A decoder whose keys and values are inputs and outputs."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, position_ids, *past):
        cache = DynamicCache(config=self.model.config)
        for i in range(LAYERS):
            cache.update(past[2 * i], past[2 * i + 1], i)
        result = self.model(input_ids=input_ids, attention_mask=attention_mask, position_ids=position_ids,
                            past_key_values=cache, use_cache=True)
        return (result.logits, *(tensor for layer in result.past_key_values.layers for tensor in (layer.keys, layer.values)))


def bert():
    config = transformers.BertConfig(
        vocab_size=40, hidden_size=32, num_hidden_layers=LAYERS, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=32, attn_implementation="eager")
    inputs = dict(input_ids=TOKENS, attention_mask=MASK, token_type_ids=torch.zeros_like(TOKENS))
    return FirstOutput(transformers.BertModel(config, add_pooling_layer=False), list(inputs)), inputs


def t5_encoder():
    config = transformers.T5Config(
        vocab_size=40, d_model=32, d_kv=16, d_ff=64, num_layers=LAYERS, num_heads=2, feed_forward_proj="gated-gelu")
    inputs = dict(input_ids=TOKENS, attention_mask=MASK)
    return FirstOutput(transformers.T5EncoderModel(config), list(inputs)), inputs


def llama():
    config = transformers.LlamaConfig(
        vocab_size=40, hidden_size=32, num_hidden_layers=LAYERS, num_attention_heads=4, num_key_value_heads=2,
        intermediate_size=64, max_position_embeddings=64, attn_implementation="eager")
    past = {f"past_key_values.{i}.{name}": torch.randn(1, 2, 6, 8) for i in range(LAYERS) for name in ("key", "value")}
    inputs = dict(input_ids=TOKENS[:, :2], attention_mask=MASK[:, :8], position_ids=torch.tensor([[6, 7]]), **past)
    return WithCache(transformers.LlamaForCausalLM(config)), inputs


def main(output):
    for make, file, opset in ((bert, "opset11", 11), (t5_encoder, "torchscript", 17), (llama, "torchscript", 17)):
        model, inputs = make()
        path = output / make.__name__ / f"{file}.onnx"
        path.parent.mkdir(parents=True, exist_ok=True)
        dynamic = {name: {0: "batch", 1: "sequence"} for name in inputs} if make is bert else None
        torch.onnx.export(random_weights(model, 0), tuple(inputs.values()), str(path), input_names=list(inputs),
                          opset_version=opset, dynamic_axes=dynamic, dynamo=False)
        strip_file(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
