"""The code blocks of the notes, as scripts, through `lamina run`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import lamina

SOURCE = Path(lamina.__file__).resolve().parent.parent
NOTES = Path(__file__).resolve().parents[2] / "examples" / "notes"

# The weights of the model that the script leaves behind, by hand from its layers.
WEIGHTS = {
    "sequential": [(2, 3), (3,), (3, 2), (2,)],
    "layers": [(8, 6), (6,), (6, 6), (6,), (6, 4), (4,)],
    "activation": [(3, 5), (5,)],
    "training": [(1, 16), (16,), (16, 32), (32,), (32, 2), (2,)],
    "loss": [(1, 16), (16,), (16, 32), (32,), (32, 2), (2,)],
    "learning_rate": [(1, 16), (16,), (16, 32), (32,), (32, 2), (2,)],
}
SHAPES = """
import runpy, sys
model = runpy.run_path(sys.argv[1])["model"]
print("weights", [tuple(w.shape) for w in model.weights])
"""


def launch(*command, stdin=""):
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-m", "lamina", "run", *command], env=environment, input=stdin,
        text=True, encoding="utf-8", capture_output=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def test_every_script_has_its_row():
    assert {path.stem for path in NOTES.glob("*.py")} == set(WEIGHTS)


@pytest.mark.parametrize("name", sorted(set(WEIGHTS) - {"training"}))
def test_a_script_builds_its_model_and_says_nothing(name):
    assert launch(str(NOTES / f"{name}.py")) == ""
    assert launch("-", str(NOTES / f"{name}.py"), stdin=SHAPES) == f"weights {WEIGHTS[name]}\n"


def test_the_training_prints_twenty_epochs_as_keras_does():
    lines = launch("-", str(NOTES / "training.py"), stdin=SHAPES).splitlines()
    assert lines[0:40:2] == [f"Epoch {epoch}/20" for epoch in range(1, 21)]
    shown = re.compile(r"(\d+)/\1 - \d+s - \d+(us|ms)/step - accuracy: ([01]\.\d{4}) - loss: \S+")
    found = [shown.fullmatch(line) for line in lines[1:40:2]]
    assert all(found)
    assert float(found[-1][3]) > float(found[0][3])
    assert lines[40:] == [f"weights {WEIGHTS['training']}"]
