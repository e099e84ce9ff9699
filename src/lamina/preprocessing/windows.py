"""timeseries_dataset_from_array: windows that slide over a series."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.errors import ArgumentError
from lamina.preprocessing.batched import BatchedDataset
from lamina.preprocessing.folders import FORMATS

WHERE = "timeseries_dataset_from_array"


def timeseries_dataset_from_array(
    data: Any,
    targets: Any,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
    format: str = "tf",
) -> BatchedDataset:
    """Batches of windows of a series: windows, or (windows, targets).

    Window i begins at value i · sequence_stride; its target is the one of its first value.

    Shapes: data (n, ...) -> windows (B, sequence_length, ...); targets (n, ...) -> (B, ...).

    Args:
        targets: None for windows alone.
        sampling_rate: how many steps from one value of a window to the next.
        batch_size: None yields single windows.
        shuffle, seed: another order in each pass.
        start_index, end_index: only values from the first to below the second are used.
        format: Keras' "tf" and "grain" give the same batches; here both are a BatchedDataset.

    Raises: ArgumentError.
    """
    length = len(data)
    _check_range(length, start_index, end_index)
    _check_step("sampling_rate", sampling_rate, length)
    _check_step("sequence_stride", sequence_stride, length)
    if (
        isinstance(sequence_length, bool)
        or not isinstance(sequence_length, int | np.integer)
        or (sequence_length < 1)
    ):
        raise _wrong(
            "sequence_length", "needs a whole number from 1 up", repr(sequence_length), "pass 1"
        )
    if format not in FORMATS:
        raise _wrong("format", "knows tf and grain", repr(format), "leave it out")
    start, stop = start_index or 0, end_index or length
    values = np.asarray(data)[start:stop]
    labels = None if targets is None else np.asarray(targets)[start:]
    count = len(values) - (sequence_length - 1) * sampling_rate
    if targets is not None:
        count = min(count, len(targets))
    firsts = np.arange(0, count, sequence_stride)
    if len(firsts) == 0 or (labels is not None and firsts[-1] >= len(labels)):
        raise _wrong(
            "sequence_length", "leaves no window with a target",
            f"{sequence_length} steps of {sampling_rate} in {len(values)} values",
            "pass a shorter length, or more data",
        )  # fmt: skip
    steps = np.arange(sequence_length) * sampling_rate

    def make(numbers: np.ndarray) -> Any:
        places = firsts[numbers]
        windows = values[places[:, None] + steps]
        return windows if labels is None else (windows, labels[places])

    return BatchedDataset(len(firsts), batch_size, make, shuffle, seed)


def _check_range(length: int, start: int | None, stop: int | None) -> None:
    if start and not 0 <= start < length:
        raise _wrong("start_index", f"needs a place from 0 to {length - 1}", repr(start), "move it")
    if stop and not (start or 0) < stop < length:
        raise _wrong(
            "end_index", f"needs a place after start_index, below {length}", repr(stop),
            "leave it out for the end of the data",
        )  # fmt: skip


def _check_step(name: str, step: int, length: int) -> None:
    if not 0 < step < length:
        raise _wrong(name, f"needs a number from 1 to {length - 1}", repr(step), "pass 1")


def _wrong(name: str, what: str, received: str, mend: str) -> ArgumentError:
    return ArgumentError(f"{WHERE}({name}=...)", what, received, mend)
