"""Tables and columns of pandas, Polars, Arrow and their like as NumPy arrays, by narwhals.

Without narwhals (the extra `tables`) a table is read by its own `to_numpy`, if it has one, and
errors do not know the names of its columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.errors import DataError


def is_table(value: Any) -> bool:
    """Whether a value offers its columns by one of the two protocols for tables."""
    return hasattr(value, "__arrow_c_stream__") or hasattr(value, "__dataframe__")


def read_table(where: str, name: str, value: Any) -> tuple[Any, tuple[str, ...]]:
    """An array (rows, columns) of a table and the columns' names; (rows,) of a single column.

    The dtype is the one that holds all columns; a missing value is NaN, and makes a column of
    whole numbers or booleans one of floats. What narwhals does not know comes back as it is.

    Raises: DataError naming the first column that holds no numbers.
    """
    try:
        import narwhals.stable.v1 as nw
    except ImportError:
        return value, ()
    try:
        read = nw.from_native(value, eager_only=True, allow_series=True)
    except (TypeError, ValueError):  # not one of its kinds, or columns of the same name
        return value, ()
    if isinstance(read, nw.Series):
        if read.dtype in (nw.String, nw.Categorical, nw.Enum):
            return read.to_numpy(), ()
        return _column(where, name, read, nw), (str(read.name),)
    names = tuple(map(str, read.columns))
    columns = [_column(where, name, column, nw) for column in read.iter_columns()]
    return _beside(columns, len(read)), names


def _beside(columns: Sequence[np.ndarray], rows: int) -> np.ndarray:
    """The columns as one array in row-major order, so that each is copied once."""
    dtype = np.result_type(*columns) if columns else np.dtype("float32")
    table = np.empty((rows, len(columns)), dtype)
    for i, column in enumerate(columns):
        table[:, i] = column
    return table


def _column(where: str, name: str, column: Any, nw: Any) -> np.ndarray:
    dtype = column.dtype
    if dtype.is_integer() or dtype == nw.Boolean:
        whole = column if not column.null_count() else column.cast(nw.Float64)
        return np.asarray(whole.to_numpy())
    if dtype.is_float():
        return np.asarray(column.to_numpy())
    if dtype.is_decimal() or dtype == nw.Object:
        try:
            return np.asarray(column.to_numpy(), dtype="float64")
        except (TypeError, ValueError):
            pass
    raise DataError(
        where, f"cannot read column {column.name!r} of {name} as numbers",
        f"dtype {dtype}, beginning with {next(iter(column), None)!r:.60}",
        "encode text and categories as numbers (StringLookup, one column a class), and take "
        "dates as numbers of days",
    )  # fmt: skip
