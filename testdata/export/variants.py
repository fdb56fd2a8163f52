"""Variants of one small model: everything that users do to an ONNX file between export and optimizing it.

    python variants.py OUTPUT_DIRECTORY [name ...]

Each variant is a directory of ONNX files with a recording (none, pab, fbc) of the PyTorch model they came from.
"""

import shutil
import sys
from pathlib import Path

import torch

import variants_bert  # noqa: F401  (registers variants)
import variants_functions  # noqa: F401
import variants_graph  # noqa: F401
import variants_weights  # noqa: F401
from build_zoo import first_line, refresh_status
from variant import BUILDERS


def main() -> None:
    torch.set_num_threads(1)
    output = Path(sys.argv[1])
    status = output / "STATUS.variants.md"
    for name in sys.argv[2:] or BUILDERS:
        try:
            row = BUILDERS[name](output)
        except Exception as e:
            row = f"| {name} | | failed: {type(e).__name__} {first_line(e)} | |\n"
            shutil.rmtree(output / "variants" / name, ignore_errors=True)
        head = "## Variants\n| variant | base class | files: relative error in ONNX Runtime | recorded |\n|---|---|---|---|\n"
        lines = status.read_text().splitlines(True) if status.exists() else head.splitlines(True)
        lines = [line for line in lines if not line.startswith(f"| {name} |")]
        status.write_text("".join(lines) + row)
        refresh_status(output)
        print(row, end="", flush=True)


if __name__ == "__main__":
    main()
