"""Rows: a data set of the rows of arrays, of which only the order is worked out row by row."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lamina.data import elements as el
from lamina.data import shuffling
from lamina.data.pipeline import INFINITE, Dataset, batches_of, size_of
from lamina.errors import ArgumentError

Order = Callable[[], Iterator[int]]


class Rows(Dataset):
    """One element for each number that `order` gives: these rows of the arrays.

    Batches of them are gathered at once, whatever `shuffle`, `take` and the like did before.
    """

    def __init__(self, arrays: Any, order: Order, count: int) -> None:
        self.arrays, self._order = arrays, order
        super().__init__(lambda: map(self._row, order()), count)

    @classmethod
    def of(cls, tensors: Any) -> Rows:
        """All rows, in order.

        Raises: ArgumentError for arrays without rows, or of different numbers of them.
        """
        arrays = el.on_host(tensors)
        shapes = [np.asarray(leaf).shape for leaf in el.leaves(arrays)]
        if not all(shapes) or len({shape[0] for shape in shapes}) != 1:
            raise ArgumentError(
                "Dataset.from_tensor_slices", "needs arrays of as many rows",
                f"shapes {', '.join(map(str, shapes))}", "use from_tensors for what has no rows",
            )  # fmt: skip
        count = shapes[0][0]
        return cls(arrays, lambda: iter(range(count)), count)

    def _row(self, i: int) -> Any:
        return el.map_leaves(lambda a: np.asarray(a[i], a.dtype), self.arrays)

    def _ordered(self, order: Order, count: int) -> Rows:
        return Rows(self.arrays, order, count)

    def shuffle(
        self,
        buffer_size: Any,
        seed: Any = None,
        reshuffle_each_iteration: bool | None = None,
        name: Any = None,
    ) -> Dataset:
        """Each row is drawn from a buffer of the next ones; each pass has another order."""
        size = size_of("Dataset.shuffle", "buffer_size", buffer_size)
        source = shuffling.Source(seed, reshuffle_each_iteration is not False)
        order = self._order
        return self._ordered(
            lambda: shuffling.drawn(order(), size, source.generator()), self._count
        )

    def take(self, count: Any, name: Any = None) -> Dataset:
        """The first rows; all with -1."""
        n, order = int(count), self._order
        if n < 0:
            return self
        kept = n if self._count == INFINITE else min(n, self._count)
        return self._ordered(lambda: itertools.islice(order(), n), kept)

    def skip(self, count: Any, name: Any = None) -> Dataset:
        """All but the first rows; none with -1."""
        n, order = int(count), self._order
        if n < 0:
            return self._ordered(lambda: iter(()), 0)
        kept = self._count if self._count < 0 else max(0, self._count - n)
        return self._ordered(lambda: itertools.islice(order(), n, None), kept)

    def shard(self, num_shards: Any, index: Any, name: Any = None) -> Dataset:
        """Every `num_shards`-th row, from this one on."""
        step, first = size_of("Dataset.shard", "num_shards", num_shards), int(index)
        order = self._order
        kept = self._count if self._count < 0 else len(range(first, self._count, step))
        return self._ordered(lambda: itertools.islice(order(), first, None, step), kept)

    def repeat(self, count: Any = None, name: Any = None) -> Dataset:
        """So many passes one after another; without end by default."""
        order = self._order
        if self._count == 0:
            return self
        if count is None or int(count) < 0:
            return self._ordered(
                lambda: itertools.chain.from_iterable(order() for _ in itertools.count()), INFINITE
            )
        times = int(count)
        total = self._count * times if self._count >= 0 else self._count
        return self._ordered(
            lambda: itertools.chain.from_iterable(order() for _ in range(times)), total
        )

    def batch(
        self,
        batch_size: Any,
        drop_remainder: Any = False,
        num_parallel_calls: Any = None,
        deterministic: Any = None,
        name: Any = None,
    ) -> Dataset:
        """So many rows at once; the last batch may have fewer."""
        size = size_of("Dataset.batch", "batch_size", batch_size)
        arrays, order, drop = self.arrays, self._order, bool(drop_remainder)

        def make() -> Iterator[Any]:
            numbers = order()
            while places := list(itertools.islice(numbers, size)):
                if len(places) == size or not drop:
                    index = np.asarray(places)
                    yield el.map_leaves(lambda a, index=index: a[index], arrays)

        return Dataset(make, batches_of(self._count, size, drop), not drop)
