"""Weights begin where NumPy's stream was seeded, as programs of Keras 1 and 2 expect."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import numpy as np
import lamina as keras
{seeding}
model = keras.Sequential([keras.layers.Dense(3, input_shape=(2,)), keras.layers.Dropout(0.5)])
model.compile("sgd", "mse")
model.fit(np.ones((8, 2)), np.ones((8, 3)), batch_size=2, verbose=0)
print(model.get_weights()[0].tolist(), np.random.rand())
"""


def outcome(seeding: str) -> str:
    """What a fresh process prints: weights after training, and NumPy's next number."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(seeding=seeding)], capture_output=True, text=True,
        check=True, env=os.environ,
    )  # fmt: skip
    return done.stdout


@pytest.mark.parametrize(
    "seeding",
    ["np.random.seed(7)", "keras.utils.set_random_seed(7)", "np.random.seed(np.arange(9))"],
)
def test_a_seeded_program_ends_alike_each_time(seeding):
    assert outcome(seeding) == outcome(seeding)


def test_other_seeds_and_none_end_otherwise():
    ends = [outcome(f"np.random.seed({seed})").split("]]")[0] for seed in (1, 2)]
    ends += [outcome("").split("]]")[0] for _ in range(2)]
    assert len(set(ends)) == 4


def test_numpys_stream_is_not_advanced():
    import numpy as np

    expected = np.random.RandomState(7).rand()
    assert float(outcome("np.random.seed(7)").split()[-1]) == expected
