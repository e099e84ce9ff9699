"""Records what older Keras' public classes and functions took: names of arguments alone.

Run by hand on unpacked packages of Keras, each folder named by its version:
python tests/compat/record_older.py 1.2.2=folder 2.3.1=folder 2.15.0=folder. The sources are read,
not imported.
"""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

RECORD = Path(__file__).with_name("older_arguments.json")
# The files whose public names programs use, and the path under which they do.
PARTS = (
    "activations", "backend", "callbacks", "constraints", "initializers", "initializations",
    "layers", "losses", "metrics", "objectives", "optimizers", "preprocessing", "regularizers",
    "utils", "engine",
)  # fmt: skip
# Files of theirs that no program imports from.
INSIDE = (
    "test", "distribute", "legacy_tf", "saved_model", "control_flow", "mode_keys", "legacy_rnn",
    "benchmark", "dtensor", "_v1", "v1.", "cntk", "theano", "numpy_backend", "base_layer_utils",
    "training_utils", "training_arrays", "training_generator", "data_adapter", "compile_utils",
    "partial_batch", "node.py", "combinations", "table_utils", "tf_utils", "kernelized_utils",
    "feature_column", "audio_dataset", "layer_utils", "keras_logging", "traceback", "io_utils",
)  # fmt: skip


def parameters(node: ast.FunctionDef) -> list[str]:
    """The names of a function's parameters, `self` apart."""
    of = node.args
    names = [a.arg for a in (*of.posonlyargs, *of.args, *of.kwonlyargs)]
    return [name for name in names if name not in ("self", "cls")]


def read(folder: Path) -> dict[str, list[str]]:
    """Path -> arguments, of the classes and functions of one package, and of classes' methods."""
    found: dict[str, list[str]] = {}
    for file in sorted(folder.rglob("*.py")):
        inside = file.relative_to(folder).as_posix().removeprefix("src/")
        if not inside.startswith(PARTS) or any(part in inside for part in INSIDE):
            continue
        module = inside.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        module = module.replace("backend.tensorflow_backend", "backend")
        for node in ast.parse(file.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                found[f"{module}.{node.name}"] = parameters(node)
            elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                methods = [m for m in node.body if isinstance(m, ast.FunctionDef)]
                for method in methods:
                    path = f"{module}.{node.name}"
                    if method.name == "__init__":
                        found[path] = parameters(method)
                    elif not method.name.startswith("_") and method.name != "call":
                        found[f"{path}.{method.name}"] = parameters(method)
    return found


if __name__ == "__main__":
    record = {
        version: read(Path(folder))
        for version, _, folder in (argument.partition("=") for argument in sys.argv[1:])
    }
    RECORD.write_text(json.dumps(record, indent=0).replace(',\n"', ', "') + "\n", "utf-8")
