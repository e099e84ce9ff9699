"""The data files that come with the package: plain arrays, never pickles."""

from __future__ import annotations

from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "files"


def load(name: str) -> tuple[np.ndarray, np.ndarray]:
    """x (rows, features) float32 and y (rows,) int64 of a file."""
    with np.load(FOLDER / f"{name}.npz", allow_pickle=False) as file:
        return file["x"].astype("float32"), file["y"].astype("int64")
