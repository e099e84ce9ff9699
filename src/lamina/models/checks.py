"""Checks of what `fit` and its like are given, before anything is touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lamina.data.maps import pieces
from lamina.errors import (
    ArgumentError,
    ArgumentTypeError,
    DataError,
    ShapeError,
)

# Hints of Keras 1 and 2 that cannot change a result.
HINTS = frozenset({"workers", "use_multiprocessing", "max_queue_size"})


def reject_ignored(where: str, given: Mapping[str, Any]) -> None:
    """Raises: ArgumentTypeError for an unknown argument; hints that change no result pass."""
    unknown = sorted(set(given) - HINTS)
    if unknown:
        raise ArgumentTypeError(
            where, "does not know this argument", ", ".join(unknown), "see its docstring"
        )


def check_count(where: str, name: str, value: Any, least: int = 1) -> int | None:
    """A number of Python's, or None.

    Raises: ArgumentError for what is neither None nor a whole number from `least` up.
    """
    return None if value is None else check_whole(where, name, value, least)


def check_whole(where: str, name: str, value: Any, least: int = 1) -> int:
    """A number of Python's. Raises: ArgumentError for what is no whole number from `least` up."""
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or value < least:
        raise ArgumentError(
            f"{where}({name}=...)", f"needs a whole number from {least} up", repr(value),
            f"pass {name}=32, for instance",
        )  # fmt: skip
    return int(value)


def check_verbose(where: str, value: Any) -> None:
    """Raises: ArgumentError for anything but 0, 1, 2 and "auto"."""
    if value not in (0, 1, 2, "auto"):
        raise ArgumentError(
            f"{where}(verbose=...)", "is 0, 1, 2 or 'auto'", repr(value),
            "pass 2 for one line an epoch",
        )  # fmt: skip


def check_shuffle(value: Any) -> None:
    """Raises: ArgumentError for anything but a truth value; "batch" is one of Keras 2."""
    if not isinstance(value, bool | np.bool_ | int) and value != "batch":
        raise ArgumentError(
            "fit(shuffle=...)", "is True or False", repr(value), "pass shuffle=True"
        )


def check_frequency(value: Any) -> None:
    """Raises: ArgumentError where `validation_freq` says neither how often nor after which."""
    several = isinstance(value, list | tuple | set | frozenset)
    entries = list(value) if several else [value]
    if not all(isinstance(n, int) and not isinstance(n, bool) and n >= 1 for n in entries):
        raise ArgumentError(
            "fit(validation_freq=...)", "needs a whole number from 1 up or a list of epochs",
            repr(value), "pass 2 for every second epoch, [1, 5] for the first and the fifth",
        )  # fmt: skip


def check_there_are_targets(losses: Sequence[Any], targets: Sequence[Any]) -> None:
    """Raises: DataError for a loss that has nothing to compare the outputs with."""
    for loss, target in zip(losses, targets, strict=True):
        if loss is not None and target is None:
            raise no_targets()


def no_targets() -> DataError:
    """The error of a loss that has nothing to compare the outputs with."""
    return DataError(
        "fit", "needs targets for a loss", "y=None", "pass y, or leave that output's loss out"
    )


def needs_check(losses: Sequence[Any]) -> bool:
    """Whether `check_targets` looks at the values of any target."""
    return any(loss is not None and (_is_sparse(loss) or _is_binary(loss)) for loss in losses)


def check_targets(losses: Sequence[Any], targets: Sequence[Any], outputs: Sequence[Any]) -> None:
    """Targets against what each loss can learn from.

    Raises: DataError for labels outside the classes of a sparse loss, or that are no whole numbers,
        and for binary targets outside 0 to 1; ShapeError for one-hot targets in the place of
        labels.
    """
    for loss, target, output in zip(losses, targets, outputs, strict=True):
        if loss is None or target is None:
            continue
        array = np.asarray(target)
        if _is_sparse(loss):
            _check_labels(loss, array, output)
        elif _is_binary(loss):
            _check_probabilities(loss, array)


