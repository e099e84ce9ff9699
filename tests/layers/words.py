"""Rows of the layers of strings and tables: each asks real Keras and lamina the same.

python -m tests.layers.words     records Keras' answers in fixtures/words.json
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).parent / "fixtures" / "words.json"

WORDS = np.array([["a", "b", "b"], ["c", "zz", "a"], ["a", "q", "é"]])
UNKNOWN = np.array([["unk", "b", "", "new"]])
INTS = np.array([[5, 3, 5], [7, 7, 7], [-1, 0, 3]])
OTHERS = np.array([[100, 101, 102, -5, 0]])
TEXTS = ["The Quick brown-fox, jumped!", "over the   lazy dog's\tback", "É the the", "", "x"]
NUMBERS = np.random.default_rng(0).normal(size=(1000, 3)).astype("float32")
LONG = np.array([["x" * n] for n in (0, 3, 7, 8, 15, 16, 17, 32, 33, 64, 65, 128, 129, 200)])

Row = Callable[[Any], Any]


def plain(value: Any) -> Any:
    """A result as lists: strings, or a shape and numbers."""
    if hasattr(value, "numpy") and not isinstance(value, np.ndarray):
        value = value.numpy()
    array = np.asarray(value)
    if array.dtype == object:
        return [text.decode() if isinstance(text, bytes) else text for text in array.ravel()]
    return [list(array.shape), np.round(array.astype(float), 5).ravel().tolist()]


def told(layer: Any) -> list[str]:
    """A configuration, without the names of the layer and its dtype."""
    config = layer.get_config()
    return sorted(f"{k}={v}" for k, v in config.items() if k not in ("name", "dtype"))


def strings(**options: Any) -> Row:
    """A StringLookup that learns WORDS."""

    def ask(k: Any) -> Any:
        layer = k.layers.StringLookup(**options)
        layer.adapt(WORDS)
        one_hot = options.get("output_mode") == "one_hot"
        given = (WORDS[:, 0], UNKNOWN[0]) if one_hot else (WORDS, UNKNOWN)
        found = [plain(layer(x)) for x in given]
        return [*found, layer.get_vocabulary(), layer.vocabulary_size(), told(layer)]

    return ask


def integers(**options: Any) -> Row:
    """An IntegerLookup that learns INTS."""

    def ask(k: Any) -> Any:
        layer = k.layers.IntegerLookup(**options)
        layer.adapt(INTS)
        known = [int(token) for token in layer.get_vocabulary()]
        return [plain(layer(INTS)), plain(layer(OTHERS)), known]

    return ask


def texts(**options: Any) -> Row:
    """A TextVectorization that learns TEXTS."""

    def ask(k: Any) -> Any:
        layer = k.layers.TextVectorization(**options)
        layer.adapt(TEXTS)
        column = np.array(TEXTS)[:, None]
        given = (TEXTS, column, "the brown what", ["one"])
        return [*(plain(layer(x)) for x in given), layer.get_vocabulary(), told(layer)]

    return ask


def on(layer: str, x: Any, *args: Any, **options: Any) -> Row:
    """A layer called on x."""
    return lambda k: plain(getattr(k.layers, layer)(*args, **options)(x))


def learnt(layer: str, data: Any, *shown: str, **options: Any) -> Row:
    """A layer that learns from what `data()` gives, on five rows, and some attributes of it."""

    def ask(k: Any) -> Any:
        made = getattr(k.layers, layer)(**options)
        made.adapt(data())
        return [plain(made(NUMBERS[:10])), *(plain(getattr(made, name)) for name in shown)]

    return ask


ROWS: dict[str, Row] = {
    **{
        f"strings {mode} {count} {mask}": strings(
            output_mode=mode, num_oov_indices=count, mask_token=mask
        )
        for mode in ("int", "one_hot", "multi_hot", "count", "tf_idf")
        for count in (1, 3)
        for mask in (None, "", "b")
    },
    "strings padded": strings(max_tokens=4, output_mode="count", pad_to_max_tokens=True),
    "strings given": on("StringLookup", UNKNOWN, vocabulary=["new", "b"], num_oov_indices=2,
                        oov_token="?"),
    "strings salted": on("StringLookup", UNKNOWN, vocabulary=["b"], num_oov_indices=5, salt=[3, 4]),
    "strings weighed": on("StringLookup", WORDS, vocabulary=["a", "b"], output_mode="tf_idf",
                          idf_weights=[0.5, 2.0]),
    "integers": integers(),
    "integers masked": integers(mask_token=0),
    "integers modulo": integers(num_oov_indices=3),
    "integers hashed": integers(num_oov_indices=3, oov_method="farmhash"),
    "integers salted": integers(num_oov_indices=4, oov_method="farmhash", salt=7),
    "integers multi_hot": integers(output_mode="multi_hot"),
    "integers tf_idf": integers(output_mode="tf_idf"),
    "integers back": on("IntegerLookup", [[0, 1, 2], [3, 4, 9]], vocabulary=[10, 20], invert=True),
    "texts": texts(),
    "texts cut": texts(output_sequence_length=3),
    "texts pairs": texts(ngrams=2),
    "texts triples": texts(ngrams=(2, 3)),
    "texts multi_hot": texts(output_mode="multi_hot"),
    "texts count": texts(output_mode="count", max_tokens=6),
    "texts tf_idf": texts(output_mode="tf_idf", max_tokens=20, pad_to_max_tokens=True),
    "texts characters": texts(split="character"),
    "texts as they are": texts(standardize=None),
    "texts lower": texts(standardize="lower"),
    "texts bare": texts(standardize="strip_punctuation"),
    "tokens": on("TextVectorization", WORDS, split=None, output_sequence_length=4,
                 vocabulary=["a", "b"]),
    **{
        f"hash {kind} {options}": on("Hashing", x, num_bins=5, **options)
        for kind, x in (("words", WORDS), ("ints", INTS), ("long", LONG))
        for options in ({}, {"salt": 133}, {"salt": [133, 137]}, {"output_mode": "multi_hot"},
                        {"output_mode": "count"})
    },
    "hash masked": on("Hashing", WORDS, num_bins=4, mask_value="a"),
    "hash one_hot": on("Hashing", WORDS[:, :1], num_bins=4, output_mode="one_hot"),
    "hash floats": on("Hashing", np.array([1.5, 2.2, -3.7]), num_bins=7),
    "cross": on("HashedCrossing", (WORDS[:, 0], INTS[:, 0]), num_bins=5),
    "cross columns": on("HashedCrossing", (WORDS[:, :1], INTS[:, :1]), num_bins=50),
    "cross one_hot": on("HashedCrossing", (WORDS[:, :1], INTS[:, :1]), num_bins=5,
                        output_mode="one_hot"),
    "cross one": on("HashedCrossing", ("a", 5), num_bins=5),
    "bins": learnt("Discretization", lambda: NUMBERS, "bin_boundaries", num_bins=5),
    "bins of batches": learnt(
        "Discretization", lambda: iter([NUMBERS[:100], NUMBERS[100:500], NUMBERS[500:507]]),
        "bin_boundaries", num_bins=7, epsilon=0.05,
    ),
    **{
        f"moments {axis}": learnt("Normalization", lambda: NUMBERS[:10], "mean", "variance",
                                  axis=axis)
        for axis in (-1, None, (0,), (0, 1))
    },
    "moments of batches": learnt(
        "Normalization", lambda: iter([NUMBERS[:10], NUMBERS[10:40]]), "mean", "variance"
    ),
    "moments back": learnt("Normalization", lambda: NUMBERS[:10], invert=True),
}  # fmt: skip


def record() -> None:
    """Asks Keras for every row and rewrites the file."""
    os.environ["KERAS_BACKEND"] = "jax"
    import keras

    answers = {name: ask(keras) for name, ask in ROWS.items()}
    lines = ",\n".join(f"{json.dumps(n)}: {json.dumps(a)}" for n, a in answers.items())
    FILE.write_text(f"{{\n{lines}\n}}\n", "utf-8")


if __name__ == "__main__":
    record()
