"""Pairs of a word and a neighbour, for word vectors (Mikolov et al. 2013, arXiv:1301.3781)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np

# Euler's constant, to the digits that Keras has.
GAMMA = 0.577


def make_sampling_table(size: int, sampling_factor: float = 1e-5) -> np.ndarray:
    """How probably `skipgrams` keeps the word of each rank: min(1, sqrt(f / s) / (f / s)), (size,).

    f is the frequency of rank r by Zipf's law, 1 / (r (log r + γ) + 1/2 - 1/(12 r)), s the
    `sampling_factor`.
    """
    rank = np.maximum(np.arange(size), 1)
    inverse = rank * (np.log(rank) + GAMMA) + 0.5 - 1.0 / (12.0 * rank)
    return np.minimum(1.0, np.sqrt(sampling_factor * inverse))


def skipgrams(
    sequence: Sequence[int],
    vocabulary_size: int,
    window_size: int = 4,
    negative_samples: float = 1.0,
    shuffle: bool = True,
    categorical: bool = False,
    sampling_table: Any = None,
    seed: int | None = None,
) -> tuple[list[list[int]], list[Any]]:
    """([word, other], ...) and their labels: 1 for a neighbour in the text, 0 for any word.

    Draws from Python's `random`, as Keras does.

    Args:
        sequence: word numbers; 0 is no word.
        vocabulary_size: the largest word number plus one.
        window_size: how far a neighbour may be.
        negative_samples: how many pairs with label 0 for each with label 1.
        categorical: labels [0, 1] and [1, 0] rather than 1 and 0.
        sampling_table: the probability that a word of each rank is kept.
        seed: of the order; without it the order is drawn too.
    """
    couples = []
    for i, word in enumerate(sequence):
        if not word or (sampling_table is not None and sampling_table[word] < random.random()):
            continue
        window = range(max(0, i - window_size), min(len(sequence), i + window_size + 1))
        couples += [[word, sequence[j]] for j in window if j != i and sequence[j]]
    yes, no = ([0, 1], [1, 0]) if categorical else (1, 0)
    labels: list[Any] = [yes for _ in couples]
    if negative_samples > 0 and couples:
        count = int(len(couples) * negative_samples)
        words = [couple[0] for couple in couples]
        random.shuffle(words)
        couples += [
            [words[i % len(words)], random.randint(1, vocabulary_size - 1)] for i in range(count)
        ]
        labels += [no] * count
    if shuffle:
        start = random.randint(0, 10_000_000) if seed is None else seed
        for items in (couples, labels):
            random.seed(start)
            random.shuffle(items)
    return couples, labels
