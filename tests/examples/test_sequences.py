"""The examples on sequences, unchanged, on real Keras and on lamina."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from test_notes import launch

import lamina

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NAMES = ("text_classifier", "time_series_forecast")


def run(name, module, monkeypatch, **arguments):
    """What `main` of an example returns where `import keras` gives this module."""
    monkeypatch.setitem(sys.modules, "keras", module)
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    return example.main(**arguments)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("name", NAMES)
def test_histories_are_keras(name, monkeypatch, capsys):
    """From the same weights, over the same rows. Tolerance: 60 updates by Adam, each of which may
    carry on a difference in the last place; 1e-3 of losses, two of 1,000 rows."""
    theirs, start = run(name, keras, monkeypatch, epochs=2)
    ours, _ = run(name, lamina, monkeypatch, epochs=2, weights=start)
    assert list(ours) == list(theirs)
    for quantity, want in theirs.items():
        limit = {"atol": 2e-3} if "accuracy" in quantity else {"rtol": 1e-3}
        np.testing.assert_allclose(ours[quantity], want, err_msg=quantity, **limit)


def test_the_classifier_reads_what_turns_a_word_round():
    last = launch(str(EXAMPLES / "text_classifier.py")).splitlines()[-1]
    assert float(re.fullmatch(r"right on ([\d.]+)% of reviews it has not seen", last)[1]) > 97


def test_the_forecast_is_better_than_the_week_before():
    last = launch(str(EXAMPLES / "time_series_forecast.py")).splitlines()[-1]
    found = re.fullmatch(r"mean error ([\d.]+); as a week ago: ([\d.]+)", last)
    assert float(found[1]) < 0.9 * float(found[2])
