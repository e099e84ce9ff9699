"""Reuters: 11,228 newswires on 46 topics. Downloaded by Keras' rules."""

from __future__ import annotations

import numpy as np

from lamina.datasets.origins import obtain
from lamina.datasets.readers import read_arrays
from lamina.datasets.splitting import Pair
from lamina.datasets.words import as_objects, limited, numbered, read_index, shorter

TOPICS = (
    "cocoa", "grain", "veg-oil", "earn", "acq", "wheat", "copper", "housing", "money-supply",
    "coffee", "sugar", "trade", "reserves", "ship", "cotton", "carcass", "crude", "nat-gas", "cpi",
    "money-fx", "interest", "gnp", "meal-feed", "alum", "oilseed", "gold", "tin",
    "strategic-metal", "livestock", "retail", "ipi", "iron-steel", "rubber", "heat", "jobs", "lei",
    "bop", "zinc", "orange", "pet-chem", "dlr", "gas", "silver", "wpi", "hog", "lead",
)  # fmt: skip


def load_data(
    path: str = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
) -> tuple[Pair, Pair]:
    """(x, y) for training and testing: x (n,) lists of word numbers, y (n,) topics, 0 to 45.

    Args:
        test_split: the share of the newswires for testing.
        others: as in `imdb.load_data`.

    Raises: DataError if `maxlen` leaves nothing; see `get_file`.
    """
    found = read_arrays(obtain("reuters.npz", path))
    order = np.arange(len(found["x"]))
    np.random.RandomState(seed).shuffle(order)
    encoded = numbered(found["x"][order], start_char, index_from)
    texts, labels = shorter("reuters", encoded, found["y"][order], maxlen)
    texts = limited(texts, num_words, skip_top, oov_char)
    split = int(len(texts) * (1 - test_split))
    return (as_objects(texts[:split]), labels[:split]), (as_objects(texts[split:]), labels[split:])


def get_word_index(path: str = "reuters_word_index.json") -> dict[str, int]:
    """The number of each word, before `index_from` is added."""
    return read_index(obtain("reuters_word_index.json", path))


def get_label_names() -> tuple[str, ...]:
    """The names of the topics, in the order of their numbers."""
    return TOPICS
