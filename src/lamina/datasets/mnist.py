"""MNIST: 70,000 handwritten digits, ten classes. Downloaded by Keras' rules."""

from __future__ import annotations

from lamina.datasets.origins import obtain
from lamina.datasets.readers import read_arrays
from lamina.datasets.splitting import Pair


def load_data(path: str = "mnist.npz") -> tuple[Pair, Pair]:
    """(x, y) of 60,000 training and 10,000 test images: x (n, 28, 28), y (n,), uint8.

    Args: path: the file's name in Keras' cache folder.
    """
    found = read_arrays(obtain("mnist.npz", path))
    return (found["x_train"], found["y_train"]), (found["x_test"], found["y_test"])
