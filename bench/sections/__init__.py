"""What `python -m bench` measures, a file each.

A section has `add_arguments(parser)`, `run(options)`, which measures and yields entries with the
text to print, and `tables(entries)`, what the README shows of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bench.machine import cores, record
from bench.measure import Effort
from bench.report import Entry


@dataclass(frozen=True)
class Found:
    """One entry: its key, figures, the text to print, and what was wrong, if anything was."""

    key: str
    entry: Entry
    text: str
    wrong: str = ""


Results = Iterator[Found]


def core_sets(options: Any) -> list[list[int]]:
    """The sets of cores to measure on: the pinned one, all, or both; equal sets once."""
    every = cores()
    one = [options.core if options.core is not None else every[0]]
    wanted = {"one": [one], "all": [every], "both": [one, every]}[options.cores]
    return wanted[:1] if wanted[0] == wanted[-1] else wanted


def effort(options: Any, seconds: float) -> Effort:
    """Rounds, and seconds of a run where none were given."""
    return Effort(options.rounds, options.seconds or seconds)


def chosen(options: Any, peers: Sequence[str]) -> list[str]:
    """The section's peers, less those that were not asked for."""
    only = options.only.split(",") if options.only else peers
    return [peer for peer in peers if peer in only]


def base(used: Sequence[int], options: Any) -> Entry:
    """What every entry says of its run."""
    return {"machine": record(used), "rounds": options.rounds}
