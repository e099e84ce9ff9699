"""Records what real Keras answers to programs that users write: one small file a table.

    python -m tests.own.record [TABLE ...]

Keras runs on TensorFlow, as the programs use its GradientTape.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "fixtures"
TABLES = ("own_steps",)


def record(table: str) -> None:
    """Runs the programs of a table in Keras and rewrites its file."""
    import keras
    import tensorflow

    arrays = {}
    for name, program in importlib.import_module(f"tests.own.{table}").PROGRAMS.items():
        keras.utils.clear_session()
        found = program(keras, tensorflow.GradientTape)
        arrays |= {f"{name}/{key}": np.asarray(value) for key, value in found.items()}
    FOLDER.mkdir(exist_ok=True)
    np.savez_compressed(FOLDER / f"{table}.npz", **arrays)
    print(f"{table}: {len(arrays)} arrays")


def main(tables: list[str]) -> None:
    """Records each table in a process of its own."""
    for table in tables or TABLES:
        code = f"from tests.own.record import record; record({table!r})"
        environment = {**os.environ, "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
        subprocess.run([sys.executable, "-c", code], env=environment, check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
