"""`lamina demo`, whole, and the pieces of it that a wrong number could hide in."""

from __future__ import annotations

import re

import numpy as np
from sklearn.metrics import accuracy_score, confusion_matrix

from lamina import demo
from lamina.cli import main
from lamina.utils import clear_session


def test_it_trains_shows_and_reads_the_digits_well_enough(capsys):
    clear_session()  # other tests have named models too
    assert main(["demo"]) == 0
    shown = capsys.readouterr().out
    for text in (
        'Model: "sequential"', "Total params: 642", "2,100 to train, 210 to validate, 210 to test",
        "What to run next", "lamina run examples/notes/training.py", "age  13 (input 0.0000): none",
    ):  # fmt: skip
        assert text in shown
    lines = re.findall(
        r"^210/210 - \d+s - \d+(?:us|ms)/step - accuracy: (\S+) - loss: \S+ - val_accuracy: \S+ - "
        r"val_loss: \S+$", shown, re.MULTILINE,
    )  # fmt: skip
    assert len(lines) == 20
    assert float(lines[-1]) > 0.85
    assert len(re.findall(r"^40/40 ━{20} \d+s .*step - accuracy", shown, re.MULTILINE)) == 40
    times = re.findall(r"compiled in \d+ ms; (\S+) steps .* in \d+ ms: \S+ us a step", shown)
    assert times == ["4,200", "1,600"]
    side_effects, digits = (
        float(share) for share in re.findall(r"test set: accuracy (\S+)%", shown)
    )
    assert side_effects > 85
    assert digits >= 96


class Guesser:
    """A model that answers what it was made with."""

    def __init__(self, outputs):
        self.outputs = outputs

    def evaluate(self, x, y, verbose):
        return 0.5, accuracy_score(y, self.outputs.argmax(axis=1))

    def predict(self, x, verbose):
        return self.outputs


def test_the_confusion_matrix_is_scikit_learns(capsys):
    rng = np.random.default_rng(0)
    outputs, y = rng.random((57, 3)), rng.integers(0, 3, 57)
    demo._test(Guesser(outputs), (np.zeros((57, 1)), y), ("a", "bb", "c"))
    lines = capsys.readouterr().out.splitlines()[-3:]
    found = [[int(word) for word in line.split()[1:]] for line in lines]
    assert found == confusion_matrix(y, outputs.argmax(axis=1)).tolist()


def test_a_picture_is_as_dark_as_its_pixels():
    lines = demo._picture(np.linspace(0, 1, 64))
    assert [len(line) for line in lines] == [16] * 8
    assert (lines[0][:2], lines[-1][-2:]) == ("  ", "@@")
