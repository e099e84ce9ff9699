"""pad_sequences: lists of unequal length as one array."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.errors import ArgumentError, DataError

SIDES = ("pre", "post")


def pad_sequences(
    sequences: Any,
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> np.ndarray:
    """Sequences as rows of one array: (rows, maxlen, ...).

    Args:
        sequences: lists or arrays (length, ...), all with the same shape after the first axis.
        maxlen: by default the longest length.
        dtype: of the result; `object` for texts of any length.
        padding, truncating: "pre" or "post": where `value` is filled in, where the rest is cut off.

    Raises: DataError for what is no list of sequences or has unequal shapes; ArgumentError.
    """
    for name, side in (("padding", padding), ("truncating", truncating)):
        if side not in SIDES:
            raise ArgumentError(
                f"pad_sequences({name}=...)", "knows two sides", repr(side), "use 'pre' or 'post'"
            )
    lengths, shape = _measured(sequences)
    longest = max(lengths, default=0) if maxlen is None else maxlen
    _check_value(value, dtype)
    rows = np.full((len(lengths), longest, *shape), value, dtype=dtype)
    for i, (row, length) in enumerate(zip(rows, lengths, strict=True)):
        cut = length - longest if truncating == "pre" and length > longest else 0
        kept = np.asarray(sequences[i][cut : cut + longest], dtype=dtype)
        if not len(kept):
            continue
        if kept.shape[1:] != shape:
            raise DataError(
                "pad_sequences", "needs items of one shape in all sequences",
                f"{kept.shape[1:]} in sequence {i}, {shape} before", "bring them to one shape",
            )  # fmt: skip
        start = longest - len(kept) if padding == "pre" else 0
        row[start : start + len(kept)] = kept
    return rows


def _measured(sequences: Any) -> tuple[list[int], tuple[int, ...]]:
    """The length of each sequence, and the shape of an item of the first that has any."""
    if not hasattr(sequences, "__len__"):
        raise _no_sequences(type(sequences).__name__)
    for i, sequence in enumerate(sequences):
        if not hasattr(sequence, "__len__"):
            raise _no_sequences(f"{sequence!r:.60} in place {i}")
    first = next((sequence for sequence in sequences if len(sequence)), ())
    return [len(sequence) for sequence in sequences], np.asarray(first).shape[1:]


def _no_sequences(received: str) -> DataError:
    return DataError(
        "pad_sequences", "needs a list of sequences", received, "pass [[1, 2], [3]], for instance"
    )


def _check_value(value: Any, dtype: Any) -> None:
    kind = np.dtype(dtype).kind
    if isinstance(value, str) and kind not in "OUS":
        raise ArgumentError(
            "pad_sequences(value=...)", f"cannot fill {np.dtype(dtype)} with a text", repr(value),
            "pass dtype=object with it",
        )  # fmt: skip
