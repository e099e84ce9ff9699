"""Spelling: what a row of the table of older arguments says."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from lamina.errors import UnsupportedError

Arguments = dict[str, Any]
# (path below its root, name) of all that a program asked for.
Taken = Collection[tuple[str, str]]


@dataclass(frozen=True)
class Kept:
    """An argument that the instance keeps as `attribute` until `method` of its class acts on it.

    Attributes:
        method: "module:Class.method", which is replaced by `wrap(method)`.
    """

    attribute: str
    method: str
    wrap: Callable[[Callable[..., Any]], Callable[..., Any]]


@dataclass(frozen=True)
class Spelling:
    """`old=` is `new=`, the first of these names that the callable takes.

    Attributes:
        generation: the newest Keras whose own spelling it is; a call with it has that Keras'
            meaning.
        rewrite: given the arguments by name, `old` among them, and the callable's defaults, it
            changes the arguments. `new`, if it stands too, only says which callables it is for.
        says: how the message tells what the spelling means, if not by the new name.
        kept: where the callable itself has nothing that the argument could be.
    """

    old: str
    new: tuple[str, ...] = ()
    generation: int = 1
    rewrite: Callable[[Arguments, Mapping[str, Any]], None] | None = None
    says: str = ""
    kept: Kept | None = None


def named_like(function: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator: the name and the text of another function, but one's own arguments."""

    def named(wrapper: Callable[..., Any]) -> Callable[..., Any]:
        for name in functools.WRAPPER_ASSIGNMENTS:
            if name != "__annotations__" and hasattr(function, name):
                setattr(wrapper, name, getattr(function, name))
        return wrapper

    return named


NOTHING = "nothing: a hint that changes no result"


def hint(name: str, generation: int = 1, says: str = NOTHING) -> Spelling:
    """An argument that is left out: as a rule one that cannot change a result."""

    def drop(arguments: Arguments, _: Mapping[str, Any]) -> None:
        del arguments[name]

    return Spelling(name, generation=generation, rewrite=drop, says=says)


def only(name: str, value: Any, what: str, generation: int = 2) -> Spelling:
    """An argument of which lamina has one value: it is left out.

    Raises, in a call: UnsupportedError for another value; `what` says what lamina does.
    """

    def drop(arguments: Arguments, _: Mapping[str, Any]) -> None:
        given = arguments.pop(name)
        if given != value:
            raise UnsupportedError(f"{name}=", what, repr(given), f"leave {name}= out")

    return Spelling(name, generation=generation, rewrite=drop, says=f"its only value, {value!r}")


# Keras 1's names of the data formats.
DIM_ORDERINGS = {"tf": "channels_last", "th": "channels_first", "default": None}


def _dim_ordering(arguments: Arguments, _: Mapping[str, Any]) -> None:
    given = arguments.pop("dim_ordering")
    arguments["data_format"] = DIM_ORDERINGS.get(given, given)


DIM_ORDERING = Spelling(
    "dim_ordering", ("data_format",), rewrite=_dim_ordering, says="data_format="
)
