"""IMDB: 50,000 film reviews, for or against. Downloaded by Keras' rules."""

from __future__ import annotations

import numpy as np

from lamina.datasets.origins import obtain
from lamina.datasets.readers import read_arrays
from lamina.datasets.splitting import Pair
from lamina.datasets.words import as_objects, limited, numbered, read_index, shorter


def load_data(
    path: str = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
) -> tuple[Pair, Pair]:
    """(x, y) of 25,000 training and as many test reviews: x (n,) lists of word numbers, y 0 or 1.

    Args:
        path: the file's name in Keras' cache folder.
        num_words: words from this number on become `oov_char`; None keeps all.
        skip_top: so do the most frequent below this one.
        maxlen: keeps only reviews shorter than this, the start counted.
        seed: of the order.
        start_char: what each review begins with; None for nothing.
        oov_char: what words that are left out become; None removes them.
        index_from: what is added to each word's number.

    Raises: DataError if `maxlen` leaves nothing; see `get_file`.
    """
    found = read_arrays(obtain("imdb.npz", path))
    random = np.random.RandomState(seed)
    parts = []
    for name in ("train", "test"):
        texts, labels = found[f"x_{name}"], found[f"y_{name}"]
        order = np.arange(len(texts))
        random.shuffle(order)
        encoded = numbered(texts[order], start_char, index_from)
        parts.append(shorter("imdb", encoded, labels[order], maxlen))
    (training, y_train), (testing, y_test) = parts
    both = limited(training + testing, num_words, skip_top, oov_char)
    split = len(training)
    return (as_objects(both[:split]), y_train), (as_objects(both[split:]), y_test)


def get_word_index(path: str = "imdb_word_index.json") -> dict[str, int]:
    """The number of each word, before `index_from` is added."""
    return read_index(obtain("imdb_word_index.json", path))
