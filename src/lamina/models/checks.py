"""Checks of what `fit` and its like are given, before anything is touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lamina.data.maps import pieces
from lamina.errors import ArgumentError, ArgumentTypeError, DataError, ShapeError

# Hints of Keras 1 and 2 that cannot change a result.
HINTS = frozenset({"workers", "use_multiprocessing", "max_queue_size"})


def reject_ignored(where: str, given: Mapping[str, Any]) -> None:
    """Raises: ArgumentTypeError for an unknown argument; hints that change no result pass."""
    unknown = sorted(set(given) - HINTS)
    if unknown:
        raise ArgumentTypeError(
            where, "does not know this argument", ", ".join(unknown), "see its docstring"
        )


def check_count(where: str, name: str, value: Any) -> None:
    """Raises: ArgumentError for anything but a positive whole number (epochs: or zero) or None."""
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if value is not None and (not whole or value < (0 if name == "epochs" else 1)):
        raise ArgumentError(
            f"{where}({name}=...)", "needs a positive whole number", repr(value),
            f"pass {name}=32, for instance",
        )  # fmt: skip


def needs_check(losses: Sequence[Any]) -> bool:
    """Whether `check_targets` looks at the values of any target."""
    return any(loss is not None and "sparse" in _word(loss) for loss in losses)


def check_targets(losses: Sequence[Any], targets: Sequence[Any], outputs: Sequence[Any]) -> None:
    """Targets against what each loss can learn from.

    Raises: DataError for labels outside the classes of a sparse loss; ShapeError for targets that
        would silently broadcast against the outputs.
    """
    for loss, target, output in zip(losses, targets, outputs, strict=True):
        if loss is None or target is None:
            continue
        if "sparse" in _word(loss):
            _check_labels(loss, np.asarray(target), output)


def _word(loss: Any) -> str:
    name = getattr(getattr(loss, "fn", None), "__name__", "") or type(loss).__name__
    return f"{name} {type(loss).__name__}".lower()


def _extremes(labels: np.ndarray, ignored: Any) -> tuple[Any, Any]:
    """The smallest and the largest label that counts; (0, 0) if none does."""
    ends = []
    for _, part in pieces(labels):
        counted = part if ignored is None else part[part != ignored]
        if counted.size:
            ends += [counted.min(), counted.max()]
    return (min(ends), max(ends)) if ends else (0, 0)


def _check_labels(loss: Any, labels: np.ndarray, output: Any) -> None:
    axis = getattr(loss, "axis", -1)
    classes = output.shape[axis]
    if labels.ndim > 1 and labels.shape[-1] != 1 and labels.ndim == len(output.shape):
        raise ShapeError(
            "y", f"needs one whole number a row for {type(loss).__name__}",
            f"y of shape {labels.shape} for outputs of shape {output.shape}",
            "pass class numbers, or use categorical_crossentropy for one-hot targets",
        )  # fmt: skip
    if classes is None:
        return
    low, high = _extremes(labels, getattr(loss, "ignore_class", None))
    if low < 0 or high >= classes:
        raise DataError(
            "y", f"needs labels from 0 to {classes - 1}, one for each of the {classes} outputs",
            f"labels from {low} to {high}",
            "renumber the classes, or give the last layer more units",
        )  # fmt: skip
