"""PyDataset: batches by number, for data that are made or read batch by batch."""

from __future__ import annotations

from typing import Any

from lamina.errors import UnsupportedError


class PyDataset:
    """Derive from it, say how many batches there are, and make each:

        class Rows(keras.utils.PyDataset):
            def __len__(self): ...                # batches an epoch
            def __getitem__(self, index): ...     # x, (x, y) or (x, y, sample_weight)

    `fit` asks for the batches in an order of its own in each epoch unless `shuffle=False`, reads
    ahead in the background, and calls `on_epoch_begin` and `on_epoch_end`.

    Args:
        workers: threads that make batches at the same time; 0 or 1 is one.
        use_multiprocessing: accepted; threads do the work.
        max_queue_size: how many batches to make ahead.
    """

    # Classes that do not call `super().__init__` have these.
    workers = 1
    use_multiprocessing = False
    max_queue_size = 10

    def __init__(
        self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10
    ) -> None:
        self.workers = workers
        self.use_multiprocessing = use_multiprocessing
        self.max_queue_size = max_queue_size

    def __getitem__(self, index: int) -> Any:
        """The batch of this number."""
        raise UnsupportedError(
            type(self).__name__, "does not say what its batches are", f"batch {index}",
            "define __getitem__(self, index)",
        )  # fmt: skip

    @property
    def num_batches(self) -> int | None:
        """How many batches there are, None if they never end; by default `len()`."""
        if hasattr(self, "__len__"):
            return len(self)
        raise UnsupportedError(
            type(self).__name__, "does not say how many batches it has",
            "a class without __len__ and num_batches", "define __len__(self)",
        )  # fmt: skip

    def on_epoch_begin(self) -> None:
        """Called before an epoch's first batch."""

    def on_epoch_end(self) -> None:
        """Called after an epoch's last batch."""
