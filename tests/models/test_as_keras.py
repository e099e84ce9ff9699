"""Programs run by lamina, and by real Keras when the record was made: all they return must agree.

    python -m tests.models.test_as_keras    # records Keras' answers again

ORACLE=live asks Keras for each program (`make oracle`); without it Keras is asked for three.
Tolerance: as in tests/oracle, float32 sums in another order carried through some 24 steps.
"""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest
from tests.models import state_programs  # noqa: F401 - its programs enter the table
from tests.models.programs import PROGRAMS

import lamina
from lamina.utils import clear_session

RECORD = Path(__file__).with_name("as_keras.json")
IS_LIVE = os.environ.get("ORACLE") == "live"
ASKED = ("on_batch", "steps_3_of_4_validated", "a_model_of_two_arguments")


def same(ours, theirs, where=""):
    """Structures of numbers, arrays and words agree."""
    if isinstance(theirs, dict):
        assert sorted(ours) == sorted(theirs), where
        for key, value in theirs.items():
            same(ours[key], value, f"{where}[{key!r}]")
    elif isinstance(theirs, list | tuple) and any(isinstance(b, dict | str | list) for b in theirs):
        assert len(ours) == len(theirs), where
        for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            same(a, b, f"{where}[{i}]")
    elif isinstance(theirs, str | None):
        assert ours == theirs, where
    else:
        ours, theirs = np.asarray(ours), np.asarray(theirs)
        assert ours.shape == theirs.shape, where
        np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=2e-5, err_msg=where)


def plain(value):
    """What a program returned, as JSON holds it."""
    if isinstance(value, dict):
        return {key: plain(of) for key, of in value.items()}
    if isinstance(value, list | tuple):
        return [plain(of) for of in value]
    return value if isinstance(value, str | None) else np.asarray(value).tolist()


def answer(k, name):
    """What a program returns on `k`."""
    clear_session()
    keras.utils.clear_session()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what each says about data that run out
        return PROGRAMS[name](k)


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_program_does_what_it_does_in_keras(name):
    theirs = json.loads(RECORD.read_text("utf-8"))[name]
    same(plain(answer(lamina, name)), theirs, name)


@pytest.mark.parametrize("name", sorted(PROGRAMS) if IS_LIVE else ASKED)
def test_keras_still_answers_as_recorded(name):
    same(plain(answer(keras, name)), json.loads(RECORD.read_text("utf-8"))[name], name)


if __name__ == "__main__":
    record = {name: plain(answer(keras, name)) for name in sorted(PROGRAMS)}
    RECORD.write_text(json.dumps(record).replace('}, "', '},\n"') + "\n", "utf-8")
