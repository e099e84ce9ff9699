"""Without llvmlite everything runs on the reference engine, and lamina says so, once."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

BARRED = """
import sys
class Bar:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "llvmlite":
            {refusal}
sys.meta_path.insert(0, Bar())
"""
TRAIN = """
import numpy as np
import lamina as keras
model = keras.Sequential([
    keras.layers.Input((3,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1),
])
model.compile("adam", "mse", metrics=["mae"])
x = np.random.default_rng(0).normal(size=(50, 3)).astype("float32")
y = x.sum(1, keepdims=True)
first, *_, last = model.fit(x, y, epochs=20, verbose=0).history["loss"]
other = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1)])
other.compile("sgd", "mse")
results = [
    other.train_on_batch(x, y), model.predict(x, verbose=0)[0], model(x)[0],
    model.compile_predict(batch=2)(x[:2]), model.evaluate(x, y, verbose=0),
]
assert last < first and len(results) == 5
print(model.explain().programs[0].engine)
"""
REFUSALS = {
    "cannot be found": "import sys; sys.modules['llvmlite'] = None",
    "is barred by an error": BARRED.format(refusal="raise ModuleNotFoundError(name)"),
}


def _run(program: str, **switches: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LAMINA_ENGINE": "auto", **switches}
    return subprocess.run(
        [sys.executable, "-W", "always::UserWarning", "-c", program],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_without_llvmlite_a_model_trains_on_the_reference_engine(name: str) -> None:
    done = _run(REFUSALS[name] + TRAIN)
    assert (done.returncode, done.stdout) == (0, "reference\n"), done.stderr
    assert done.stderr.count("UserWarning") == 1
    assert done.stderr.count("llvmlite is not installed: models run on the reference engine") == 1


def test_who_chose_the_reference_engine_is_not_warned() -> None:
    done = _run(REFUSALS["cannot be found"] + TRAIN, LAMINA_ENGINE="reference")
    assert (done.returncode, done.stdout, done.stderr) == (0, "reference\n", "")


def test_asking_for_the_native_engine_without_llvmlite_is_an_error() -> None:
    done = _run(REFUSALS["cannot be found"] + TRAIN, LAMINA_ENGINE="native")
    assert done.returncode == 1
    assert done.stderr.endswith(
        "ConfigError: environment variable LAMINA_ENGINE asks for an engine that cannot run here\n"
        "  received: LAMINA_ENGINE=native, but llvmlite is not installed\n"
        "  mend:     pip install llvmlite, or leave the switch out\n"
    )
