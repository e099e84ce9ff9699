"""CIFAR-10: 60,000 colour images, ten classes. Downloaded by Keras' rules."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lamina.datasets.origins import obtain
from lamina.datasets.readers import read_batch
from lamina.datasets.splitting import Pair
from lamina.graph.data_format import image_data_format


def load_data() -> tuple[Pair, Pair]:
    """(x, y) of 50,000 training and 10,000 test images: x (n, 32, 32, 3), y (n, 1), uint8.

    With `image_data_format()` "channels_first" x is (n, 3, 32, 32).
    """
    unpacked = obtain("cifar-10-python.tar.gz", "cifar-10-batches-py-target", extract=True)
    folder = Path(unpacked) / "cifar-10-batches-py"
    batches = [read_batch(folder / f"data_batch_{i}", "labels") for i in range(1, 6)]
    images, labels = zip(*batches, strict=True)
    training = np.concatenate(images), np.concatenate(labels)
    return arranged(*training), arranged(*read_batch(folder / "test_batch", "labels"))


def arranged(images: np.ndarray, labels: np.ndarray) -> Pair:
    """Images (n, 3, 32, 32) in the data format that holds, labels as (n, 1)."""
    if image_data_format() == "channels_last":
        images = images.transpose(0, 2, 3, 1)
    return images, labels.reshape(-1, 1)
