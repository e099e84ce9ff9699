"""Programs: a traced training, evaluation or prediction, with its loops, as an engine is given it.

A program has slots (its state) and phases. A phase says what one step on one batch does; the loops
over steps and epochs, the order of the rows, the gather and the table of epoch sums are the
engine's, and the same in each (`engines/base.py` says what they mean).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lamina.graph.node import Graph

TRAIN, VALIDATE, PREDICT = "train", "validate", "predict"


@dataclass(frozen=True, eq=False)
class Slot:
    """One piece of state: a weight, a moment, a counter, an epoch sum.

    An epoch sum has a `reset` value: when an epoch of a phase closes, its value goes to the table
    and it returns to `reset`.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    reset: np.ndarray | None = None


@dataclass(frozen=True)
class Leaf:
    """One array of the data: the shape of one of its rows, and the dtype that the graph reads.

    The array itself may have any dtype of lamina's; the gather converts.
    """

    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class Result:
    """One per-row output: `each` entries of this shape and dtype for each row of the batch."""

    shape: tuple[int, ...]
    dtype: str
    each: int = 1


@dataclass(frozen=True, eq=False)
class Step:
    """What happens to one batch of `rows` rows.

    The graph's inputs are the values of the slots `reads`, then the batches of all leaves of the
    phase, then, if `partial`, an int32 scalar: how many rows are there (the others repeat one of
    them). Its outputs are the new values of the slots `writes`, then the phase's results,
    (rows * each, ...).
    """

    rows: int
    graph: Graph
    reads: tuple[int, ...]
    writes: tuple[int, ...]
    partial: bool = False


@dataclass(frozen=True, eq=False)
class Phase:
    """A kind of pass over data. `rest` handles a last batch that `step` cannot (one of other
    size).
    """

    name: str
    leaves: tuple[Leaf, ...]
    step: Step
    rest: Step | None = None
    results: tuple[Result, ...] = ()


@dataclass(frozen=True, eq=False)
class Program:
    """Slots and phases. The table of epoch sums has one entry for each slot with a `reset`.

    Attributes:
        digest: what `graph.digest` makes of it, where that is known.
    """

    slots: tuple[Slot, ...]
    phases: Mapping[str, Phase]
    sums: tuple[int, ...] = field(default=())
    digest: bytes | None = None

    @staticmethod
    def of(slots: tuple[Slot, ...], phases: Mapping[str, Phase]) -> Program:
        """A program whose sums are the slots that have a reset value."""
        sums = tuple(i for i, slot in enumerate(slots) if slot.reset is not None)
        return Program(slots, dict(phases), sums)
