"""CIFAR-100: 60,000 colour images, 100 classes in 20 groups. Downloaded by Keras' rules."""

from __future__ import annotations

from pathlib import Path

from lamina.datasets.cifar10 import arranged
from lamina.datasets.origins import obtain
from lamina.datasets.readers import read_batch
from lamina.datasets.splitting import Pair
from lamina.errors import ArgumentError


def load_data(label_mode: str = "fine") -> tuple[Pair, Pair]:
    """(x, y) of 50,000 training and 10,000 test images: x (n, 32, 32, 3), y (n, 1), uint8.

    With `image_data_format()` "channels_first" x is (n, 3, 32, 32).

    Args: label_mode: "fine" for the 100 classes, "coarse" for the 20 groups.
    """
    if label_mode not in ("fine", "coarse"):
        raise ArgumentError(
            "cifar100.load_data(label_mode=...)", "knows fine and coarse", repr(label_mode),
            "pass 'fine' or 'coarse'",
        )  # fmt: skip
    unpacked = obtain("cifar-100-python.tar.gz", "cifar-100-python-target", extract=True)
    folder = Path(unpacked) / "cifar-100-python"
    parts = [read_batch(folder / name, f"{label_mode}_labels") for name in ("train", "test")]
    return arranged(*parts[0]), arranged(*parts[1])
