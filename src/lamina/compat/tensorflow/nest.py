"""`tf.nest`: structures of tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina import tree

__all__ = [
    "assert_same_structure", "flatten", "is_nested", "map_structure", "pack_sequence_as",
]  # fmt: skip


def assert_same_structure(
    nest1: Any, nest2: Any, check_types: bool = True, expand_composites: bool = False
) -> None:
    """Raises: ValueError, or TypeError, where two structures differ."""
    tree.assert_same_structure(nest1, nest2)


def flatten(structure: Any, expand_composites: bool = False) -> list[Any]:
    """The leaves in their order."""
    return list(tree.flatten(structure))


def is_nested(structure: Any) -> bool:
    """Whether it is no leaf."""
    return bool(tree.is_nested(structure))


def map_structure(func: Callable[..., Any], *structures: Any, **options: Any) -> Any:
    """The structure with the function of each leaf in its place."""
    return tree.map_structure(func, *structures)


def pack_sequence_as(structure: Any, flat_sequence: Any, expand_composites: bool = False) -> Any:
    """A structure with these leaves."""
    return tree.pack_sequence_as(structure, flat_sequence)
