"""Elements of a pipeline: structures (tuples, dicts) of arrays on the host, and as tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina.errors import DataError
from lamina.graph import dtypes
from lamina.graph.strings import StringTensor, is_text, texts
from lamina.graph.tensor import Array
from lamina.graph.variable import Variable
from lamina.ops.dispatch import as_tensor


@dataclass(frozen=True)
class Form:
    """Shape (None where open) and dtype of a leaf."""

    shape: tuple[int | None, ...]
    dtype: str


def map_leaves(function: Callable[..., Any], *structures: Any) -> Any:
    """A function of corresponding leaves, in the structure of the first."""
    first = structures[0]
    if isinstance(first, dict):
        return {key: map_leaves(function, *(s[key] for s in structures)) for key in first}
    if isinstance(first, tuple):
        found = [map_leaves(function, *parts) for parts in zip(*structures, strict=True)]
        return type(first)(*found) if hasattr(first, "_fields") else tuple(found)
    return function(*structures)


def leaves(structure: Any) -> list[Any]:
    """The leaves of a structure, in order."""
    if isinstance(structure, dict):
        return [leaf for part in structure.values() for leaf in leaves(part)]
    if isinstance(structure, tuple):
        return [leaf for part in structure for leaf in leaves(part)]
    return [structure]


def packed(structure: Any, values: Iterable[Any]) -> Any:
    """The values in the places of the leaves of a structure."""
    following = iter(values)
    return map_leaves(lambda _: next(following), structure)


def on_host(structure: Any) -> Any:
    """A structure with each leaf as an array: strings as objects, Python's numbers in 32 bits.

    A list is one array, or a tuple if its items have no common shape.
    """
    if isinstance(structure, dict):
        return {key: on_host(part) for key, part in structure.items()}
    if isinstance(structure, tuple):
        found = [on_host(part) for part in structure]
        return type(structure)(*found) if hasattr(structure, "_fields") else tuple(found)
    return _array(structure)


def _array(leaf: Any) -> Any:
    if isinstance(leaf, np.ndarray):
        return texts(leaf) if leaf.dtype.kind in "US" or _holds_text(leaf) else leaf
    if isinstance(leaf, Array | StringTensor):
        return leaf.value
    if isinstance(leaf, Variable):
        return leaf.numpy()
    if leaf is None or hasattr(leaf, "as_numpy_iterator"):
        return leaf
    if is_text(leaf):
        return texts(leaf)
    if isinstance(leaf, list):
        return _of_list(leaf)
    if hasattr(leaf, "__array__"):
        return _array(np.asarray(leaf))
    return np.asarray(as_tensor(leaf))


def _holds_text(array: np.ndarray) -> bool:
    return array.dtype == object and array.size > 0 and isinstance(array.flat[0], str | bytes)


def _of_list(items: list[Any]) -> Any:
    if not any(hasattr(item, "shape") for item in items):
        try:
            return np.asarray(as_tensor(items))
        except (TypeError, ValueError):
            return tuple(on_host(item) for item in items)
    parts = [on_host(item) for item in items]
    same = len({getattr(part, "shape", None) for part in parts}) == 1
    return np.stack(parts) if same else tuple(parts)


def as_tensors(structure: Any) -> Any:
    """A structure of arrays as one of tensors."""
    return map_leaves(_tensor, structure)


def _tensor(leaf: Any) -> Any:
    if not isinstance(leaf, np.ndarray | np.generic):
        return leaf
    array = np.asarray(leaf)
    return StringTensor(array) if array.dtype == object else Array(array)


def as_numpy(structure: Any) -> Any:
    """A structure of arrays as a program sees them in NumPy: strings as bytes, scalars as such."""

    def plain(leaf: Any) -> Any:
        tensor = _tensor(leaf)
        if isinstance(tensor, StringTensor):
            return tensor.numpy()
        return leaf[()] if isinstance(leaf, np.ndarray) and leaf.ndim == 0 else leaf

    return map_leaves(plain, structure)


def stacked(elements: Sequence[Any]) -> Any:
    """Elements as one with a new first axis.

    Raises: DataError if their shapes differ.
    """

    def stack(*parts: Any) -> Any:
        arrays = [np.asarray(part) for part in parts]
        if len({a.shape for a in arrays}) > 1:
            shapes = sorted({a.shape for a in arrays})
            raise DataError(
                "Dataset.batch", "needs elements of one shape",
                f"shapes {shapes[0]} and {shapes[1]}", "use padded_batch, or resize them first",
            )  # fmt: skip
        return np.stack(arrays)

    return map_leaves(stack, *elements)


def padded(elements: Sequence[Any], shapes: Any = None, values: Any = None) -> Any:
    """Elements as one with a new first axis, each filled up to the longest, or to `shapes`."""
    rows = iter(_spread(shapes, elements[0], is_shape=True))
    fills = iter(_spread(values, elements[0], is_shape=False))

    def pad(*parts: Any) -> np.ndarray:
        arrays = [np.asarray(part) for part in parts]
        shape, value = next(rows), next(fills)
        wide = np.max([a.shape for a in arrays], axis=0) if arrays[0].ndim else ()
        if shape is not None and len(shape):
            wide = [m if n in (None, -1) else int(n) for n, m in zip(shape, wide, strict=True)]
        default: Any = "" if arrays[0].dtype == object else 0
        fill = default if value is None else texts(value).item() if default == "" else value
        found = np.full((len(arrays), *wide), fill, arrays[0].dtype)
        for i, array in enumerate(arrays):
            place = (slice(i, i + 1), *(slice(0, n) for n in array.shape))
            found[place] = array
        return found

    return map_leaves(pad, *elements)


def _spread(given: Any, element: Any, is_shape: bool) -> list[Any]:
    """One entry for each leaf: given once for all, or in the element's structure."""
    count = len(leaves(element))
    if given is None:
        return [None] * count
    if isinstance(given, dict):
        return [given[key] for key in element]
    single = not isinstance(given, tuple) or (is_shape and all(_is_size(n) for n in given))
    if isinstance(given, list) and not (is_shape and all(_is_size(n) for n in given)):
        given, single = tuple(given), False
    if single:
        return [given] * count
    return [leaf for part in given for leaf in ([part] if is_shape else leaves(part))]


def _is_size(n: Any) -> bool:
    return n is None or isinstance(n, int | np.integer)


def cast(array: Any, dtype: Any) -> Any:
    """An array in a dtype that the program named; strings stay as they are."""
    if dtype is None or str(dtype) == "string":
        return array
    return np.asarray(array).astype(dtypes.standard(dtype))
