"""Takes stack traces, which name files of the machine that exported, out of ONNX files. Everything else stays as it was.

    python strip_stack_traces.py FILE.onnx ...

The dynamo exporter writes a stack trace into the metadata of nodes and, uninlined, of nodes in functions. The TorchScript exporter
writes source positions into the `doc_string` of nodes when it is verbose. Weights in other files are not read.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import onnx

STACK_TRACE = "pkg.torch.onnx.stack_trace"


def strip(model: onnx.ModelProto) -> int:
    """Removes the stack traces of all nodes and values, also in functions and subgraphs; returns how many there were."""
    count = strip_metadata(model) + strip_graph(model.graph)
    for function in model.functions:
        count += strip_metadata(function) + strip_values(function.value_info) + strip_nodes(function.node)
    return count


def strip_graph(graph: onnx.GraphProto) -> int:
    values = (graph.input, graph.output, graph.value_info, graph.initializer)
    return strip_metadata(graph) + sum(map(strip_values, values)) + strip_nodes(graph.node)


def strip_nodes(nodes) -> int:
    count = 0
    for node in nodes:
        count += strip_metadata(node) + node.HasField("doc_string")
        node.ClearField("doc_string")
        count += sum(map(strip_graph, subgraphs(node)))
    return count


def subgraphs(node: onnx.NodeProto) -> Iterator[onnx.GraphProto]:
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield attribute.g
        yield from attribute.graphs


def strip_values(values) -> int:
    return sum(map(strip_metadata, values))


def strip_metadata(holder) -> int:
    kept = [entry for entry in holder.metadata_props if entry.key != STACK_TRACE]
    count = len(holder.metadata_props) - len(kept)
    if count:
        del holder.metadata_props[:]
        holder.metadata_props.extend(kept)
    return count


def strip_file(path: Path) -> int:
    """Replaces the file by one without stack traces, or leaves it alone when it has none."""
    model = onnx.load(path, load_external_data=False)
    count = strip(model)
    if count:
        temporary = path.with_name(f".{path.name}.stripped")
        temporary.write_bytes(model.SerializeToString())
        os.replace(temporary, path)
    return count


def main() -> None:
    for path in map(Path, sys.argv[1:]):
        before = path.stat().st_size
        count = strip_file(path)
        print(f"{path}: {count} stack traces, {before} -> {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
