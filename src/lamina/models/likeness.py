"""Likeness: what a model's steps follow from, as text, where it can be said without tracing them.

A trace calls the methods of the model, its layers, losses, metrics and optimizer. Where all of
these are lamina's own and unchanged, what they do follows from their attributes: two models whose
attributes are equal are traced to equal graphs. Anything else that is reached, be it a function, a
class or an object of a user's, says nothing of what it does; then there is no likeness.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator, Mapping
from types import FunctionType, MappingProxyType, MethodType
from typing import Any

import numpy as np

from lamina import ops
from lamina.graph import data_format, dtypes
from lamina.graph.variable import Variable

# The packages whose objects are what their attributes say, and single classes of others.
PACKAGES = (
    "activations", "constraints", "layers", "losses", "metrics", "models", "optimizers",
    "regularizers",
)  # fmt: skip
CLASSES = (
    "lamina.graph.symbolic.Call", "lamina.graph.tensor.KerasTensor",
    "lamina.graph.variable.Variable", "lamina.random.seeds.SeedGenerator",
)  # fmt: skip
# What no trace reads: values and where they are, what was compiled, what was reported.
UNREAD = {
    "lamina.graph.variable.Variable": frozenset({"_held", "version"}),
    "lamina.random.seeds.SeedGenerator": frozenset({"_seed"}),
}
UNREAD_OF_MODELS = frozenset({"_programs", "history", "stop_training"})
# Only called when weights are made, before any trace; their seeds may be drawn anew each time.
INITIALIZERS = "lamina.initializers."
PLAIN = frozenset([bool, int, float, str, type(None)])
LARGE = 1 << 12  # bytes of an array that is not a variable's


class UnlikeError(Exception):
    """Something was reached that does not say what it does."""


def likeness(model: Any) -> tuple[str, list[Variable]] | None:
    """Text that is equal for models with equal steps, and the variables in the order in which it
    counts them; None if there is none.
    """
    walk = _Walk()
    try:
        walk.visit(model)
    except UnlikeError:
        return None
    # What traces read besides.
    world = (dtypes.floatx(), dtypes.epsilon(), data_format.image_data_format())
    return repr((world, walk.text)), walk.variables


class _Walk:
    """One pass over everything that a model holds; what is met again is its number."""

    def __init__(self) -> None:
        self.text: list[Any] = []
        self.variables: list[Variable] = []
        self._numbers: dict[int, int] = {}
        self._met: list[Any] = []  # alive as long as their numbers count
        self._own: set[type] = set()

    def visit(self, thing: Any) -> None:
        """Appends what a thing is to the text."""
        kind = type(thing)
        if thing is None or kind in (bool, int, str, bytes):
            self.text.append(thing)
        elif kind is float:
            self.text.append(thing.hex())
        elif id(thing) in self._numbers:
            self.text.append(("again", self._numbers[id(thing)]))
        else:
            self._numbers[id(thing)] = len(self._numbers)
            self._met.append(thing)
            self._open(kind, thing)

    def _open(self, kind: type, thing: Any) -> None:
        if kind in (list, tuple):
            self._parts(kind.__name__, thing)
        elif kind in (dict, MappingProxyType):
            self._parts("dict", [part for item in thing.items() for part in item])
        elif kind in (set, frozenset) and not thing:
            self.text.append("set")
        elif kind is functools.partial:
            self._parts("partial", (thing.func, thing.args, thing.keywords))
        elif kind is MethodType:
            self._parts("method", (thing.__func__, thing.__self__))
        elif kind is FunctionType:
            name = thing.__name__
            op = name in dir(ops) and getattr(ops, name) is thing
            self.text.append(("op", name) if op else ("function", _name_of(thing)))
        elif kind is np.ndarray:
            self._array(thing)
        else:
            self._object(kind, thing)

    def _parts(self, name: str, parts: Any) -> None:
        self.text.append((name, len(parts)))
        for part in parts:
            self.visit(part)

    def _array(self, array: np.ndarray) -> None:
        if array.dtype.hasobject or array.nbytes > LARGE:
            raise UnlikeError
        self.text.append((array.dtype.str, array.shape, array.tobytes()))

    def _object(self, kind: type, thing: Any) -> None:
        name = self._class(kind)
        if name.startswith(INITIALIZERS):
            self.text.append(name)
            return
        if kind is Variable:
            self.variables.append(thing)
            self.text.append((thing.shape, thing.dtype))
        unread = UNREAD.get(name, frozenset())
        if name.startswith("lamina.models."):
            unread = UNREAD_OF_MODELS
        held = [(key, value) for key, value in _attributes(thing) if key not in unread]
        self.text.append((name, len(held)))
        for key, value in held:
            self.text.append(key)
            self.visit(value)

    def _class(self, kind: type) -> str:
        """The name of a class of lamina's own whose methods are its own too."""
        name = _name_of(kind)
        if kind in self._own:
            return name
        part = name.split(".")[1]
        if part not in PACKAGES and name not in CLASSES and not name.startswith(INITIALIZERS):
            raise UnlikeError
        for base in kind.__mro__[:-1]:
            members = vars(base)
            if not all(map(_is_own, members.values())):
                raise UnlikeError
            plain = [(k, v) for k, v in members.items() if type(v) in PLAIN and k[:2] != "__"]
            self.text.append((name, plain))
        self._own.add(kind)
        return name


def _is_own(member: Any) -> bool:
    """Whether a member of a class was not put there by somebody else."""
    function = getattr(member, "fget", None) or getattr(member, "__func__", member)
    return not isinstance(function, FunctionType) or _is_lamina(function.__module__)


def _is_lamina(module: str | None) -> bool:
    return module is not None and (module == "lamina" or module.startswith("lamina."))


def _name_of(thing: Any) -> str:
    """The full name of a function or class of lamina's that is found under it."""
    module, name = thing.__module__ or "", thing.__qualname__
    if not _is_lamina(module) or getattr(sys.modules.get(module), name, None) is not thing:
        raise UnlikeError
    return f"{module}.{name}"


def _attributes(thing: Any) -> Iterator[tuple[str, Any]]:
    """All that an object holds, by name."""
    for base in type(thing).__mro__:
        slots = vars(base).get("__slots__", ())
        for key in (slots,) if isinstance(slots, str) else slots:
            if key not in ("__weakref__", "__dict__") and hasattr(thing, key):
                yield key, getattr(thing, key)
    held: Mapping[str, Any] = getattr(thing, "__dict__", {})
    yield from held.items()
