"""Programs that users write against Keras' contracts: their numbers are real Keras'.

The judge is Keras 3 on TensorFlow (`tests/own/record.py`). Both compute in float32 in another order
of sums: some twenty steps of training amplify a rounding of 6e-8 to a few 1e-5 of the largest
entry; Adam and RMSprop, which divide by what is small, more.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.own.record import TABLES

import lamina as keras

CLOSE = {"rtol": 2e-4, "atol": 2e-5}
PROGRAMS = {
    f"{table}/{name}": program
    for table in TABLES
    for name, program in importlib.import_module(f"tests.own.{table}").PROGRAMS.items()
}


@pytest.fixture(scope="module")
def recorded() -> dict[str, dict[str, np.ndarray]]:
    """program -> quantity -> array, as Keras answered."""
    found: dict[str, dict[str, np.ndarray]] = {}
    for table in TABLES:
        with np.load(Path(__file__).parent / "fixtures" / f"{table}.npz") as file:
            for key in file:
                name, quantity = key.split("/", 1)
                found.setdefault(f"{table}/{name}", {})[quantity] = file[key]
    return found


@pytest.mark.parametrize("name", PROGRAMS)
def test_numbers_are_those_of_keras(name: str, recorded: Any) -> None:
    keras.utils.clear_session()
    found = PROGRAMS[name](keras, keras.GradientTape)
    wanted = recorded[name]
    assert sorted(found) == sorted(wanted)
    for quantity, want in wanted.items():
        np.testing.assert_allclose(
            np.asarray(found[quantity], want.dtype), want, **CLOSE, err_msg=quantity
        )
