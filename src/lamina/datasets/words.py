"""Texts as lists of word numbers: what IMDB and Reuters have in common.

Words are numbered by how frequent they are, from 1. As loaded, 0 is for padding, `start_char`
begins each text, `oov_char` stands for a word that is left out, and word i is i + index_from.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from lamina.errors import DataError

Texts = list[list[int]]


def numbered(texts: Iterable[Sequence[int]], start_char: int | None, index_from: int) -> Texts:
    """Each text with its start, its words moved up by `index_from` (None: not at all)."""
    head = [] if start_char is None else [start_char]
    shift = index_from or 0
    return [head + [word + shift for word in text] for text in texts]


def shorter(where: str, texts: Texts, labels: np.ndarray, maxlen: int | None) -> Any:
    """The texts of fewer than `maxlen` words, and their labels; all without `maxlen`.

    Raises: DataError if none is left.
    """
    if not maxlen:
        return texts, labels
    kept = [i for i, text in enumerate(texts) if len(text) < maxlen]
    if not kept:
        raise DataError(
            f"{where}.load_data(maxlen=...)", "leaves no text",
            f"maxlen={maxlen}; the shortest has {min(map(len, texts), default=0)} words",
            "pass a larger maxlen",
        )  # fmt: skip
    return [texts[i] for i in kept], labels[kept]


def limited(texts: Texts, num_words: int | None, skip_top: int, oov_char: int | None) -> Texts:
    """Words numbered from `skip_top` to below `num_words`; others become `oov_char` or go.

    Without `num_words` that is the largest number there is, which so goes itself, as in Keras.
    """
    most = num_words or max(max(text) for text in texts if text)
    if oov_char is None:
        return [[word for word in text if skip_top <= word < most] for text in texts]
    return [[word if skip_top <= word < most else oov_char for word in text] for text in texts]


def as_objects(texts: Texts) -> np.ndarray:
    """An array (n,) of lists."""
    array = np.empty(len(texts), object)
    array[:] = texts
    return array


def read_index(path: str) -> dict[str, int]:
    """Words and their numbers, of a JSON file.

    Raises: DataError for a damaged file.
    """
    try:
        with open(path, encoding="utf-8") as file:
            found: dict[str, int] = json.load(file)
            return found
    except ValueError as error:
        raise DataError(
            "get_word_index", f"cannot read {path}", f"{type(error).__name__}: {error}",
            "delete it, so that it is downloaded again",
        )  from None  # fmt: skip
