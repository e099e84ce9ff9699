"""What lamina says to a name of Keras or TensorFlow: it has it, or why not."""

from __future__ import annotations

import importlib
import inspect
from functools import cache
from types import ModuleType
from typing import Any

from lamina.compat.border import old_arguments
from lamina.compat.modules import LeftOut
from lamina.compat.paths import TOP
from lamina.compat.tensorflow.table import REFUSED_PACKAGES
from lamina.errors import LaminaError
from lamina.layers import Layer
from lamina.layers.arguments import SHAPES
from lamina.left_out import why_member_left_out
from lamina.optimizers import Optimizer

TOPS = TOP | {"tensorflow"} | set(REFUSED_PACKAGES)
VARIABLE = inspect.Parameter.VAR_KEYWORD
# Classes that refuse what they do not know, though their `__init__` takes **kwargs; and what some
# of them take so.
STRICT = (Layer, Optimizer)
_GATES = frozenset(("implementation",))
UNNAMED = {
    "GRU": _GATES, "GRUCell": _GATES, "LSTM": _GATES, "LSTMCell": _GATES,
    "LeakyReLU": frozenset(("alpha",)),
}  # fmt: skip


def is_ours(path: str) -> bool:
    """Whether a path is one that lamina answers for."""
    return path.partition(":")[0].partition(".")[0] in TOPS


@cache
def failure(path: str) -> Exception | None:
    """What running into a path would raise; None if lamina has it, as far as can be told.

    Args:
        path: modules and the names after them; "module:name" for a name of just that module, and
            "module.*" for all of a module.
    """
    try:
        _follow(path.removesuffix(".*"))
    except (LaminaError, ImportError, AttributeError) as error:
        return error
    return None


@cache
def refused_argument(path: str, name: str) -> str | None:
    """Why what a path leads to does not take an argument; None if it does, or none can tell."""
    held, rest = _follow(path)
    if rest or not callable(held):
        return None
    reason = why_member_left_out(held, f"({name})") if inspect.isclass(held) else None
    if reason is not None:
        return reason
    known = arguments(held)
    if known is None or name in known:
        return None
    return f"{path.replace(':', '.')} takes no argument {name!r}"


def arguments(held: Any) -> set[str] | None:
    """The names of the arguments that a class or function understands, those of older Keras among
    them; None if nobody can tell.
    """
    functions = [held]
    if inspect.isclass(held):
        functions = [vars(base)["__init__"] for base in held.__mro__ if "__init__" in vars(base)]
    known = old_arguments(held if inspect.isclass(held) else inspect.unwrap(held))
    strict = inspect.isclass(held) and issubclass(held, STRICT)
    for function in functions:
        try:
            parameters = inspect.signature(inspect.unwrap(function)).parameters.values()
        except (TypeError, ValueError):
            return None
        known |= {p.name for p in parameters}
        if not any(p.kind is VARIABLE for p in parameters):
            return known
        if not strict:
            return None
    return known | SHAPES | UNNAMED.get(held.__name__, frozenset())


def _follow(path: str) -> tuple[Any, list[str]]:
    """What a path leads to from its module on, as far as modules and classes go, and the names that
    are left.

    Raises: what the import, or the attribute, would raise.
    """
    module, _, names = path.partition(":")
    if not names:
        module, _, names = path.partition(".")
    held: Any = importlib.import_module(module)
    rest, reached = names.split(".") if names else [], module
    while rest and isinstance(held, ModuleType):
        name = rest.pop(0)
        held, reached = _of_module(held, reached, name), f"{reached}.{name}"
    if isinstance(held, LeftOut):
        held()  # It may be imported, but not used.
    if rest and inspect.isclass(held) and not hasattr(held, rest[0]):
        _refuse_member(held, reached, rest[0])
    return held, rest


def _of_module(module: ModuleType, path: str, name: str) -> Any:
    try:
        return getattr(module, name)
    except AttributeError:
        try:
            return importlib.import_module(f"{path}.{name}")
        except ModuleNotFoundError:
            raise AttributeError(f"{path} has no {name!r} in lamina") from None


def _refuse_member(held: type, path: str, name: str) -> None:
    """Raises AttributeError, unless instances may have what the class shows not."""
    if any(name in getattr(base, "__annotations__", {}) for base in held.__mro__):
        return
    reason = why_member_left_out(held, f".{name}")
    raise AttributeError(f"{path} has no {name!r}" + (f": {reason}" if reason else ""))
