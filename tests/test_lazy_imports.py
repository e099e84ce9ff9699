"""What an import brings in: building a model needs neither compiler nor file formats."""

from __future__ import annotations

import subprocess
import sys

import pytest

IMPORT = "import lamina"
BUILD = """
import lamina as keras
x = keras.Input((3,))
model = keras.Model(x, keras.layers.Dense(2, activation="relu")(x))
model.compile(keras.optimizers.Adam(), "mse", metrics=["accuracy"])
"""
NEEDLESS = {"h5py", "rich", "llvmlite", "numpy.polynomial", "csv", "difflib", "shutil", "pathlib"}
NEEDLESS |= {"lamina.passes.pipeline", "lamina.layers.lstm", "lamina.layers.convolution"}


@pytest.mark.parametrize(
    ("program", "needless"),
    [(IMPORT, {*NEEDLESS, "lamina.ops"}), (BUILD, NEEDLESS)],
    ids=["import", "build"],
)
def test_what_is_not_needed_is_not_imported(program, needless):
    """Beyond what NumPy itself imports."""
    shown = "import numpy, sys; before = set(sys.modules)"
    shown += f"\n{program}\nprint(*(set(sys.modules) - before))"
    found = subprocess.run(
        [sys.executable, "-c", shown], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not needless & set(found)
