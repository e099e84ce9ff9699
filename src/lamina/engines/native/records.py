"""Records: what Python and the native driver tell each other, as arrays of 64-bit words.

The driver is the same machine code for every program; sizes, addresses and functions come to it in
these records. Each class of names below gives the words of one record in order; the driver's
emitter (`driver`) reads them by the same names.
"""

from __future__ import annotations

from enum import IntEnum, auto
from typing import TypeVar

import numpy as np

WORD = 8


class Words(IntEnum):
    """The words of one record, numbered from 0 in the order in which they are listed."""

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: list[int]) -> int:
        return count


class Run(Words):
    """A slice of a call. The first words are the cursor and are written back."""

    EPOCH = auto()
    VALIDATING = auto()
    STEP = auto()
    PASS = auto()
    BATCH = auto()
    # Batches that may still run, and the epoch before which the run ends.
    LEFT = auto()
    UNTIL = auto()
    # Batches of an epoch, of a validation; one byte an epoch, whether it is validated, and for how
    # many epochs there is one (none is validated after those).
    STEPS = auto()
    VALIDATION_STEPS = auto()
    VALIDATE = auto()
    VALIDATES = auto()
    # The order of the main feed: int64 rows, room for its random words, and the pass that it holds
    # (-1: none). ORDER is 0 where rows are taken as they stand.
    ORDER = auto()
    BITS = auto()
    ORDER_PASS = auto()
    SEED_LOW = auto()
    SEED_HIGH = auto()
    # The feeds, and room for the rows of one batch (int64).
    MAIN = auto()
    VALIDATION = auto()
    PLACES = auto()
    # Epoch sums: whether the main phase closes, how many there are, their records.
    CLOSE = auto()
    SUMS = auto()
    SUM = auto()


class Feed(Words):
    """One phase with its data: how many rows, and the step for full and for last batches."""

    ROWS = auto()
    BATCHES = auto()
    STEP = auto()
    # The step of the last batch, 0 where the ordinary step takes a partial batch.
    REST = auto()


class Step(Words):
    """One compiled step: its function of arena and team, its leaves and results."""

    FUNCTION = auto()
    ARENA = auto()
    # The team that runs it; 0: the calling thread alone.
    TEAM = auto()
    ROWS = auto()
    # Address of the int32 "how many rows are there", 0 where the step does not ask.
    VALID = auto()
    LEAVES = auto()
    LEAF = auto()
    RESULTS = auto()
    RESULT = auto()


class Leaf(Words):
    """One gather: function(target, source, rows)."""

    FUNCTION = auto()
    TARGET = auto()
    SOURCE = auto()


class Result(Words):
    """One per-row output: where the step leaves it, where it goes, bytes a row."""

    VALUE = auto()
    OUTPUT = auto()
    BYTES = auto()


class Sum(Words):
    """One epoch sum: its slot, its reset value, its table (epochs, 2) and the bytes of an entry."""

    VALUE = auto()
    RESET = auto()
    TABLE = auto()
    BYTES = auto()


Kept = TypeVar("Kept")


class Record:
    """One or several records of a kind, and what their addresses point to, kept alive."""

    def __init__(self, kind: type[Words], count: int = 1) -> None:
        # One record more than asked for, so that the address of none is legal too.
        self.words = np.zeros((count + 1, len(kind)), "int64")
        self._kept: list[object] = []

    @property
    def address(self) -> int:
        """Where the first word lies."""
        found: int = self.words.__array_interface__["data"][0]
        return found

    def put(self, word: Words, value: int, index: int = 0) -> None:
        """Stores a number."""
        self.words[index, word] = value

    def get(self, word: Words) -> int:
        """A number of the first record."""
        return int(self.words[0, word])

    def keep(self, target: Kept) -> Kept:
        """Keeps an object alive for as long as the record is."""
        self._kept.append(target)
        return target

    def refer(self, word: Words, target: np.ndarray | Record, index: int = 0) -> None:
        """Stores the address of an array or record, and keeps that alive."""
        self._kept.append(target)
        address = (
            target.address if isinstance(target, Record) else target.__array_interface__["data"][0]
        )
        self.words[index, word] = address
