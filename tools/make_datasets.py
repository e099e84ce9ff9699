"""Rewrites the data files of lamina.datasets from scikit-learn's copies.

    python tools/make_datasets.py

Small whole numbers are stored as uint8, everything else as float64, so that nothing is lost.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn import datasets

FOLDER = Path(__file__).parent.parent / "src" / "lamina" / "datasets" / "files"
NAMES = ("digits", "breast_cancer", "wine", "iris")


def compact(x: np.ndarray) -> np.ndarray:
    """The smallest dtype that holds every value exactly."""
    return next((x.astype(d) for d in ("uint8", "float32") if np.array_equal(x.astype(d), x)), x)


def main() -> None:
    """Writes one compressed file a data set."""
    FOLDER.mkdir(exist_ok=True)
    for name in NAMES:
        bunch = getattr(datasets, f"load_{name}")()
        x, y = compact(bunch.data), bunch.target.astype("uint8")
        np.savez_compressed(FOLDER / f"{name}.npz", x=x, y=y)
        print(f"{name}: {x.shape} {x.dtype}, {(FOLDER / f'{name}.npz').stat().st_size} bytes")


if __name__ == "__main__":
    main()
