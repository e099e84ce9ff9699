"""Records what real Keras answers on every case: one small file a family.

    python -m tests.oracle.record [FAMILY ...]

Each family runs in a process of its own, since JAX decides once whether float64 exists. The files
hold plain arrays, "case/quantity/index"; no pickles.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "fixtures"


def record(family: str) -> None:
    """Runs the cases of a family in Keras and rewrites its file."""
    import keras
    from tests.oracle.case import measure
    from tests.oracle.cases import FAMILIES

    arrays = {}
    for seed, (name, case) in enumerate(sorted(FAMILIES[family].items())):
        keras.utils.set_random_seed(seed)
        keras.config.set_dtype_policy(case.floatx)
        arrays |= {f"{name}/{key}": value for key, value in measure(keras, case).items()}
    FOLDER.mkdir(exist_ok=True)
    np.savez_compressed(FOLDER / f"{family}.npz", **arrays)
    print(f"{family}: {len(FAMILIES[family])} cases, {len(arrays)} arrays")


def environment(family: str) -> dict[str, str]:
    """The environment in which Keras answers for a family."""
    wide = "1" if family == "float64" else "0"
    return {**os.environ, "KERAS_BACKEND": "jax", "JAX_ENABLE_X64": wide}


def main(families: list[str]) -> None:
    """Records each family in a process of its own."""
    from tests.oracle.cases import FAMILIES

    for family in families or FAMILIES:
        code = f"from tests.oracle.record import record; record({family!r})"
        subprocess.run([sys.executable, "-c", code], env=environment(family), check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
