"""The computed steps of DeepCache's non-uniform mode, as its published code gives them: steps, interval, center, pow → steps.

    python deep_cache_steps.py CHECKOUT

CHECKOUT is one of github.com/horseee/DeepCache; the function is taken out of its pipeline by name. `QuadraticStepsTest` holds ours to them.
"""

import ast
import sys
import warnings
from pathlib import Path

import numpy as np

CASES = [(50, 5, 15, 1.4), (50, 3, 10, 1.2), (100, 10, 25, 1.6), (20, 2, 5, 1.4), (30, 4, 0, 1.3), (12, 3, 8, 1.5), (50, 2, 40, 3.0)]


def published(checkout):
    source = (Path(checkout) / "DeepCache/sd/pipeline_stable_diffusion.py").read_text()
    function = next(n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef) and n.name == "sample_from_quad_center")
    names = {"np": np}
    exec(compile(ast.Module([function], []), "published", "exec"), names)
    return names[function.name]


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # real parts of complex numbers
    function = published(sys.argv[1])
    for count, interval, center, pow in CASES:
        try:
            steps, _ = function(count, -(-count // interval), center=center, pow=pow)
            print(count, interval, center, pow, "|", " ".join(str(int(s)) for s in sorted(steps)))
        except ValueError:
            print(count, interval, center, pow, "| none")
