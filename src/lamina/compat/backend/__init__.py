"""`keras.backend` as Keras 1 and 2 had it (`K.mean`, `K.function`, ...), over lamina.ops.

Most functions are those of lamina.ops, under their own name or another; the modules here have the
others, each a family. Those are found when they are first asked for.
"""

from __future__ import annotations

import importlib
from typing import Any

from lamina import ops
from lamina.errors import MissingNameError, nearest

SAME = (
    "abs", "all", "any", "binary_crossentropy", "cast", "clip", "cos", "dot", "equal", "exp",
    "greater", "greater_equal", "in_top_k", "less", "less_equal", "log", "logsumexp", "max",
    "maximum", "mean", "min", "minimum", "not_equal", "prod", "reshape", "round", "sigmoid",
    "sign", "sin", "softplus", "softsign", "sparse_categorical_crossentropy", "sqrt", "square",
    "squeeze", "stack", "std", "stop_gradient", "sum", "tanh", "tile", "transpose", "var",
)  # fmt: skip
RENAMED = {
    "conv1d": "conv", "conv2d": "conv", "conv3d": "conv", "depthwise_conv2d": "depthwise_conv",
    "separable_conv1d": "separable_conv", "separable_conv2d": "separable_conv",
    "flatten": "ravel", "permute_dimensions": "transpose", "pow": "power",
    "repeat_elements": "repeat", "reverse": "flip",
}  # fmt: skip
FAMILIES = ("arrays", "control", "functions", "noise", "phases", "settings", "state", "windows")


def _families() -> dict[str, str]:
    modules = [importlib.import_module(f"{__name__}.{family}") for family in FAMILIES]
    return {name: module.__name__ for module in modules for name in module.__all__}


def __getattr__(name: str) -> Any:
    if name == "tf":  # scripts reach for TensorFlow through it
        return importlib.import_module("tensorflow")
    if name == "__all__":
        return __dir__()
    if name in SAME or name in RENAMED:
        return getattr(ops, RENAMED.get(name, name))
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    families = _families()
    if name in families:
        return getattr(importlib.import_module(families[name]), name)
    near = nearest(name, [*SAME, *RENAMED, *families], most=3, cutoff=0.6)
    raise MissingNameError(
        "keras.backend", f"has no {name!r} in lamina", f"keras.backend.{name}",
        f"did you mean {' or '.join(near)}?" if near
        else "use lamina.ops, which has the names of keras.ops",
    )  # fmt: skip


def __dir__() -> list[str]:
    return sorted((*SAME, *RENAMED, *_families()))
