"""Spelling: what a row of the table of older arguments says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

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


NOTHING = "nothing: a hint that changes no result"


def hint(name: str, generation: int = 1, says: str = NOTHING) -> Spelling:
    """An argument that is left out: as a rule one that cannot change a result."""

    def drop(arguments: Arguments, _: Mapping[str, Any]) -> None:
        del arguments[name]

    return Spelling(name, generation=generation, rewrite=drop, says=says)


# Keras 1's names of the data formats.
DIM_ORDERINGS = {"tf": "channels_last", "th": "channels_first", "default": None}


def _dim_ordering(arguments: Arguments, _: Mapping[str, Any]) -> None:
    given = arguments.pop("dim_ordering")
    arguments["data_format"] = DIM_ORDERINGS.get(given, given)


DIM_ORDERING = Spelling(
    "dim_ordering", ("data_format",), rewrite=_dim_ordering, says="data_format="
)
