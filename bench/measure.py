"""Interleaved rounds over peers: in each, every one is timed once; medians count."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench import native
from bench.process import Unanswered

# A run of `count` units, and the seconds it took.
Run = Callable[[int], float]


@dataclass
class Measured:
    """What was found for a peer.

    Attributes:
        seconds: of one unit (a training step, a call), one value a round.
        loss, out: what peers are compared by; start: seconds from the process's start until ready.
        note: what was chosen, where there was a choice; unavailable: why nothing was measured.
    """

    peer: str
    seconds: list[float] = field(default_factory=list)
    loss: float | None = None
    out: list[float] | None = None
    start: float | None = None
    note: str = ""
    unavailable: str | None = None

    @property
    def median(self) -> float | None:
        """The median of the rounds."""
        return statistics.median(self.seconds) if self.seconds else None


@dataclass(frozen=True)
class Effort:
    """How long to measure: rounds, and the seconds that one timed run should take."""

    rounds: int = 9
    seconds: float = 0.5


def calibrate(run: Run, seconds: float) -> int:
    """How many units a run needs to take about so long; runs them, which also warms up."""
    count = 1
    while (taken := run(count)) < seconds / 2:
        wanted = count * seconds / max(taken, 1e-9)
        count = min(math.ceil(wanted), 10 * count)
    return max(1, round(count * seconds / taken)) if taken < 2 * seconds else count


def interleave(
    runs: Mapping[str, Run], found: Mapping[str, Measured], effort: Effort
) -> float | None:
    """Times all in turns. A peer that stops answering is marked and left out.

    Returns: the median of the arithmetic peak, measured once a round; None without a compiler.
    """
    counts: dict[str, int] = {}
    for name, run in runs.items():
        run_or_mark(found[name], run, 1)  # compiles
        count = run_or_mark(found[name], calibrate, run, effort.seconds)
        if count is not None:
            counts[name] = count
    peaks = []
    for _ in range(effort.rounds):
        peaks.append(_peak())
        for name, count in counts.items():
            taken = run_or_mark(found[name], runs[name], count)
            if taken is not None:
                found[name].seconds.append(taken / count)
    known = [p for p in peaks if p is not None]
    return statistics.median(known) if known else None


def _peak() -> float | None:
    try:
        return native.peak()
    except native.Unavailable:
        return None


def run_or_mark(m: Measured, run: Callable[..., Any], *args: Any) -> Any:
    """The result; None, and a mark on the peer's row, if it does not answer or did not before."""
    if m.unavailable is not None:
        return None
    try:
        return run(*args)
    except Unanswered as reason:
        m.unavailable = str(reason)
        m.seconds.clear()
        return None


def disagreement(rows: Iterable[Measured], tolerance: float) -> str:
    """Says so if losses, or predictions, differ by more than a part of the largest."""
    rows = list(rows)
    losses = [[m.loss] for m in rows if m.loss is not None]
    outs = [m.out for m in rows if m.out is not None]
    for what, vectors in (("losses", losses), ("predictions", outs)):
        if (spread := _spread(vectors)) > tolerance:
            return f"the peers did not compute the same: their {what} differ by {spread:.1e}"
    return ""


def _spread(vectors: Sequence[Sequence[float]]) -> float:
    """The largest difference at one place, in parts of the largest value anywhere."""
    largest = max((abs(v) for vector in vectors for v in vector), default=0.0)
    if any(math.isnan(v) for vector in vectors for v in vector):
        return math.inf
    places = list(zip(*vectors, strict=True))
    return max((max(p) - min(p) for p in places), default=0.0) / (largest or 1.0)
