"""The user's arrays as NumPy arrays with equal numbers of rows."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from lamina.data.maps import check_mapped, is_mapped, pieces
from lamina.data.tables import is_table, read_table
from lamina.errors import ArgumentError, DataError
from lamina.graph import dtypes
from lamina.graph.structure import flatten, is_mapping, map_structure

# Up to so many bytes, looking at every element is quicker than a sum.
SMALL = 1 << 14
# So many bytes may a sparse matrix have when it is made dense: 8 GiB.
MOST_DENSE = 8 << 30


@dataclass(frozen=True, eq=False)
class Data:
    """Inputs, targets and sample weights: structures of arrays with `rows` rows, or None.

    `columns` has the names of the columns of those that were tables, by "x", "y", "x['age']" ...
    `folds`, where arrays differ in their first axes, says for each how many entries a row has: it
    is then a second axis.
    """

    x: Any
    y: Any
    sample_weight: Any
    rows: int
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    folds: tuple[int, ...] = ()

    @property
    def leaves(self) -> list[np.ndarray]:
        """All arrays in the order x, y, sample_weight."""
        return [leaf for leaf in flatten([self.x, self.y, self.sample_weight]) if leaf is not None]

    @cached_property
    def form(self) -> Hashable:
        """Equal for data that differ in values and number of rows only."""
        return (form_of(self.x), form_of(self.y), form_of(self.sample_weight), self.folds)

    def take(self, start: int, stop: int) -> Data:
        """The rows from start to stop."""
        parts = [
            map_structure(lambda a: None if a is None else a[start:stop], part)
            for part in (self.x, self.y, self.sample_weight)
        ]
        rows = max(0, stop - start)
        return Data(parts[0], parts[1], parts[2], rows, self.columns, self.folds)


def form_of(part: Any) -> Hashable:
    """Structure, shape of a row and dtype of each array."""
    if isinstance(part, np.ndarray):
        return part.shape[1:], part.dtype
    if isinstance(part, Mapping):
        return "dict", *((key, form_of(part[key])) for key in sorted(part))
    if isinstance(part, list | tuple):
        return type(part), *(form_of(item) for item in part)
    assert part is None
    return None


def read(
    where: str, x: Any, y: Any = None, sample_weight: Any = None, uneven: bool = False
) -> Data:
    """The arrays of a call such as `fit`.

    Lists of arrays and dicts of arrays stand for several inputs or outputs; a list of numbers, a
    table (pandas, Polars, Arrow), a tensor of torch or JAX and a sparse matrix of SciPy become
    arrays. Nothing is copied that need not be.

    Args:
        uneven: whether the numbers of rows may differ, as in a batch for a step of the user's own.

    Raises: DataError if there is no data, if rows differ in number, or if a value is no number.
    """
    columns: dict[str, tuple[str, ...]] = {}
    parts = [_structure(where, name, value, columns) for name, value in _named(x, y, sample_weight)]
    counts = {leaf.shape[0] for part in parts for leaf in flatten(part) if leaf is not None}
    if uneven and len(counts) > 1 and 0 not in counts:
        return _folded(parts, math.gcd(*counts), columns)
    if len(counts) != 1 or 0 in counts:
        raise _unequal_rows(where, parts)
    return Data(parts[0], parts[1], parts[2], counts.pop(), columns)


def _folded(parts: list[Any], rows: int, columns: dict[str, tuple[str, ...]]) -> Data:
    """Arrays whose first axes differ, each with its first axis as (rows, entries a row)."""
    folds = tuple(len(leaf) // rows for part in parts for leaf in flatten(part) if leaf is not None)

    def fold(leaf: Any) -> Any:
        return None if leaf is None else leaf.reshape(rows, len(leaf) // rows, *leaf.shape[1:])

    x, y, sample_weight = (map_structure(fold, part) for part in parts)
    return Data(x, y, sample_weight, rows, columns, folds)


def _unequal_rows(where: str, parts: list[Any]) -> DataError:
    sizes = {
        f"{name}{'' if len(flatten(part)) == 1 else f'[{i}]'}": leaf.shape[0]
        for (name, _), part in zip(_named(None, None, None), parts, strict=True)
        for i, leaf in enumerate(flatten(part))
        if leaf is not None
    }
    if len(set(sizes.values())) > 1:
        return DataError(
            where, "needs as many rows in each array",
            ", ".join(f"{name} with {count}" for name, count in sizes.items()),
            "pass arrays whose first axes agree",
        )  # fmt: skip
    return DataError(
        where, "needs at least one row", "no rows" if sizes else "no data",
        "pass arrays that are not empty",
    )  # fmt: skip


def _named(x: Any, y: Any, sample_weight: Any) -> list[tuple[str, Any]]:
    return [("x", x), ("y", y), ("sample_weight", sample_weight)]


def _structure(where: str, name: str, value: Any, columns: dict[str, tuple[str, ...]]) -> Any:
    if value is None:
        return None
    if is_mapping(value):
        return {
            key: _structure(where, f"{name}[{key!r}]", item, columns) for key, item in value.items()
        }
    if isinstance(value, list | tuple) and not _is_nested_numbers(value):
        parts = [
            None if item is None else _structure(where, f"{name}[{i}]", item, columns)
            for i, item in enumerate(value)
        ]
        return type(value)(parts) if type(value) in (list, tuple) else parts
    if type(value) is not np.ndarray and is_table(value):
        value, names = read_table(where, name, value)
        if names:
            columns[name] = names
    return array_of(where, name, value)


def _is_nested_numbers(value: Any) -> bool:
    """Whether a list is one array written out rather than a list of arrays."""
    first = value[0] if len(value) else 0
    while isinstance(first, list | tuple) and len(first):
        first = first[0]
    return isinstance(first, bool | int | float | str | np.generic | list | tuple)


def array_of(where: str, name: str, value: Any) -> np.ndarray:
    """One array of a dtype of lamina's, with at least one axis; C-contiguous unless mapped."""
    if _is_ready(value):
        return _in_order(value)
    value = _as_numpy(where, name, value)
    written_out = isinstance(value, list | tuple | int | float | bool)
    try:
        if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
            raise DataError(
                where, f"needs a number in every place of {name}",
                f"a masked array with {int(np.sum(np.ma.getmaskarray(value)))} masked entries",
                "fill them: array.filled(0.0)",
            )  # fmt: skip
        array = np.asarray(value)
        if written_out and array.dtype == np.float64:
            array = array.astype(dtypes.floatx())
    except (TypeError, ValueError) as error:
        raise _not_numbers(where, name, f"{type(value).__name__} ({error})") from None
    if array.ndim and is_mapped(array):
        check_mapped(where, name, array)
    if array.dtype == object:
        array = _from_objects(where, name, array)
    if array.dtype.name in ("float16", "longdouble", "float128", "bfloat16"):
        array = array.astype("float64" if array.dtype.itemsize > 8 else "float32")
    if array.dtype.name not in dtypes.DTYPES:
        raise _not_numbers(where, name, f"an array of dtype {array.dtype}")
    if array.ndim == 0:
        raise DataError(
            where, f"needs an array with rows for {name}", f"the single value {array!r:.60}",
            "pass an array of shape (rows, ...)",
        )  # fmt: skip
    array = _in_order(array)
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def _as_numpy(where: str, name: str, value: Any) -> Any:
    """What other libraries' own ways into NumPy give; anything else as it is."""
    if hasattr(value, "detach"):  # a tensor of torch, which may have a gradient or a dtype
        value = value.detach().cpu()  # that NumPy lacks
        return value.float() if str(value.dtype) == "torch.bfloat16" else value
    if is_sparse(value):
        return _dense(where, name, value)
    if hasattr(value, "to_numpy"):
        return value.to_numpy()
    if hasattr(value, "__dlpack__") and not hasattr(value, "__array__"):
        return np.from_dlpack(value)
    return value


