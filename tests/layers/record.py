"""Records what real Keras answers on every row of the contract: one file a table.

    python -m tests.layers.record [TABLE ...]

The files hold plain arrays, "row/quantity"; no pickles.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "fixtures"


def record(table: str) -> None:
    """Asks Keras for every row of a table and rewrites its file."""
    import keras
    from tests.layers.layers import TABLES
    from tests.layers.measure import measure

    answers = {
        f"{name}/{quantity}": array
        for name, row in TABLES[table].items()
        for quantity, array in measure(keras, row).items()
    }
    FOLDER.mkdir(exist_ok=True)
    np.savez_compressed(FOLDER / f"{table}.npz", **answers)
    print(f"{table}: {len(TABLES[table])} rows, {len(answers)} arrays")


def main(tables: list[str]) -> None:
    """Records each table."""
    os.environ["KERAS_BACKEND"] = "jax"
    from tests.layers.layers import TABLES

    for table in tables or TABLES:
        record(table)


if __name__ == "__main__":
    main(sys.argv[1:])
