"""What lamina says to a name of Keras or TensorFlow: it has it, or why not."""

from __future__ import annotations

import importlib
import inspect
from functools import cache
from types import ModuleType
from typing import Any

from lamina.compat.border import old_arguments
from lamina.compat.paths import TOP
from lamina.compat.tensorflow.table import REFUSED_PACKAGES
from lamina.errors import LaminaError
from lamina.left_out import why_member_left_out

TOPS = TOP | {"tensorflow"} | set(REFUSED_PACKAGES)
VARIABLE = inspect.Parameter.VAR_KEYWORD


def is_ours(path: str) -> bool:
    """Whether a path is one that lamina answers for."""
    return path.partition(".")[0] in TOPS


@cache
def failure(path: str) -> Exception | None:
    """What running into a path would raise; None if lamina has it, as far as can be told.

    Args:
        path: modules and the names after them; "module.*" is all of a module.
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
    cls = held if inspect.isclass(held) else None
    reason = why_member_left_out(cls, f"({name})") if cls else None
    if reason is not None:
        return reason
    function = inspect.unwrap(cls.__init__ if cls else held)
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    known = {p.name for p in parameters} | old_arguments(cls or function)
    if name in known or any(p.kind is VARIABLE for p in parameters):
        return None
    return f"{path} takes no argument {name!r}"


def _follow(path: str) -> tuple[Any, list[str]]:
    """What a path leads to from its module on, as far as modules and classes go, and the names that
    are left.

    Raises: what the import, or the attribute, would raise.
    """
    first, *rest = path.split(".")
    held: Any = importlib.import_module(first)
    reached = first
    while rest and isinstance(held, ModuleType):
        name = rest.pop(0)
        held, reached = _of_module(held, reached, name), f"{reached}.{name}"
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
