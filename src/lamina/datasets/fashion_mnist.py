"""Fashion-MNIST: 70,000 pictures of clothes, ten classes. Downloaded by Keras' rules."""

from __future__ import annotations

import os

from lamina.datasets.origins import obtain
from lamina.datasets.readers import read_idx
from lamina.datasets.splitting import Pair


def load_data() -> tuple[Pair, Pair]:
    """(x, y) of 60,000 training and 10,000 test images: x (n, 28, 28), y (n,), uint8."""
    folder = os.path.join("datasets", "fashion-mnist")

    def part(name: str) -> Pair:
        labels = obtain(f"{name}-labels-idx1-ubyte.gz", cache_subdir=folder)
        images = obtain(f"{name}-images-idx3-ubyte.gz", cache_subdir=folder)
        return read_idx(images, rank=3), read_idx(labels, rank=1)

    return part("train"), part("t10k")