def check_target_shapes(
    losses: Sequence[Any], targets: Sequence[Any], outputs: Sequence[Any]
) -> None:
    """Raises: ShapeError for targets that would be repeated to the shape of the outputs."""
    for loss, target, output in zip(losses, targets, outputs, strict=True):
        if target is not None and _is_pairwise(loss) and not _is_sparse(loss):
            _check_shape(loss, target, output)


def _function(loss: Any) -> Any:
    """The function of a loss of ours; None for the user's own."""
    function = getattr(loss, "fn", None)
    module = str(getattr(function, "__module__", ""))
    return function if module.startswith("lamina.losses.") else None


def _is_sparse(loss: Any) -> bool:
    return "sparse" in getattr(_function(loss), "__name__", "")


def _is_binary(loss: Any) -> bool:
    return getattr(_function(loss), "__name__", "").startswith("binary_")


def _is_pairwise(loss: Any) -> bool:
    """Whether each target is compared with the output in its place."""
    module = str(getattr(_function(loss), "__module__", ""))
    return module.rpartition(".")[2] in ("crossentropy", "regression", "hinge", "distribution")


def _check_shape(loss: Any, target: Any, output: Any) -> None:
    given, wanted = list(target.shape[1:]), list(output.shape[1:])
    if len(given) == len(wanted) + 1 and given[-1] == 1:
        given = given[:-1]
    elif len(wanted) == len(given) + 1 and wanted[-1] == 1:
        wanted = wanted[:-1]
    alike = len(given) == len(wanted) and all(
        n is None or m == n for m, n in zip(given, wanted, strict=True)
    )
    if not alike:
        raise ShapeError(
            "y", f"needs the shape of the outputs, {(None, *output.shape[1:])}, for the loss "
            f"{loss.name}", f"y of shape {(None, *target.shape[1:])}",
            "reshape y, or give the last layer as many units as y has columns",
        )  # fmt: skip


def _check_probabilities(loss: Any, target: np.ndarray) -> None:
    if target.dtype.kind == "b" or not target.size:
        return
    low, high = extremes(target)
    if low < 0 or high > 1:
        raise DataError(
            "y", f"needs targets from 0 to 1 for the loss {loss.name}",
            f"numbers from {low} to {high}",
            "code the two classes as 0 and 1; for more classes use a categorical loss",
        )  # fmt: skip


def extremes(numbers: np.ndarray, ignored: Any = None) -> tuple[Any, Any]:
    """The smallest and the largest number that counts; (0, 0) if none does."""
    ends = []
    for _, part in pieces(numbers):
        counted = part if ignored is None else part[part != ignored]
        if counted.size:
            ends += [counted.min(), counted.max()]
    return (min(ends), max(ends)) if ends else (0, 0)


def _are_whole(numbers: np.ndarray) -> bool:
    return all(bool((part == np.floor(part)).all()) for _, part in pieces(numbers))


def _check_labels(loss: Any, labels: np.ndarray, output: Any) -> None:
    axis = getattr(loss, "axis", -1)
    classes = output.shape[axis]
    if labels.ndim > 1 and labels.shape[-1] != 1 and labels.ndim == len(output.shape):
        raise ShapeError(
            "y", f"needs one whole number a row for the loss {loss.name}",
            f"y of shape {labels.shape} for outputs of shape {output.shape}",
            "pass class numbers, or use categorical_crossentropy for one-hot targets",
        )  # fmt: skip
    if labels.dtype.kind == "f" and not _are_whole(labels):
        raise DataError(
            "y", f"needs whole numbers as labels for the loss {loss.name}",
            "fractions among them", "round them, or use a loss for numbers, 'mse' for instance",
        )  # fmt: skip
    if classes is None:
        return
    low, high = extremes(labels, getattr(loss, "ignore_class", None))
    if low < 0 or high >= classes:
        raise DataError(
            "y", f"needs labels from 0 to {classes - 1}, one for each of the {classes} outputs",
            f"labels from {low} to {high}",
            "renumber the classes, or give the last layer more units",
        )  # fmt: skip
