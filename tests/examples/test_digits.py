"""The convolutional network on digits: what it reaches, and that it learns as on real Keras."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import lamina

SOURCE = Path(lamina.__file__).resolve().parent.parent
SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "digits_convnet.py"


def test_more_than_98_of_100_digits_are_told_right():
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run(
        [sys.executable, "-m", "lamina", "run", str(SCRIPT)], env=environment, text=True,
        capture_output=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    reached = re.search(r"^validation accuracy (0\.\d{4})$", done.stdout, re.MULTILINE)
    assert float(reached[1]) >= 0.98


def script_on(k, monkeypatch):
    """The script's names, with `keras` being k."""
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "keras", k)
        patch.setitem(sys.modules, "keras.layers", k.layers)
        return runpy.run_path(str(SCRIPT))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_it_learns_as_on_keras(monkeypatch):
    """Without dropout, whose draws differ, on some digits in one order, from the same weights.

    Tolerance: 12 steps of Adam carry on the last bits of float32 sums in other orders, to 2e-7 of
    losses of order 1 as measured; 1e-4 leaves room for other machines, and is less than one digit.
    """
    histories, start = [], None
    for k in (keras, lamina):
        script = script_on(k, monkeypatch)
        learnt, kept = script["digits"](held=100)
        model = script["network"](steps=12, dropout=0.0)
        start = model.get_weights() if start is None else start
        model.set_weights(start)
        history = model.fit(
            learnt[0][:350], learnt[1][:350], batch_size=script["BATCH"], epochs=2, shuffle=False,
            validation_data=kept, verbose=0,
        )  # fmt: skip
        histories.append(history.history)
    theirs, ours = histories
    assert set(ours) == set(theirs)
    for name, values in theirs.items():
        np.testing.assert_allclose(ours[name], values, rtol=1e-4, atol=1e-4, err_msg=name)
