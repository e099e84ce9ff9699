"""Functions as configurations, and back.

A configuration names a function, or holds a lambda's code as Keras writes it. Code is run only
where the user says so (`safe_mode=False`); otherwise a function is found among lamina's own, in
`custom_objects`, or because this process wrote the configuration.
"""

from __future__ import annotations

import base64
import json
import marshal
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from lamina import activations, ops
from lamina import custom_objects as own
from lamina.errors import FileError, UnsupportedError
from lamina.graph.structure import map_structure
from lamina.registry import function_config

Function = Callable[..., Any]
# The lambdas whose configuration was asked for in this process, by that configuration.
_written: dict[str, Function] = {}
# What the code of lambdas may call by name; None where it may not be run.
_names: ContextVar[dict[str, Any] | None] = ContextVar("names", default=None)


@contextmanager
def code_allowed(names: dict[str, Any] | None) -> Iterator[None]:
    """Within, the code of lambdas in configurations is run, with these global names; None: not."""
    token = _names.set(names)
    try:
        yield
    finally:
        _names.reset(token)


def config_of(function: Function) -> dict[str, Any]:
    """The configuration of a function: its name, or the code of a lambda."""
    if isinstance(function, types.FunctionType) and function.__name__ == "<lambda>":
        config = {"class_name": "__lambda__", "config": _code_of(function)}
        _written[_key(config)] = function
        return config
    return function_config(function)


def _code_of(function: types.FunctionType) -> dict[str, Any]:
    code = base64.b64encode(marshal.dumps(function.__code__)).decode("ascii")
    closure = tuple(_plain(cell.cell_contents) for cell in function.__closure__ or ())
    defaults = function.__defaults__
    return {
        "code": f"{code}\n",
        "defaults": None if defaults is None else map_structure(_plain, defaults),
        "closure": closure or None,
    }


def _key(config: Mapping[str, Any]) -> str:
    """What is the same of a configuration before and after it was a text."""
    return json.dumps(config["config"], sort_keys=True, default=str)


def _plain(value: Any) -> Any:
    """A value as JSON holds it; of anything else its description."""
    return value if isinstance(value, bool | int | float | str | None) else repr(value)


def function_of(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The function that a configuration describes.

    Raises: UnsupportedError for a function that is not known here, or code that may not be run.
    """
    if config["class_name"] == "__lambda__":
        return _lambda_of(config)
    name = config["config"]
    found = own.find(config, custom_objects)
    if found is None and isinstance(name, str):
        found = _public(name)
    if found is None:
        raise UnsupportedError(
            "a configuration", "names a function that is not known here", repr(name),
            f"pass custom_objects={{{name!r}: the function}}",
        )  # fmt: skip
    return found


def _public(name: str) -> Any:
    """Keras' activation or op of this name."""
    found = activations.REGISTRY.table.get(name)
    if isinstance(found, types.FunctionType):
        return found
    return getattr(ops, name) if name in dir(ops) else None


def _lambda_of(config: Mapping[str, Any]) -> Any:
    if (key := _key(config)) in _written:
        return _written[key]
    names = _names.get()
    if names is None:
        raise UnsupportedError(
            "a configuration", "holds the code of a lambda, which is not run", "safe_mode=True",
            "pass safe_mode=False if you trust whoever wrote it, or build the model by its own "
            "code and load its weights",
        )  # fmt: skip
    stored = config["config"]
    if not isinstance(stored, Mapping) or not isinstance(stored.get("code"), str):
        raise FileError(
            "a configuration", "holds no code where that of a lambda should be", repr(stored)[:80],
            "write the file anew",
        )  # fmt: skip
    try:
        code = marshal.loads(base64.b64decode(stored["code"]))
        cells = tuple(types.CellType(value) for value in stored.get("closure") or ())
        return types.FunctionType(
            code, dict(names), code.co_name, _tuple(stored.get("defaults")), cells
        )
    except (ValueError, TypeError, EOFError, AttributeError) as error:
        raise FileError(
            "a configuration", "holds the code of a lambda that this Python cannot read",
            f"{type(error).__name__}: {error}", "write the file with this version of Python",
        ) from error  # fmt: skip


def _tuple(values: Any) -> Any:
    return None if values is None else tuple(values)
