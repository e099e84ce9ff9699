"""split: training, validation and test sets of any arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.errors import ArgumentError
from lamina.graph.structure import flatten, map_structure

Pair = tuple[Any, Any]


def split(
    x: Any,
    y: Any = None,
    validation: float | int = 0.1,
    test: float | int = 0.1,
    seed: int | None = None,
    stratify: bool | Any = False,
) -> tuple[Pair, Pair, Pair]:
    """Shuffles the rows and deals them out: (x, y) for training, for validation, for testing.

    Args:
        x, y: arrays, or lists or dicts of arrays, with equal numbers of rows; y may be None.
        validation, test: shares of the rows below 1, or numbers of rows.
        seed: the same seed deals alike; None deals differently each time.
        stratify: True gives each part the classes of y in like proportions; an array of classes
            does the same for those.

    Raises: ArgumentError for parts that leave no training rows, or arrays that do not go together.
    """
    arrays = [np.asarray(a) for a in flatten([x, y]) if a is not None]
    counts = {len(a) for a in arrays}
    if len(counts) != 1:
        raise ArgumentError(
            "split", "needs as many rows in each array", f"{[len(a) for a in arrays]} rows",
            "pass arrays that belong together",
        )  # fmt: skip
    rows = counts.pop()
    sizes = [_size("validation", validation, rows), _size("test", test, rows)]
    if sum(sizes) >= rows:
        raise ArgumentError(
            "split", "needs to leave rows for training",
            f"{sizes[0]} for validation and {sizes[1]} for testing, of {rows}",
            "choose smaller parts",
        )  # fmt: skip
    random = np.random.default_rng(seed)
    order = _order(random, rows, _classes(y, stratify))
    held = order[: sizes[0]], order[sizes[0] : sum(sizes)], order[sum(sizes) :]
    validating, testing, training = ((_rows(x, part), _rows(y, part)) for part in held)
    return training, validating, testing


def _rows(structure: Any, part: np.ndarray) -> Any:
    return map_structure(lambda a: None if a is None else np.asarray(a)[part], structure)


def _size(name: str, given: float | int, rows: int) -> int:
    whole = isinstance(given, int | np.integer) and not isinstance(given, bool)
    if (whole and given >= 0) or (isinstance(given, float) and 0 <= given < 1):
        return int(given) if whole else round(given * rows)
    raise ArgumentError(
        f"split({name}=...)", "needs a share below 1 or a number of rows", repr(given),
        "pass 0.1 for a tenth, or 100 for a hundred rows",
    )  # fmt: skip


def _classes(y: Any, stratify: Any) -> np.ndarray | None:
    if stratify is False or stratify is None:
        return None
    labels = np.asarray(y if stratify is True else stratify)
    if labels.ndim > 1 and labels.shape[-1] > 1:
        labels = labels.argmax(-1)
    return labels.reshape(len(labels), -1)[:, 0]


def _order(random: np.random.Generator, rows: int, classes: np.ndarray | None) -> np.ndarray:
    """A random order; with classes, one whose every stretch holds them in like proportions."""
    order = random.permutation(rows)
    if classes is None:
        return order
    place = np.empty(rows)
    for label in np.unique(classes):
        members = order[classes[order] == label]
        # Evenly spread over [0, 1), so that any cut takes each class in proportion.
        place[members] = (np.arange(len(members)) + random.random()) / len(members)
    return np.argsort(place, kind="stable")
