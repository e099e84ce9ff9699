"""Boston housing: 506 districts of the 1970s, 13 measurements, a price. Downloaded by Keras' rules.

One of the measurements, "B", rests on the assumption that racial segregation raises prices: Keras
advises to use the set only to discuss such problems, and `california_housing` otherwise.
"""

from __future__ import annotations

from lamina.datasets.housing import shuffled_split
from lamina.datasets.origins import obtain
from lamina.datasets.readers import read_arrays
from lamina.datasets.splitting import Pair


def load_data(
    path: str = "boston_housing.npz", test_split: float = 0.2, seed: int = 113
) -> tuple[Pair, Pair]:
    """(x, y) for training and testing: x (n, 13) float64, y (n,) thousands of dollars.

    Args:
        path: the file's name in Keras' cache folder.
        test_split: the share for testing.
        seed: of the order.
    """
    found = read_arrays(obtain("boston_housing.npz", path))
    return shuffled_split("boston_housing", found["x"], found["y"], test_split, seed)
