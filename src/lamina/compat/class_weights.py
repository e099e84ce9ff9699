"""`class_weight` as Keras 1 and 2 took it: for each output, and beside `sample_weight`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lamina.data.arrays import Data
from lamina.data.maps import pieces
from lamina.data.weights import class_of
from lamina.errors import ArgumentError
from lamina.graph.structure import flatten, is_mapping, pack

Weigh = Callable[[Any, str, Data, Any], Data]


def as_older(weigh: Weigh) -> Weigh:
    """A model's way to weigh rows by their classes, that takes all forms of Keras 1 and 2.

    These are: a dict from class to weight; an array of weights in the order of the classes;
    "balanced" or "auto" for weights that give each class the same share; and for models of several
    outputs a list of these, or a dict by the outputs' names.

    Raises: ArgumentError for anything else.
    """

    @functools.wraps(weigh)
    def weighed(self: Any, where: str, data: Data, class_weight: Any) -> Data:
        if class_weight is None or (hasattr(class_weight, "__len__") and not len(class_weight)):
            return data
        labels = flatten(data.y)
        each = _per_output(where, class_weight, _names(self, data.y, len(labels)))
        given = [None] * len(labels)
        if data.sample_weight is not None:
            given = flatten(data.sample_weight)
        results: list[Any] = []
        for y, weights, before in zip(labels, each, given, strict=True):
            if weights is None:
                results.append(before)
                continue
            alone = Data(None, y, None, data.rows)
            after = weigh(self, where, alone, _by_class(weights, y)).sample_weight
            results.append(after if before is None else _product(before, after))
        single = len(labels) == 1 and not isinstance(data.y, list | tuple | dict)
        both = results[0] if single else pack(data.y, results)
        return Data(data.x, data.y, both, data.rows, data.columns)

    return weighed


def _names(model: Any, y: Any, count: int) -> list[str]:
    if is_mapping(y):
        return sorted(y)
    names = list(getattr(model, "output_names", None) or ())
    return names if len(names) == count else [str(i) for i in range(count)]


def _per_output(where: str, given: Any, names: list[str]) -> list[Any]:
    """What is given for each output, None for those that nothing is given for."""
    if isinstance(given, Mapping) and all(key in names for key in given):
        return [given.get(name) for name in names]
    if len(names) == 1:
        alone = isinstance(given, list | tuple) and len(given) == 1
        return [given[0] if alone and isinstance(given[0], Mapping) else given]
    if isinstance(given, list | tuple) and len(given) == len(names):
        return list(given)
    raise ArgumentError(
        f"{where}(class_weight=...)", f"needs weights for each of the outputs {names}",
        repr(given)[:80], "pass a list with one dict an output, or a dict by the outputs' names",
    )  # fmt: skip


def _by_class(given: Any, y: Any) -> Any:
    """A dict from class to weight."""
    if isinstance(given, str) and given in ("auto", "balanced"):
        classes = np.concatenate([class_of(part).ravel() for _, part in pieces(y)])
        found, counts = np.unique(classes, return_counts=True)
        shares = len(classes) / (len(found) * counts)
        return dict(zip(found.tolist(), shares.tolist(), strict=True))
    if isinstance(given, list | tuple | np.ndarray) and np.ndim(given) == 1:
        return dict(enumerate(np.asarray(given).tolist()))
    return given


def _product(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Weights of rows, or of their steps, times such."""
    axes = max(before.ndim, after.ndim)
    wide = [w.reshape(*w.shape, *[1] * (axes - w.ndim)) for w in (np.asarray(before), after)]
    return np.asarray(wide[0] * wide[1])