def is_sparse(value: Any) -> bool:
    """Whether a value is a sparse matrix or array of SciPy."""
    return hasattr(value, "toarray") and hasattr(value, "nnz")


def _dense(where: str, name: str, value: Any) -> np.ndarray:
    size = value.dtype.itemsize * int(np.prod([int(n) for n in value.shape], dtype=object))
    if size > MOST_DENSE:
        raise DataError(
            where, f"makes the sparse {name} dense, for which it is too large",
            f"shape {tuple(value.shape)}, {size / 2**30:.1f} GiB",
            "train on a generator that yields batches of its rows",
        )  # fmt: skip
    dense: np.ndarray = value.toarray()
    return dense


def _in_order(array: np.ndarray) -> np.ndarray:
    """The elements in row-major order and aligned; those of a file stay where they are."""
    if array.flags.c_contiguous or not is_mapped(array):
        return np.require(array, requirements=("C", "A"))
    return array


def _is_ready(value: Any) -> bool:
    """Whether a value is an array that needs no conversion."""
    return (
        type(value) is np.ndarray
        and value.ndim > 0
        and value.dtype.isnative
        and dtypes.name_of(value.dtype) in dtypes.DTYPES
    )


def _from_objects(where: str, name: str, array: np.ndarray) -> np.ndarray:
    try:
        return array.astype("float64")
    except (TypeError, ValueError):
        raise _not_numbers(
            where, name, f"an object array of shape {array.shape} holding {type(array.flat[0])}"
        ) from None


