"""`keras.backend` as Keras 1 and 2 had it (`K.mean`, `K.function`, ...), over lamina.ops.

Most functions are those of lamina.ops, under their own name or another; the modules here have the
others, each a family. Those are found when they are first asked for.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from lamina import ops
from lamina.compat.spelling import named_like
from lamina.errors import MissingNameError, nearest

# Functions of lamina.ops, and what their arguments are called here.
_PLAIN = (
    "abs", "all", "any", "binary_crossentropy", "cast", "cos", "exp", "in_top_k", "log",
    "logsumexp", "max", "mean", "min", "prod", "round", "sigmoid", "sign", "sin", "softplus",
    "softsign", "sqrt", "square", "squeeze", "stack", "std",
    "sum", "tanh", "transpose", "var",
)  # fmt: skip
_OF_TWO = (
    "dot", "equal", "greater", "greater_equal", "less", "less_equal", "maximum", "minimum",
    "not_equal",
)  # fmt: skip
SAME: Mapping[str, Mapping[str, str]] = {
    **{name: {} for name in _PLAIN},
    **{name: {"x": "x1", "y": "x2"} for name in _OF_TWO},
    "clip": {"min_value": "x_min", "max_value": "x_max"},
    "reshape": {"shape": "newshape"},
    "stop_gradient": {"variables": "variable"},
    "tile": {"n": "repeats"},
}  # fmt: skip
RENAMED: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "flatten": ("ravel", {}),
    "permute_dimensions": ("transpose", {"pattern": "axes"}),
    "pow": ("power", {"x": "x1", "a": "x2"}),
    "repeat_elements": ("repeat", {"rep": "repeats"}),
    "reverse": ("flip", {"axes": "axis"}),
}
TENSORFLOW = {"tf": "tensorflow"} | {
    name: f"tensorflow.python.ops.{name}"
    for name in ("array_ops", "control_flow_ops", "math_ops", "nn")
}
FAMILIES = ("arrays", "control", "functions", "noise", "phases", "sessions", "settings", "state",
            "windows")  # fmt: skip


def _with_names(op: Callable[..., Any], names: Mapping[str, str]) -> Callable[..., Any]:
    """A function of lamina.ops that takes its arguments by other names, too."""
    if not names:
        return op

    @named_like(op)
    def of_backend(*args: Any, **kwargs: Any) -> Any:
        return op(*args, **{names.get(name, name): value for name, value in kwargs.items()})

    own = {new: old for old, new in names.items()}
    signature = inspect.signature(op)
    of_backend.__signature__ = signature.replace(parameters=[  # type: ignore[attr-defined]
        p.replace(name=own.get(p.name, p.name)) for p in signature.parameters.values()
    ])  # fmt: skip
    return of_backend


def _families() -> dict[str, str]:
    modules = [importlib.import_module(f"{__name__}.{family}") for family in FAMILIES]
    return {name: module.__name__ for module in modules for name in module.__all__}


def __getattr__(name: str) -> Any:
    if name in TENSORFLOW:  # scripts reach for TensorFlow through it
        return importlib.import_module(TENSORFLOW[name])
    if name == "__all__":
        return __dir__()
    if name in SAME or name in RENAMED:
        op, names = RENAMED.get(name, (name, SAME.get(name, {})))
        return _with_names(getattr(ops, op), names)
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
