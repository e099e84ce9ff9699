"""Texts to tokens: made plain, split, joined to n-grams. As TensorFlow's ops do it, by bytes: only
ASCII letters, spaces and punctuation count as such.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.graph.strings import StringTensor, texts

_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_BARE = str.maketrans("", "", string.punctuation)
_SPACE = re.compile(r"[ \t\n\v\f\r]+")

STANDARDS = ("lower_and_strip_punctuation", "lower", "strip_punctuation")
SPLITS = ("whitespace", "character")


def standardized(inputs: np.ndarray, how: str | Callable[..., Any] | None) -> np.ndarray:
    """Texts in lower case, without punctuation, or as a function makes them of an array of str."""
    if how is None:
        return inputs
    if callable(how):
        return texts(how(np.asarray(inputs, str)))

    def plain(text: str) -> str:
        if "lower" in how:
            text = text.translate(_LOWER)
        return text.translate(_BARE) if "strip" in how else text

    found = np.empty(inputs.shape, object)
    for place, text in np.ndenumerate(inputs):
        found[place] = plain(text)
    return found


def split(inputs: np.ndarray, how: str | Callable[..., Any]) -> list[list[str]]:
    """The tokens of each of the texts (B,), in rows of any lengths."""
    if how == "whitespace":
        return [[token for token in _SPACE.split(text) if token] for text in inputs]
    if how == "character":
        return [[*text] for text in inputs]
    assert callable(how)
    return rows_of(how(np.asarray(inputs, str)))


def rows_of(value: Any) -> list[list[str]]:
    """What a user's function made of texts: an array (B, T), or rows of any lengths."""
    if hasattr(value, "to_list"):
        value = value.to_list()
    if isinstance(value, np.ndarray | StringTensor):
        value = list(value) if value.ndim > 1 or value.dtype == object else value
    return [texts(list(row)).tolist() for row in value]


def ngrams(rows: list[list[str]], widths: Sequence[int]) -> list[list[str]]:
    """All runs of so many tokens, joined by blanks, one width after another."""
    return [
        [" ".join(row[i : i + n]) for n in widths for i in range(len(row) - n + 1)] for row in rows
    ]