def _not_numbers(where: str, name: str, received: str) -> DataError:
    return DataError(
        where, f"cannot read {name} as numbers", received,
        "encode text and categories as numbers; rows must have equal lengths",
    )  # fmt: skip


def check_finite(where: str, data: Data) -> None:
    """Raises: DataError naming the array, and the row and column of the first NaN or infinity."""
    for part_name, part in _named(data.x, data.y, data.sample_weight):
        for name, leaf in _leaves(part_name, part):
            if leaf is None or leaf.dtype.kind != "f":
                continue
            first, count = _bad_rows(leaf)
            if first is None:
                _check_range(where, name, leaf)
                continue
            row = leaf[first].reshape(-1)
            place = int(np.flatnonzero(~np.isfinite(row))[0])
            columns = data.columns.get(name, ())
            column = f", column {columns[place]!r}" if place < len(columns) else ""
            raise DataError(
                where, f"needs finite numbers in {name}",
                f"{row[place]} in row {first}{column}, {count} such rows of {len(leaf)}",
                "remove or fill in these rows (numpy.nan_to_num, numpy.isfinite)",
            )  # fmt: skip


def _check_range(where: str, name: str, array: np.ndarray) -> None:
    """Raises: DataError for numbers that become infinite where a model computes in float32."""
    if array.dtype.itemsize <= 4 or dtypes.floatx() != "float32":
        return
    most = float(np.finfo("float32").max)
    for start, part in pieces(array):
        if part.size and max(abs(float(part.min())), abs(float(part.max()))) > most:
            raise DataError(
                where, f"needs numbers in {name} that float32 can hold, up to {most:.1e}",
                f"a larger one in the rows from {start} on",
                "scale the data, or keras.config.set_floatx('float64')",
            )  # fmt: skip


def _leaves(name: str, part: Any) -> Iterator[tuple[str, Any]]:
    """The arrays of a structure with the names that errors have for them."""
    if is_mapping(part):
        for key, item in part.items():
            yield from _leaves(f"{name}[{key!r}]", item)
    elif isinstance(part, list | tuple):
        for i, item in enumerate(part):
            yield from _leaves(f"{name}[{i}]", item)
    else:
        yield name, part


def _bad_rows(array: np.ndarray) -> tuple[int | None, int]:
    """The first row that holds NaN or infinity, and how many there are."""
    if array.nbytes <= SMALL and np.isfinite(array).all():
        return None, 0
    first, count = None, 0
    for start, part in pieces(array):
        # A sum of finite numbers may be infinite, but not the other way round.
        with np.errstate(all="ignore"):
            if np.isfinite(np.sum(part)):
                continue
        bad = np.flatnonzero(~np.isfinite(part).reshape(len(part), -1).all(axis=1))
        if len(bad):
            first = start + int(bad[0]) if first is None else first
            count += len(bad)
    return first, count


def split_validation(data: Data, fraction: float) -> tuple[Data, Data]:
    """The first rows for training, the last `fraction` of them for validation, unshuffled.

    Raises: ArgumentError if the fraction is not between 0 and 1 or leaves one side empty.
    """
    if not isinstance(fraction, int | float) or not 0 < fraction < 1:
        raise ArgumentError(
            "fit(validation_split=...)", "needs a share between 0 and 1", repr(fraction),
            "pass 0.1 to hold back the last tenth",
        )  # fmt: skip
    split = int(np.floor(data.rows * (1.0 - fraction)))
    if split in (0, data.rows):
        raise ArgumentError(
            "fit(validation_split=...)", "leaves no rows on one side",
            f"{fraction} of {data.rows} rows", "pass more rows or another share",
        )  # fmt: skip
    return data.take(0, split), data.take(split, data.rows)
