"""Every training case against the recorded answers of real Keras.

Tolerances: float32 sums in another order differ by some units in the last place a step, and
training carries them on; 3 epochs of 4 steps at these learning rates keep them below 2e-5 of values
of order 1. In float64 the same holds at 1e-9.
"""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest
from tests.oracle.case import measure
from tests.oracle.cases import FAMILIES, all_cases, case_of

import lamina
from lamina.utils import clear_session

FOLDER = Path(__file__).parent / "fixtures"
TOLERANCE = {"float32": {"rtol": 2e-4, "atol": 2e-5}, "float64": {"rtol": 1e-9, "atol": 1e-9}}


@functools.cache
def _recorded(family: str) -> dict[str, dict[str, np.ndarray]]:
    cases: dict[str, dict[str, np.ndarray]] = {}
    with np.load(FOLDER / f"{family}.npz", allow_pickle=False) as file:
        for key in file.files:
            name, quantity = key.split("/", 1)
            cases.setdefault(name, {})[quantity] = file[key]
    return cases


def _start(recorded: dict[str, np.ndarray]) -> list[np.ndarray]:
    count = sum(key.startswith("start/") for key in recorded)
    return [recorded[f"start/{i}"] for i in range(count)]


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_case_is_recorded(family):
    assert sorted(_recorded(family)) == sorted(FAMILIES[family])


@pytest.mark.parametrize(("family", "name"), all_cases())
def test_training_is_keras(family, name):
    clear_session()
    recorded, case = _recorded(family)[name], case_of(family, name)
    found = measure(lamina, case, _start(recorded))
    assert sorted(found) == sorted(recorded)
    for quantity, want in recorded.items():
        np.testing.assert_allclose(
            found[quantity], want, **TOLERANCE[case.floatx], err_msg=f"{family}/{name}: {quantity}"
        )
