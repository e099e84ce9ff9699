"""What a module shows: its names, and the parameters of all that can be called.

A parameter is `[name]` or `[name, default]`; a default that JSON cannot hold is the name of its
type in angle brackets. `*args` and `**kwargs` are no parameters: a name stands for itself only.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator
from typing import Any

Signature = list[list[Any]]
NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def plain(default: Any) -> Any:
    """A default as JSON holds it; a tuple of one size for all axes is that size."""
    if isinstance(default, bool | int | float | str | None):
        return default
    if isinstance(default, list | tuple):
        parts = [plain(item) for item in default]
        return parts[0] if parts and all(part == parts[0] for part in parts) else parts
    return f"<{type(default).__name__}>"


def signature_of(thing: Any) -> Signature | None:
    """The named parameters of a function or class; None of what has no signature."""
    try:
        found = inspect.signature(thing).parameters.values()
    except (TypeError, ValueError):
        return None
    given = [p for p in found if p.kind in NAMED and p.name != "self"]
    if not given and any(p.kind is p.VAR_POSITIONAL for p in found):
        # A class whose making is watched shows `*args, **kwargs`; its constructor may say more.
        return signature_of(thing.__init__) if inspect.isclass(thing) else None
    return [[p.name] if p.default is p.empty else [p.name, plain(p.default)] for p in given]


def keyword_only(thing: Any) -> set[str]:
    """The parameters that must be named."""
    found = inspect.signature(thing).parameters.values()
    return {p.name for p in found if p.kind is inspect.Parameter.KEYWORD_ONLY}


def members(cls: type) -> dict[str, Signature | None]:
    """The public attributes of a class that it, or a base without a public name, defines."""
    found: dict[str, Signature | None] = {}
    for base in cls.__mro__:
        if base is not cls and getattr(base, "_api_export_path", None):
            break
        if base.__module__.startswith("keras"):
            for name, value in vars(base).items():
                if not name.startswith("_") and name not in found:
                    found[name] = signature_of(value) if inspect.isroutine(value) else None
    return found


def surface(module: types.ModuleType, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(path below the package, row) of everything public, modules within it included."""
    for name in sorted(dir(module)):
        value, below = getattr(module, name), f"{path}.{name}".lstrip(".")
        if name.startswith("_"):
            continue
        if isinstance(value, types.ModuleType):
            if value.__name__.startswith("keras.") and "src" not in value.__name__:
                yield below, {"kind": "module"}
                yield from surface(value, below)
        elif inspect.isclass(value):
            yield below, {
                "kind": "class", "signature": signature_of(value), "members": members(value),
            }  # fmt: skip
        elif callable(value):
            yield below, {"kind": "function", "signature": signature_of(value)}
        else:
            yield below, {"kind": "value"}
