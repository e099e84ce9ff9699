"""Vocabulary: tokens and their places, known, counted from data, or read from a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lamina.errors import ArgumentError, UnsupportedError
from lamina.graph import budget

Token = str | int


class Vocabulary:
    """The tokens in the order of their indices, without mask and unknown ones."""

    def __init__(self, tokens: Sequence[Token] = ()) -> None:
        self.tokens = list(tokens)
        self.place = {token: i for i, token in enumerate(self.tokens)}

    def __len__(self) -> int:
        return len(self.tokens)

    def places(self, given: np.ndarray, start: int, missing: int) -> np.ndarray:
        """`start` plus the place of each token of an array; `missing` for those not there."""
        flat = [self.place.get(token, missing - start) + start for token in given.ravel().tolist()]
        return np.asarray(flat, "int64").reshape(given.shape)

    def named(self, ids: np.ndarray, start: int, missing: Any, dtype: Any) -> np.ndarray:
        """The token of each index of an array; `missing` for those that have none."""
        count = len(self.tokens)
        flat = [
            self.tokens[i - start] if 0 <= i - start < count else missing
            for i in ids.ravel().tolist()
        ]
        found = np.empty(len(flat), dtype)
        found[:] = flat
        return found.reshape(ids.shape)


class TokenCounts:
    """How often tokens occur, in how many documents, of how many."""

    def __init__(self) -> None:
        self.tokens: Counter[Any] = Counter()
        self.documents: Counter[Any] = Counter()
        self.rows = 0

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Counts the tokens of some documents."""
        for row in rows:
            self.tokens.update(row)
            self.documents.update(set(row))
            self.rows += 1

    def most_frequent(self, leave_out: Sequence[Any], limit: int | None) -> list[Any]:
        """The tokens by their numbers; those that are equally frequent from the last one down."""
        left = {token: n for token, n in self.tokens.items() if token not in leave_out}

        def rank(token: Any) -> Any:
            return left[token], token.encode("utf-8") if isinstance(token, str) else token

        return sorted(left, key=rank, reverse=True)[:limit]

    def weights(self, tokens: Sequence[Any]) -> np.ndarray:
        """log(1 + documents / (1 + documents with the token)) of each (inverse frequencies)."""
        found = np.asarray([self.documents[token] for token in tokens], "float64")
        return np.log(1 + self.rows / (1 + found))


def read_tokens(where: str, path: Any, integers: bool) -> list[Token]:
    """The tokens of a file, one a line.

    Raises: ArgumentError if there is no such file; UnsupportedError where a model's file names it.
    """
    if budget.reads_a_file():
        raise UnsupportedError(
            where, "does not open a file that a model's file names", repr(str(path)),
            "save the model with its vocabulary in it, as `save` does",
        )  # fmt: skip
    if not Path(path).is_file():
        raise ArgumentError(
            where, "found no such vocabulary file", repr(str(path)), "check the path"
        )
    lines = Path(path).read_text("utf-8").split("\n")
    while lines and not lines[-1]:
        lines.pop()
    return [int(line) for line in lines] if integers else [*lines]


def check_tokens(where: str, tokens: Sequence[Any], reserved: Sequence[Any], first: Any) -> None:
    """Raises: ArgumentError for tokens that stand twice, or are reserved ones."""
    twice = [token for token, n in Counter(tokens).items() if n > 1]
    if twice:
        raise ArgumentError(
            where, "needs each token once", f"repeated: {twice[:10]!r}", "make the list unique"
        )
    inside = [token for token in reserved if token is not None and token in tokens]
    if inside:
        raise ArgumentError(
            where, "has a reserved token at an unexpected place", repr(inside[0]),
            f"leave the mask and unknown tokens out, or begin the list with {first!r}",
        )  # fmt: skip
