"""Sizes among a layer's arguments: numbers for each axis of space, pairs, paddings, axes."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from lamina.errors import ArgumentError, ShapeError

Pairs = tuple[tuple[int, int], ...]


def sizes_of(where: str, argument: str, value: Any, count: int, least: int = 1) -> tuple[int, ...]:
    """A whole number, or `count` of them, as a tuple of `count`.

    Raises: ArgumentError for another number of them, or one below `least`.
    """
    found = _whole(value, count)
    if found is None or len(found) != count or min(found) < least:
        raise ArgumentError(
            f"{where}({argument}=...)", f"needs a whole number from {least}, or {count} of them",
            f"{argument}={value!r}", f"pass {argument}={(least or 1,) * count}, for instance",
        )  # fmt: skip
    return found


def count_of(where: str, argument: str, value: Any) -> int:
    """A positive whole number.

    Raises: ArgumentError for anything else.
    """
    found = None if isinstance(value, bool) else _whole(value, 1)
    if found is None or len(found) != 1 or found[0] < 1 or hasattr(value, "__len__"):
        raise ArgumentError(
            f"{where}({argument}=...)", "needs a positive whole number", f"{argument}={value!r}",
            f"pass {argument}=8, for instance",
        )  # fmt: skip
    return found[0]


def _whole(value: Any, count: int) -> tuple[int, ...] | None:
    try:
        if hasattr(value, "__len__"):
            return tuple(operator.index(n) for n in value)
        return (operator.index(value),) * count
    except TypeError:
        return None


def pairs_of(where: str, argument: str, value: Any, rank: int) -> Pairs:
    """What comes before and after on each of `rank` axes: one number, one an axis, or pairs.

    Raises: ArgumentError for anything else, or negative numbers.
    """
    if rank == 1:
        value = (value,)
    elif not hasattr(value, "__len__"):
        value = (value,) * rank
    if len(value) != rank:
        raise ArgumentError(
            f"{where}({argument}=...)",
            f"needs a whole number, or a number or a pair for each of {rank} axes",
            f"{argument}={value!r}", f"pass {argument}={((1, 1),) * rank}, for instance",
        )  # fmt: skip
    found = (sizes_of(where, argument, entry, 2, least=0) for entry in value)
    return tuple((before, after) for before, after in found)


def padding_of(where: str, padding: Any, legal: Sequence[str] = ("valid", "same")) -> str:
    """The padding's name in lower case.

    Raises: ArgumentError if it is none of `legal`.
    """
    found = padding.lower() if isinstance(padding, str) else ""
    if found not in legal:
        raise ArgumentError(
            f"{where}(padding=...)", "does not know this padding", f"padding={padding!r}",
            f"use one of {', '.join(map(repr, legal))}",
        )  # fmt: skip
    return found


def refuse_strides_with_gaps(where: str, strides: Sequence[int], gaps: Sequence[int]) -> None:
    """Raises: ArgumentError, as Keras does, for both strides and a dilation_rate."""
    if max(strides) > 1 and max(gaps) > 1:
        raise ArgumentError(
            where, "takes strides or a dilation_rate, not both",
            f"strides={strides}, dilation_rate={gaps}", "leave one of them at 1",
        )  # fmt: skip


def space_of(data_format: str, rank: int) -> range:
    """The axes of space of inputs in this data format."""
    first = 1 if data_format == "channels_last" else 2
    return range(first, first + rank)


def checked_axes(layer: Any, axis: Any, shape: Sequence[Any]) -> list[int]:
    """An axis, or several, counted from 0.

    Raises: ShapeError if inputs of this shape lack one.
    """
    axes, rank = axis if isinstance(axis, list | tuple) else [axis], len(shape)
    if not all(-rank <= a < rank for a in axes):
        raise ShapeError(
            f"{type(layer).__name__} '{layer.name}'", f"needs inputs that have axis {axis}",
            f"inputs of shape {tuple(shape)}", f"choose from {-rank} to {rank - 1}",
        )  # fmt: skip
    return [a % rank for a in axes]
