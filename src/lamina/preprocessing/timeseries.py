"""TimeseriesGenerator: windows of a series, by number."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from lamina.data.py_dataset import PyDataset
from lamina.errors import ArgumentError, ArgumentTypeError


class TimeseriesGenerator(PyDataset):
    """Windows of `length` values and the target that follows each, batch by batch.

    Shapes: data (n, ...), targets (n, ...) -> (B, length / sampling_rate, ...), (B, ...).

    Args:
        sampling_rate: how many steps from one value of a window to the next.
        stride: how many steps from one window to the next.
        start_index, end_index: the first value, and the last target, that may be used.
        shuffle: each batch is drawn at random, with NumPy's own stream, as in Keras.
        reverse: the latest value comes first.
        kwargs: as for `PyDataset`.

    Raises: ArgumentError if no window fits.
    """

    def __init__(
        self,
        data: Any,
        targets: Any,
        length: int,
        sampling_rate: int = 1,
        stride: int = 1,
        start_index: int = 0,
        end_index: int | None = None,
        shuffle: bool = False,
        reverse: bool = False,
        batch_size: int = 128,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if len(data) != len(targets):
            raise ArgumentError(
                "TimeseriesGenerator", "needs a target for each value",
                f"{len(data)} values, {len(targets)} targets", "pass as many",
            )  # fmt: skip
        self.data, self.targets, self.length = data, targets, length
        self.sampling_rate, self.stride, self.batch_size = sampling_rate, stride, batch_size
        self.start_index = start_index + length
        self.end_index = len(data) - 1 if end_index is None else end_index
        self.shuffle, self.reverse = shuffle, reverse
        if self.start_index > self.end_index:
            raise ArgumentError(
                "TimeseriesGenerator", "has no room for a window and its target",
                f"length={length} from {start_index} to {self.end_index}",
                "pass a shorter length, or more data",
            )  # fmt: skip

    def __len__(self) -> int:
        """How many batches there are."""
        step = self.batch_size * self.stride
        return (self.end_index - self.start_index + step) // step

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """The batch of this number."""
        if self.shuffle:
            ends = np.random.randint(self.start_index, self.end_index + 1, size=self.batch_size)
        else:
            step = self.batch_size * self.stride
            start = self.start_index + step * index
            ends = np.arange(start, min(start + step, self.end_index + 1), self.stride)
        windows = [self.data[end - self.length : end : self.sampling_rate] for end in ends]
        samples = np.array(windows)
        targets = np.array([self.targets[end] for end in ends])
        return (samples[:, ::-1] if self.reverse else samples), targets

    def get_config(self) -> dict[str, Any]:
        """The arguments, data and targets as JSON; `start_index` with `length` added, as in Keras.

        Raises: ArgumentTypeError for data that JSON cannot hold.
        """
        names = (
            "length", "sampling_rate", "stride", "start_index", "end_index", "shuffle", "reverse",
            "batch_size",
        )  # fmt: skip
        texts = {"data": _as_json("data", self.data), "targets": _as_json("targets", self.targets)}
        return texts | {name: getattr(self, name) for name in names}

    def to_json(self, **kwargs: Any) -> str:
        """The configuration as JSON; kwargs as for `json.dumps`."""
        return json.dumps(
            {"class_name": type(self).__name__, "config": self.get_config()}, **kwargs
        )


def _as_json(name: str, values: Any) -> str:
    try:
        return json.dumps(values.tolist() if isinstance(values, np.ndarray) else values)
    except TypeError as error:
        raise ArgumentTypeError(
            "TimeseriesGenerator.get_config", f"cannot write {name} as JSON", str(error),
            "pass lists or NumPy arrays of numbers",
        ) from None  # fmt: skip
