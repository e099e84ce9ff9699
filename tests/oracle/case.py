"""What a training case is, and what is measured on it.

A case is written once for a module `k`, real Keras or lamina: it builds and compiles a model. Both
start from the same weights and see the same rows in the same order (`shuffle=False`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

ROWS, FEATURES, BATCH, EPOCHS = 23, 5, 7, 3  # 23 rows: the last batch has 2

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Case:
    """One training run.

    Attributes:
        build: k -> a compiled model.
        x, y: the data, or lists of them.
        fit: arguments of `fit` beside x, y, batch_size, epochs, shuffle, verbose.
        floatx: the float type of everything.
    """

    build: Callable[[Any], Any]
    x: Any
    y: Any
    fit: Mapping[str, Any] = field(default_factory=dict)
    floatx: str = "float32"


def random(seed: int) -> np.random.Generator:
    """A stream of its own for each use."""
    return np.random.default_rng(seed)


def inputs(seed: int = 0, features: int = FEATURES, rows: int = ROWS) -> np.ndarray:
    """Standard normal features, float32."""
    return random(seed).normal(size=(rows, features)).astype("float32")


def targets(kind: str, units: int = 3, rows: int = ROWS) -> np.ndarray:
    """Targets for a loss: "classes", "one_hot", "binary", "signs", "positive" or "real"."""
    stream = random(99)
    classes = stream.integers(0, units, rows)
    made = {
        "classes": lambda: classes,
        "one_hot": lambda: np.eye(units, dtype="float32")[classes],
        "binary": lambda: stream.integers(0, 2, (rows, units)).astype("float32"),
        "signs": lambda: stream.choice([-1.0, 1.0], (rows, units)).astype("float32"),
        "positive": lambda: stream.random((rows, units)).astype("float32") + 0.1,
        "real": lambda: stream.normal(size=(rows, units)).astype("float32"),
    }
    return made[kind]()


def measure(k: Any, case: Case, start: list[np.ndarray] | None = None) -> Arrays:
    """Trains and returns everything that is compared, by name."""
    before = k.config.floatx()
    k.config.set_floatx(case.floatx)
    try:
        return _measure(k, case, start)
    finally:
        k.config.set_floatx(before)


def _measure(k: Any, case: Case, start: list[np.ndarray] | None) -> Arrays:
    model = case.build(k)
    model.predict(case.x, verbose=0)  # builds what waits for data
    if start is not None:
        model.set_weights(start)
    found = {f"start/{i}": np.array(w) for i, w in enumerate(model.get_weights())}
    found |= _outputs("before", model.predict(case.x, batch_size=5, verbose=0))
    options = {"batch_size": BATCH, "epochs": EPOCHS, "shuffle": False, "verbose": 0}
    history = model.fit(case.x, case.y, **{**options, **case.fit})
    found |= {f"history/{name}": np.array(v) for name, v in history.history.items()}
    found |= {f"weights/{i}": np.array(w) for i, w in enumerate(model.get_weights())}
    found |= _outputs("after", model.predict(case.x, batch_size=5, verbose=0))
    measured = model.evaluate(case.x, case.y, batch_size=4, verbose=0)
    found["evaluate"] = np.atleast_1d(np.array(measured))
    return found


def _outputs(name: str, outputs: Any) -> Arrays:
    listed = outputs if isinstance(outputs, list) else [outputs]
    return {f"{name}/{i}": np.array(output) for i, output in enumerate(listed)}


def network(
    k: Any, units: int = 3, hidden: str = "tanh", last: str | None = "softmax", **options: Any
) -> Any:
    """5-6-4-units, not compiled; `options` go to the second layer."""
    return k.Sequential(
        [
            k.layers.Input((FEATURES,)),
            k.layers.Dense(6, activation=hidden),
            k.layers.Dense(4, activation=hidden, **options),
            k.layers.Dense(units, activation=last),
        ]
    )
