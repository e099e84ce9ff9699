"""Programs run by real Keras and by lamina in one process: everything they return must agree.

Tolerance: as in tests/oracle, float32 sums in another order carried through some 24 steps.
"""

from __future__ import annotations

import warnings

import keras
import numpy as np
import pytest
from tests.models import state_programs  # noqa: F401 - its programs enter the table
from tests.models.programs import PROGRAMS

import lamina
from lamina.utils import clear_session


def same(ours, theirs, where=""):
    """Structures of numbers, arrays and words agree."""
    if isinstance(theirs, dict):
        assert sorted(ours) == sorted(theirs), where
        for key, value in theirs.items():
            same(ours[key], value, f"{where}[{key!r}]")
    elif isinstance(theirs, list | tuple):
        assert len(ours) == len(theirs), where
        for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            same(a, b, f"{where}[{i}]")
    elif isinstance(theirs, str | None):
        assert ours == theirs, where
    else:
        ours, theirs = np.asarray(ours), np.asarray(theirs)
        assert ours.shape == theirs.shape, where
        np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=2e-5, err_msg=where)


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_program_does_what_it_does_in_keras(name):
    answers = []
    for k in (lamina, keras):
        clear_session()
        keras.utils.clear_session()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what each says about data that run out
            answers.append(PROGRAMS[name](k))
    same(*answers, name)
