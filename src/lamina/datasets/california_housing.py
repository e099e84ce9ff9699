"""California housing: 20,640 districts of 1990, 8 measurements, a price; by Keras' rules.

The columns: median income, median age of houses, rooms and bedrooms a household, population,
people a household, latitude, longitude.
"""

from __future__ import annotations

from lamina.datasets.housing import shuffled_split
from lamina.datasets.origins import obtain
from lamina.datasets.readers import read_arrays
from lamina.datasets.splitting import Pair
from lamina.errors import ArgumentError

SMALL = 600


def load_data(
    version: str = "large",
    path: str = "california_housing.npz",
    test_split: float = 0.2,
    seed: int = 113,
) -> tuple[Pair, Pair]:
    """(x, y) for training and testing: x (n, 8), y (n,) dollars.

    Args:
        version: "large" for all districts, "small" for the first 600.
        path: the file's name in Keras' cache folder.
        test_split: the share for testing.
        seed: of the order.
    """
    if version not in ("small", "large"):
        raise ArgumentError(
            "california_housing.load_data(version=...)", "knows small and large", repr(version),
            "pass 'small' or 'large'",
        )  # fmt: skip
    found = read_arrays(obtain("california_housing.npz", path))
    most = SMALL if version == "small" else len(found["x"])
    return shuffled_split(
        "california_housing", found["x"][:most], found["y"][:most], test_split, seed
    )
