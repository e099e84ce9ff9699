"""Texts cut into words, and words turned into numbers by hashing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

from lamina.errors import ArgumentError

FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'

Analyzer = Callable[[str], Iterable[Any]]


def text_to_word_sequence(
    input_text: str, filters: str = FILTERS, lower: bool = True, split: str = " "
) -> list[str]:
    """The words of a text: what stands between `split`, for which `filters` count too."""
    if lower:
        input_text = input_text.lower()
    cut = input_text.translate({ord(mark): split for mark in filters})
    return [word for word in cut.split(split) if word]


def one_hot(
    input_text: str,
    n: int,
    filters: str = FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Analyzer | None = None,
) -> list[int]:
    """Words as numbers from 1 to n - 1, by Python's `hash`, which differs between processes."""
    return hashing_trick(input_text, n, None, filters, lower, split, analyzer)


def hashing_trick(
    text: str,
    n: int,
    hash_function: Any = None,
    filters: str = FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Analyzer | None = None,
) -> list[int]:
    """Words as numbers from 1 to n - 1; two words may get the same.

    Args:
        hash_function: from a word to a whole number; "md5" is the same everywhere, None is
            Python's `hash`, which differs between processes.
        analyzer: cuts the text instead of `text_to_word_sequence`.

    Raises: ArgumentError for another hash function, or n below 2.
    """
    if n < 2:
        raise ArgumentError(
            "hashing_trick(n=...)", "needs room for one word besides 0", repr(n), "pass 2 or more"
        )
    function = {None: hash, "md5": _md5}.get(hash_function, hash_function)
    if not callable(function):
        raise ArgumentError(
            "hashing_trick(hash_function=...)", "needs a function, 'md5' or None",
            repr(hash_function), "pass hash_function='md5'",
        )  # fmt: skip
    cut = analyzer or (lambda t: text_to_word_sequence(t, filters, lower, split))
    return [int(function(word)) % (n - 1) + 1 for word in cut(text)]


def _md5(word: str) -> int:
    return int(hashlib.md5(word.encode(), usedforsecurity=False).hexdigest(), 16)
