"""lamina.tree: nested structures as Keras walks them.

A structure is a list, tuple, named tuple, deque or mapping; anything else, None too, is a leaf.
Dictionaries are walked in the order of their sorted keys, ordered ones in their own.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from lamina.errors import ArgumentError, ArgumentTypeError
from lamina.registry import names_only

Path = tuple[Any, ...]


class MAP_TO_NONE:  # noqa: N801 - Keras' name
    """What the function of `traverse` returns to put None into the place of a part."""


def is_nested(structure: Any) -> bool:
    """Whether it is a structure rather than a leaf."""
    return isinstance(structure, list | tuple | dict | deque)


def _keys(structure: Any) -> list[Any]:
    """How the parts of a structure are addressed, in order."""
    if isinstance(structure, OrderedDict):
        return list(structure)
    return sorted(structure) if isinstance(structure, dict) else list(range(len(structure)))


def _rebuilt(structure: Any, parts: Iterable[Any]) -> Any:
    """A structure like this one with other parts, in the order of `_keys`."""
    if isinstance(structure, dict):
        found = dict(zip(_keys(structure), parts, strict=True))
        items = [(key, found[key]) for key in structure]
        if isinstance(structure, defaultdict):
            return defaultdict(structure.default_factory, items)
        return type(structure)(items)
    if isinstance(structure, tuple) and hasattr(structure, "_fields"):
        return type(structure)(*parts)
    if isinstance(structure, deque):
        return deque(parts, structure.maxlen)
    return type(structure)(parts)


def flatten(structure: Any) -> list[Any]:
    """The leaves in order."""
    return [leaf for _, leaf in flatten_with_path(structure)]


def flatten_with_path(structure: Any) -> list[tuple[Path, Any]]:
    """(path, leaf) in order; a path holds indices and keys."""
    if not is_nested(structure):
        return [((), structure)]
    return [
        ((key, *path), leaf)
        for key in _keys(structure)
        for path, leaf in flatten_with_path(structure[key])
    ]


def map_structure(func: Callable[..., Any], *structures: Any, none_is_leaf: bool = True) -> Any:
    """The function of corresponding leaves, in a structure like the first.

    Raises: ArgumentError if the structures differ, or there is none; ArgumentTypeError if `func` is
        no function.
    """
    _check_function("map_structure", func)
    if not structures:
        raise ArgumentError("tree.map_structure", "needs a structure", "none", "pass one")
    if structures[0] is None and not none_is_leaf:
        return None
    return _mapped(structures[0], func, structures, True, none_is_leaf)


def map_structure_up_to(
    shallow_structure: Any, func: Callable[..., Any], *structures: Any
) -> Any:  # fmt: skip
    """The function of the parts that stand where `shallow_structure` has leaves.

    Raises: ArgumentError if a structure is shallower, or there is none.
    """
    _check_function("map_structure_up_to", func)
    if not structures:
        raise ArgumentError("tree.map_structure_up_to", "needs a structure", "none", "pass one")
    return _mapped(shallow_structure, func, structures, False, True)


def _mapped(
    like: Any, func: Callable[..., Any], parts: Sequence[Any], exact: bool, none_is_leaf: bool
) -> Any:
    if not is_nested(like):
        if exact and any(is_nested(part) for part in parts):
            raise _different(like, parts)
        return None if not none_is_leaf and like is None else func(*parts)
    for part in parts:
        if not _alike(like, part):
            raise _different(like, parts)
    below = [
        _mapped(like[key], func, [part[key] for part in parts], exact, none_is_leaf)
        for key in _keys(like)
    ]
    return _rebuilt(like, below)


def _alike(a: Any, b: Any) -> bool:
    """Whether two structures are of one kind and have the same keys at this level."""
    if isinstance(a, dict) and isinstance(b, dict):
        return set(a) == set(b)
    return type(a) is type(b) and is_nested(b) and len(a) == len(b)


def _different(a: Any, others: Sequence[Any]) -> ArgumentError:
    other = next((o for o in others if not _alike(a, o)), others[0])
    return ArgumentError(
        "tree", "needs structures of the same form", f"{a!r:.60} and {other!r:.60}",
        "pass structures that correspond",
    )  # fmt: skip


def _check_function(where: str, func: Any) -> None:
    if not callable(func):
        raise ArgumentTypeError(f"tree.{where}", "needs a function", repr(func), "pass one")


def assert_same_structure(a: Any, b: Any, check_types: bool | None = None) -> None:
    """Raises: ArgumentError if the structures differ. `check_types` has no effect, as in Keras."""
    map_structure(lambda *_: None, a, b)


def assert_same_paths(a: Any, b: Any) -> None:
    """Raises: ArgumentError if the leaves do not stand at the same paths."""
    left, right = ({path for path, _ in flatten_with_path(x)} for x in (a, b))
    if left != right:
        raise ArgumentError(
            "tree.assert_same_paths", "needs leaves at the same paths",
            f"only one has {sorted(left ^ right, key=str)}", "pass structures that correspond",
        )  # fmt: skip


def pack_sequence_as(structure: Any, flat_sequence: Iterable[Any]) -> Any:
    """The leaves in a structure like this one.

    Raises: ArgumentError if their number differs.
    """
    leaves = list(flat_sequence)
    places = len(flatten(structure))
    if len(leaves) != places:
        raise ArgumentError(
            "tree.pack_sequence_as", f"needs {places} leaves", f"{len(leaves)}",
            "pass as many as the structure has places",
        )  # fmt: skip
    rest = iter(leaves)
    return map_structure(lambda _: next(rest), structure)


def traverse(
    func: Callable[[Any], Any], structure: Any, top_down: bool = True
) -> Any:  # fmt: skip
    """What `func` makes of the structure and its parts, each before its parts or after them.

    Where it returns None the part stays (and is gone into); MAP_TO_NONE puts None there.
    """
    _check_function("traverse", func)
    found = func(structure) if top_down else None
    if found is None:
        if is_nested(structure):
            parts = [traverse(func, structure[key], top_down) for key in _keys(structure)]
            structure = _rebuilt(structure, parts)
        found = None if top_down else func(structure)
    if found is None:
        return structure
    return None if found is MAP_TO_NONE else found


def lists_to_tuples(structure: Any) -> Any:
    """The structure with tuples where it has lists."""
    return traverse(lambda x: tuple(x) if isinstance(x, list) else None, structure, False)


def map_shape_structure(func: Callable[[Any], Any], structure: Any) -> Any:
    """The function of every shape, a list or tuple of sizes and None."""
    if is_nested(structure) and not _is_shape(structure):
        return _rebuilt(
            structure, [map_shape_structure(func, structure[key]) for key in _keys(structure)]
        )
    return func(structure)


def _is_shape(x: Any) -> bool:
    return isinstance(x, list | tuple) and all(n is None or isinstance(n, int) for n in x)


__all__ = [
    "MAP_TO_NONE", "assert_same_paths", "assert_same_structure", "flatten", "flatten_with_path",
    "is_nested", "lists_to_tuples", "map_shape_structure", "map_structure", "map_structure_up_to",
    "pack_sequence_as", "traverse",
]  # fmt: skip

__getattr__ = names_only("lamina.tree", __all__)
