"""Real Keras' answers, recorded once: JAX compiles each op it meets, and tests should not wait.

    python tests/recorded.py            # records every module that has ANSWERS again

A test module says how Keras is asked and takes `ANSWERS[key]`; `check_live` asks Keras once more
for a few keys, so that a stale file or another Keras shows. The files hold plain arrays, one a key.
"""

from __future__ import annotations

import functools
import importlib
import os
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

TESTS = Path(__file__).parent
MODULES = (
    "activations.test_activations", "initializers.test_initializers", "layers.test_masks",
    "layers.test_stateful", "losses.test_losses", "metrics.test_metrics",
    "optimizers.test_optimizers", "preprocessing.test_folders",
    "regularizers.test_regularizers", "utils.test_bounding_boxes",
)  # fmt: skip


def flat(*values: Any) -> np.ndarray:
    """All numbers of all values, one after another, as float32."""
    leaves = [np.ravel(np.asarray(value)).astype("float32") for value in values]
    return np.concatenate(leaves) if leaves else np.zeros(0, "float32")


class Answers:
    """Keras' answer to each question: `keys`, and for each a function that asks it now.

    Args:
        file: the test module's `__file__`; the answers stand beside it.
        questions: by key, a function that returns the answer's numbers (see `flat`).
        name: of the file of answers.
    """

    def __init__(
        self,
        file: str,
        questions: Mapping[str, Callable[[], np.ndarray]],
        name: str = "keras.npz",
    ) -> None:
        self.path = Path(file).with_name(name)
        self.questions = dict(questions)

    @functools.cached_property
    def _recorded(self) -> dict[str, np.ndarray]:
        with np.load(self.path) as found:
            return dict(found)

    def __getitem__(self, key: str) -> np.ndarray:
        return self._recorded[key]

    def record(self) -> None:
        """Asks every question and rewrites the file."""
        answers = {key: ask() for key, ask in self.questions.items()}
        np.savez_compressed(self.path, **answers)
        print(f"{self.path.parent.name}: {len(answers)} answers")

    def check_live(self, count: int, seed: int, rtol: float, atol: float) -> None:
        """The file answers exactly these questions, and Keras still answers `count` of them so."""
        assert set(self._recorded) == set(self.questions)
        for key in random.Random(seed).sample(sorted(self.questions), count):
            np.testing.assert_allclose(self.questions[key](), self[key], rtol, atol, err_msg=key)


def main(names: Sequence[str]) -> None:
    """Records the answers of these test modules, or of all."""
    os.environ["KERAS_BACKEND"] = "jax"
    for name in names or MODULES:
        folder, _, module = name.partition(".")
        sys.path.insert(0, str(TESTS / folder))
        importlib.import_module(module).ANSWERS.record()


if __name__ == "__main__":
    main(sys.argv[1:])
