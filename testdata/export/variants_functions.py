"""Variants with local functions."""

import copy
from dataclasses import replace

import onnx
from onnx import helper

from export import export
from variant import Variant, variant


def to_function(model: onnx.ModelProto, scopes: list[str], function: str) -> None:
    """Moves the nodes of equal modules into one local function that is called once per module."""
    graph, definition, calls = model.graph, None, {}
    for scope in scopes:
        inside = [n for n in graph.node if n.name.startswith(scope + "/")]
        produced = {o for n in inside for o in n.output}
        needed = {i for n in graph.node if not n.name.startswith(scope + "/") for i in n.input}
        needed |= {o.name for o in graph.output}
        inputs = list(dict.fromkeys(i for n in inside for i in n.input if i and i not in produced))
        outputs = [o for n in inside for o in n.output if o in needed]
        kinds = [n.op_type for n in inside]
        if definition is None:
            definition = kinds
            imports = list(model.opset_import)
            if not any(o.domain == "local" for o in imports):
                model.opset_import.append(helper.make_opsetid("local", 1))
                imports = list(model.opset_import)
            model.functions.append(
                helper.make_function("local", function, inputs, outputs, [copy.deepcopy(n) for n in inside], imports)
            )
        elif kinds != definition:
            raise ValueError(f"{scope} differs from {scopes[0]}")
        calls[scope] = (inside, helper.make_node(function, inputs, outputs, name=scope, domain="local"))
    nodes, done = [], set()
    for node in graph.node:
        scope = next((s for s in scopes if node.name.startswith(s + "/")), None)
        if scope is None:
            nodes.append(node)
        elif node.name == calls[scope][0][-1].name and scope not in done:
            done.add(scope)
            nodes.append(calls[scope][1])
    del graph.node[:]
    graph.node.extend(nodes)


def blocks(path):
    return [f"/transformer_blocks.{i}{path}" for i in range(4)]


@variant
def functions(output):
    v = Variant(output, "functions")
    model = v.exported("torchscript")
    to_function(model, blocks("/ff"), "FeedForward")
    to_function(model, blocks("/attn2"), "CrossAttention")
    onnx.checker.check_model(model)
    onnx.save(model, v.path("torchscript"))
    return v.finish()


@variant
def functions_nested(output):
    v = Variant(output, "functions_nested")
    model = v.exported("torchscript")
    to_function(model, blocks("/ff"), "FeedForward")
    to_function(model, blocks("/attn1"), "SelfAttention")
    # calls are named like the module itself: give them a child name so that they belong to their block
    for node in model.graph.node:
        if node.domain == "local":
            node.name += "/call"
    # block 0 also holds values shared by all blocks, so only the others become one function
    to_function(model, blocks("")[1:], "BasicTransformerBlock")
    onnx.checker.check_model(model)
    onnx.save(model, v.path("torchscript"))
    return v.finish()


@variant
def functions_dynamo(output):
    """dynamo without its optimizer. How many functions that leaves depends on the version of PyTorch, so the row says it."""
    v = Variant(output, "functions_dynamo")
    entry = replace(v.entry, dynamo_optimize=False)
    v.attempt("dynamo", lambda file: export(entry, "dynamo", file))
    for label, file in v.files.items():
        v.notes[f"{label} functions"] = str(len(onnx.load(v.directory / file).functions))
    return v.finish()
