"""Figures: what a probe counted, and the scorecard of all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """What a probe is asked for.

    Attributes:
        library: "lamina", or "keras" where the same script can ask it.
        full: all of it, not a sample.
        seed: where all chance comes from.
        folder: an empty folder to work in.
        part: of a sample, how much of it is wanted: 1 all, 0.1 a tenth (for the tests).
    """

    folder: Path
    library: str = "lamina"
    full: bool = False
    seed: int = 0
    part: float = 1.0

    def count(self, sample: int, full: int) -> int:
        """So many of a sample, or of all."""
        return full if self.full else max(1, int(sample * self.part))


@dataclass(frozen=True)
class Figure:
    """One line of the scorecard.

    Attributes:
        what: what was counted or measured.
        found: the number.
        of: out of how many; None for a measure.
        unit: of a measure.
        wrong: the cases that should be otherwise, with what happened.
        bound: what a measure may be at most.
    """

    what: str
    found: float
    of: int | None = None
    unit: str = ""
    wrong: tuple[str, ...] = field(default=())
    bound: float | None = None

    def number(self) -> str:
        """The number as it is printed."""
        found = f"{self.found:,}" if isinstance(self.found, int) else f"{self.found:,.2f}"
        if self.of is not None:
            return f"{found} of {self.of:,}"
        return f"{found} {self.unit}".strip()

    def is_right(self) -> bool:
        """Whether nothing is wrong."""
        return not self.wrong and (self.bound is None or self.found <= self.bound)


def counted(what: str, outcomes: Iterable[tuple[str, str | None]]) -> Figure:
    """How many cases were right: (name, what went wrong, or None)."""
    wrong, count = [], 0
    for name, trouble in outcomes:
        count += 1
        if trouble is not None:
            wrong.append(f"{name}: {trouble}")
    return Figure(what, count - len(wrong), count, wrong=tuple(wrong))


def scorecard(entries: Sequence[tuple[str, Sequence[Figure]]], shown: int = 5) -> str:
    """A table of all figures, and what was wrong under each."""
    width = max((len(f.what) for _, figures in entries for f in figures), default=0)
    lines = []
    for probe, figures in entries:
        lines.append(probe)
        for figure in figures:
            mark = " " if figure.is_right() else "!"
            lines.append(f"{mark} {figure.what:<{width}}  {figure.number()}")
            lines += [f"      {case}"[:240] for case in figure.wrong[:shown]]
            if len(figure.wrong) > shown:
                lines.append(f"      and {len(figure.wrong) - shown} more")
    return "\n".join(lines)
