"""Nested structures: lists, tuples and dicts of leaves, as Keras passes them around.

Dicts are walked in sorted order of their keys, so that two with equal keys correspond.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lamina.errors import ArgumentError


def flatten(structure: Any) -> list[Any]:
    """The leaves of a structure in order. Anything but a list, tuple or mapping is a leaf; None
    too.
    """
    leaves: list[Any] = []
    _collect(structure, leaves)
    return leaves


def _collect(structure: Any, leaves: list[Any]) -> None:
    if isinstance(structure, (list, tuple)):
        for item in structure:
            _collect(item, leaves)
    elif is_mapping(structure):
        for key in sorted(structure):
            _collect(structure[key], leaves)
    else:
        leaves.append(structure)


def is_mapping(value: Any) -> bool:
    """Whether a value is a mapping; quick for what is none."""
    return isinstance(value, dict) or (hasattr(value, "items") and isinstance(value, Mapping))


def pack(structure: Any, leaves: list[Any]) -> Any:
    """A structure like `structure` with these leaves.

    Raises: ArgumentError if the number of leaves differs.
    """
    count = len(flatten(structure))
    if count != len(leaves):
        raise ArgumentError(
            "a structure",
            "was given another number of values than it has places",
            f"{len(leaves)} values for {count} places",
            "return the same structure each time",
        )
    return _packed(structure, iter(leaves))


def _packed(structure: Any, leaves: Iterator[Any]) -> Any:
    if is_mapping(structure):
        items = {key: _packed(structure[key], leaves) for key in sorted(structure)}
        return type(structure)((key, items[key]) for key in structure)
    if isinstance(structure, tuple) and hasattr(structure, "_fields"):
        return type(structure)(*[_packed(item, leaves) for item in structure])
    if isinstance(structure, list | tuple):
        return type(structure)([_packed(item, leaves) for item in structure])
    return next(leaves)


def map_structure(function: Callable[..., Any], *structures: Any) -> Any:
    """Applies `function` to corresponding leaves and packs the results like the first structure."""
    columns = [flatten(structure) for structure in structures]
    if len({len(column) for column in columns}) > 1:
        raise ArgumentError(
            "map_structure",
            "needs structures of the same form",
            f"{[len(column) for column in columns]} leaves",
            "pass structures that correspond",
        )
    results = [function(*leaves) for leaves in zip(*columns, strict=True)]
    return pack(structures[0], results)
