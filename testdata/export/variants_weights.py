"""Variants of the weights: in other files, in reduced precision, quantized."""

import copy

import numpy as np
import onnx
import torch
from onnx import helper

from export import export, with_flat_forward
from variant import Variant, variant

# Bytes (as Python counts them: +33); ONNX Runtime refuses external axes and shapes, which dynamo keeps as initializers.
SMALLEST_EXTERNAL = 100


# ---- where the weights are


def external(output, name, **how):
    v = Variant(output, name, "pixart_mask")
    for label in ("torchscript", "dynamo"):
        model = v.exported(label)
        how_here = {**how, "location": f"{label}.onnx.data"} if how["all_tensors_to_one_file"] else how
        if how["all_tensors_to_one_file"]:
            onnx.save_model(model, v.path(label), save_as_external_data=True, size_threshold=SMALLEST_EXTERNAL, **how_here)
        else:  # one file per tensor, each exporter in a folder of its own
            v.files[label] = f"{label}/model.onnx"
            (v.directory / label).mkdir()
            onnx.save_model(model, v.directory / v.files[label], save_as_external_data=True, size_threshold=SMALLEST_EXTERNAL, **how_here)
    return v.finish()


@variant
def external_one_file(output):
    return external(output, "external_one_file", all_tensors_to_one_file=True)


@variant
def external_many_files(output):
    return external(output, "external_many_files", all_tensors_to_one_file=False)


@variant
def external_with_attributes(output):
    return external(output, "external_with_attributes", all_tensors_to_one_file=True, convert_attribute=True)


# ---- reduced precision


def reduced(output, name, dtype):
    v = Variant(output, name, "pixart_mask")
    v.model = v.model.to(dtype)
    constants, steps = v.entry.sample()
    cast = lambda values: {k: t.to(dtype) if t.is_floating_point() else t for k, t in values.items()}  # noqa: E731
    v.sample = (cast(constants), [cast(inputs) for inputs in steps])
    entry = copy.copy(v.entry)
    entry.sample = lambda: v.sample
    for label in ("torchscript", "dynamo"):
        model = with_flat_forward(entry, entry.build().to(dtype))
        # Conv takes bfloat16 from opset 22 on
        opset = 23 if dtype == torch.bfloat16 and label == "dynamo" else None
        v.attempt(label, lambda file: export(entry, label, file, model=model, opset=opset))
    return v.finish()


@variant
def float16(output):
    return reduced(output, "float16", torch.float16)


@variant
def bfloat16(output):
    return reduced(output, "bfloat16", torch.bfloat16)


@variant
def bfloat16_weights(output):
    """Weights stored as bfloat16 and cast where they are used; the recording is of the rounded weights, so it is exact."""
    v = Variant(output, "bfloat16_weights", "pixart_mask")
    for parameter in v.model.parameters():
        parameter.copy_(parameter.bfloat16().float())
    for label in ("torchscript", "dynamo"):
        model = v.exported(label, model=with_flat_forward(v.entry, copy.deepcopy(v.model)))
        casts = []
        for tensor in model.graph.initializer:
            values = onnx.numpy_helper.to_array(tensor)
            rounded = torch.from_numpy(values.copy()).bfloat16() if values.dtype == np.float32 else None
            if rounded is None or values.size < 64 or not np.array_equal(rounded.float().numpy(), values):
                continue
            raw = rounded.view(torch.int16).numpy().tobytes()
            name = tensor.name
            tensor.CopyFrom(helper.make_tensor(name + ".bfloat16", onnx.TensorProto.BFLOAT16, values.shape, raw, raw=True))
            casts.append(helper.make_node("Cast", [tensor.name], [name], name=f"/{name}/Cast", to=onnx.TensorProto.FLOAT))
        nodes = [*casts, *model.graph.node]
        del model.graph.node[:]
        model.graph.node.extend(nodes)
        v.notes[f"{label} casts"] = str(len(casts))
        onnx.save(model, v.path(label))
    return v.finish()


@variant
def float16_converted(output):
    """The usual tool chain: exported in float32, then converted, inputs and outputs kept in float32."""
    from onnxruntime.transformers.float16 import convert_float_to_float16

    v = Variant(output, "float16_converted", "pixart_mask")
    for label in ("torchscript", "dynamo"):
        v.attempt(label, lambda f: onnx.save(convert_float_to_float16(v.exported(label), keep_io_types=True), f))
    return v.finish()


# ---- quantized


@variant
def qdq_static(output):
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    v = Variant(output, "qdq_static", "pixart_mask")

    class Reader(CalibrationDataReader):
        def __init__(self):
            self.rows = iter([{k: t.numpy() for k, t in feed.items()} for feed in v.feeds()])

        def get_next(self):
            return next(self.rows, None)

    for label in ("torchscript", "dynamo"):
        plain = v.directory / f".{label}.onnx"
        onnx.save(v.exported(label), plain)
        v.attempt(
            label,
            lambda file: quantize_static(
                str(plain), str(file), Reader(), quant_format=QuantFormat.QDQ, activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8, per_channel=True, op_types_to_quantize=["MatMul", "Gemm"],
            ),
        )
        plain.unlink()
    return v.finish()


@variant
def quantized_dynamic(output):
    from onnxruntime.quantization import QuantType, quantize_dynamic

    v = Variant(output, "quantized_dynamic", "pixart_mask")
    for label in ("torchscript", "dynamo"):
        plain = v.directory / f".{label}.onnx"
        model = v.exported(label)
        del model.graph.value_info[:]  # the quantizer's own shape inference contradicts dynamo's
        onnx.save(model, plain)
        v.attempt(label, lambda file: quantize_dynamic(str(plain), str(file), weight_type=QuantType.QInt8))
        plain.unlink()
    return v.finish()


@variant
def matmul_nbits(output):
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    v = Variant(output, "matmul_nbits", "pixart_mask")

    def quantize(model, file):
        quantizer = MatMulNBitsQuantizer(model, bits=4, block_size=32, is_symmetric=True)
        quantizer.process()
        quantizer.model.save_model_to_file(str(file), False)

    for label in ("torchscript", "dynamo"):
        v.attempt(label, lambda file: quantize(v.exported(label), file))
    return v.finish()
