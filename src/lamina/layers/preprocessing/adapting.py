"""The batches of data that a layer's `adapt` looks at."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from lamina.errors import DataError
from lamina.graph.strings import StringTensor
from lamina.graph.tensor import Tensor


def is_whole(data: Any) -> bool:
    """Whether the data are one array, or a list or table that stands for one."""
    if isinstance(data, np.ndarray | Tensor | StringTensor | str | bytes | int | float):
        return True
    if isinstance(data, list | tuple):
        return not data or not hasattr(data[0], "shape") or np.ndim(data[0]) == 0
    return hasattr(data, "__array__") or hasattr(data, "to_numpy")


def batches_of(where: str, data: Any, steps: int | None = None) -> Iterator[Any]:
    """Whole data as one batch; otherwise what the source yields, the targets left out.

    Args:
        steps: how many batches are looked at, at most.

    Raises: DataError for what cannot be read, or yields nothing.
    """
    if is_whole(data):
        yield data.to_numpy() if hasattr(data, "to_numpy") else data
        return
    if hasattr(data, "__getitem__") and (hasattr(data, "__len__") or hasattr(data, "num_batches")):
        count = getattr(data, "num_batches", None)
        source: Any = (data[i] for i in range(len(data) if count is None else count))
    elif hasattr(data, "__iter__"):
        source = iter(data)
    else:
        raise DataError(
            f"{where}.adapt", "needs arrays, a dataset or batches", f"{type(data).__name__}",
            "pass a NumPy array, or something that yields such",
        )  # fmt: skip
    empty = True
    for batch in itertools.islice(source, steps):
        empty = False
        yield batch[0] if isinstance(batch, tuple) else batch
    if empty:
        raise DataError(
            f"{where}.adapt", "needs at least one batch", "a source that yields nothing",
            "pass data that are not empty",
        )  # fmt: skip
