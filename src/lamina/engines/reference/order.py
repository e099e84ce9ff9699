"""The order in which a pass visits the rows.

Fisher & Yates' shuffle from the end: entry i changes places with entry j <= i, where j is the upper
word of (i + 1) times the first word of threefry(key = seed, counter = (i, pass)).
"""

from __future__ import annotations

import numpy as np

from lamina.engines.reference.elementwise import threefry


def order(seed: int | None, pass_index: int, rows: int) -> np.ndarray:
    """The rows in the order of this pass (int64); as they stand without a seed."""
    places = list(range(rows))
    if seed is None:
        return np.asarray(places, "int64")
    index = np.arange(rows, dtype="uint32")
    low, high = np.uint32(seed & 0xFFFFFFFF), np.uint32(seed >> 32 & 0xFFFFFFFF)
    key = np.asarray(low), np.asarray(high)
    with np.errstate(over="ignore"):
        bits, _ = threefry(key[0], key[1], index, np.asarray(np.uint32(pass_index)))
    chosen = (bits.astype("uint64") * (index.astype("uint64") + np.uint64(1))) >> np.uint64(32)
    for i, j in zip(range(rows - 1, 0, -1), chosen[:0:-1].tolist(), strict=True):
        places[i], places[j] = places[j], places[i]
    return np.asarray(places, "int64")
