"""Generated graphs and models: native = reference, optimised = not, gradients = differences.

Graphs are those of the engine's own tests (`tests/engines/native/test_generated.py`), of other
numbers; models are stacks of layers of odd sizes. Gradients are compared in float64 with central
differences along a random direction.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from torture.children import ROOT, Worker
from torture.figures import Figure, Run, counted

SMOKE = 0.02
ENGINE_TESTS = str(ROOT / "tests" / "engines" / "native")
CHUNK = 10
KINDS = ("graph", "model", "gradient")


def run(run: Run, **variables: str) -> Iterator[Figure]:
    """Counts of what agreed; graphs, models and gradients in equal parts."""
    counts = {"graph": run.count(150, 6000), "model": run.count(40, 2000),
              "gradient": run.count(60, 2000)}  # fmt: skip
    titles = {
        "graph": "graphs: both engines, before and after the passes",
        "model": "models trained by both engines",
        "gradient": "models whose gradients are those of differences, in float64",
    }
    with Worker("lamina", run.folder, patience=300, LAMINA_CACHE="0", **variables) as worker:
        for kind in KINDS:
            yield counted(titles[kind], list(_asked(run, worker, kind, counts[kind])))


def _asked(run: Run, worker: Worker, kind: str, count: int) -> Iterator[tuple[str, str | None]]:
    for first in range(0, count, CHUNK):
        size = min(CHUNK, count - first)
        told = worker.ask("torture.generated", "several", kind=kind, first=first, count=size,
                          seed=run.seed)  # fmt: skip
        if told["returned"] is None:
            yield f"seeds {first} to {first + size - 1}", f"{told['raised']} {told['text']:.100}"
            continue
        yield from ((f"seed {s}", trouble) for s, trouble in told["returned"])


def several(keras: Any, kind: str, first: int, count: int, seed: int) -> list[Any]:
    """What is wrong with so many, if anything: in the worker."""
    one = {"graph": one_graph, "model": one_model, "gradient": one_gradient}[kind]
    found = []
    for i in range(first, first + count):
        try:
            found.append((i, one(keras, random.Random(seed * 1_000_003 + i))))
        except Exception as error:
            found.append((i, f"{type(error).__name__}: {error!s:.150}"))
    return found


# ── graphs ──


def one_graph(keras: Any, chance: random.Random) -> str | None:
    """One graph on both engines, and after the passes on both."""
    if ENGINE_TESTS not in sys.path:
        sys.path.insert(0, ENGINE_TESTS)
    import test_generated as tests
    from twin import ENGINES, run_graph

    from lamina.graph.node import Graph
    from lamina.passes.pipeline import optimize

    numbers = [chance.randrange(10_001) for _ in range(chance.randint(3, 120))]
    sizes = (chance.choice([1, 3, 8, 17, 33]), chance.choice([1, 5, 16, 31]),
             chance.choice([1, 2, 7, 17, 65]))  # fmt: skip
    trace, inputs, garden = tests._grown(numbers, sizes, dynamic=False)
    outputs = [trace.lift(v).node for v in (*garden.floats[3:], *garden.integers[2:])][-12:]
    plain = Graph(tuple(x.node for x in inputs), tuple(outputs))
    arrays = tests._arrays(sizes)
    graphs = {"as it is": plain, "optimised": optimize(plain, check=True)}
    want = run_graph(ENGINES[0], plain, arrays)
    for name, graph in graphs.items():
        for engine in ENGINES:
            for a, b in zip(want, run_graph(engine, graph, arrays), strict=True):
                try:
                    tests._agree(a, b)
                except AssertionError as error:
                    return f"{engine}, {name}: {error!s:.100}"
    return None


# ── models ──


def stack(keras: Any, chance: random.Random, peaks: bool = True) -> tuple[Any, tuple[int, ...]]:
    """A model of a few layers, and the shape of its input; with functions that have corners where
    data often are, at 0 or where two are equal, if `peaks`.
    """
    k = keras.layers
    sequence = chance.random() < 0.5
    shape = (chance.choice([3, 5, 8]), chance.choice([1, 3, 7])) if sequence else (
        chance.choice([1, 5, 17]),)  # fmt: skip
    x = start = keras.Input(shape)
    smooth = ("tanh", "sigmoid", "softplus", "elu", "gelu", "silu", "softmax", "linear",
              *(("selu",) if peaks else ()))  # fmt: skip
    for _ in range(chance.randint(1, 4)):
        units, act = chance.choice([1, 2, 5, 9, 17]), chance.choice(smooth)
        rules: list[Any] = [
            lambda y, u=units, a=act: k.Dense(u, activation=a, use_bias=bool(u % 2))(y),
            lambda y: k.LayerNormalization()(y),
            lambda y: k.BatchNormalization()(y),
            lambda y, a=act: k.Multiply()([y, k.Activation(a)(y)]),
            lambda y, u=units: k.Concatenate()([y, k.Dense(u)(y)]),
            lambda y, a=act: k.Add()([y, k.Activation(a)(y), y]),
        ]
        if len(x.shape) == 3:
            rules += [
                lambda y, u=units, a=act: k.Conv1D(u, 3, padding="same", activation=a)(y),
                lambda y, u=units: k.Conv1D(u, 2, padding="causal", dilation_rate=2)(y),
                lambda y, u=units: k.LSTM(u, return_sequences=True)(y),
                lambda y, u=units: k.GRU(u, return_sequences=True)(y),
                lambda y, u=units: k.SimpleRNN(u, return_sequences=True)(y),
                lambda y: k.AveragePooling1D(2, padding="same")(y),
                lambda y: k.ZeroPadding1D((1, 2))(y),
                lambda y: k.Permute((2, 1))(y),
                lambda y: k.Attention()([y, y]),
            ]
            if peaks:
                rules.append(lambda y: k.MaxPooling1D(2, strides=1, padding="same")(y))
        x = chance.choice(rules)(x)
    if len(x.shape) == 3:
        ends = [k.GlobalAveragePooling1D, k.Flatten, k.GlobalMaxPooling1D][: 3 if peaks else 2]
        x = chance.choice(ends)()(x)
    return keras.Model(start, k.Dense(2)(x)), shape


def one_model(keras: Any, chance: random.Random) -> str | None:
    """The same training by machine code and by the reference, step by step in Python."""
    state, seed = chance.getstate(), chance.randrange(1 << 30)
    found = []
    rules = ("SGD", "Adam", "RMSprop", "Nadam", "AdamW")
    for eager in (False, True):
        chance.setstate(state)
        keras.utils.set_random_seed(seed)
        model, shape = stack(keras, chance)
        data = np.random.default_rng(seed)
        rows = chance.choice([1, 7, 16])
        x = data.normal(size=(rows, *shape)).astype("float32")
        y = data.normal(size=(rows, 2)).astype("float32")
        rule = chance.choice(rules)
        # Where a gradient is 0 but for rounding, its sign alone would decide a whole step.
        options = {} if rule == "SGD" else {"epsilon": 0.01}
        rule = getattr(keras.optimizers, rule)(**options)
        model.compile(rule, "mse", run_eagerly=eager)
        model.fit(x, y, batch_size=5, epochs=1, shuffle=False, verbose=0)
        found.append(model.predict(x, verbose=0) if not eager else np.asarray(model(x)))
    # A few units in the last place a layer and step; divisions by small moments make more of them.
    if not np.allclose(*found, rtol=5e-3, atol=5e-3, equal_nan=True):
        return f"differ by {np.abs(found[0] - found[1]).max():.2g}"
    return None


def one_gradient(keras: Any, chance: random.Random) -> str | None:
    """The tape's gradient along a random direction, and a central difference."""
    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    try:
        seed = chance.randrange(1 << 30)
        keras.utils.set_random_seed(seed)
        model, shape = stack(keras, chance, peaks=False)
        data = np.random.default_rng(seed)
        x, y = data.normal(size=(5, *shape)), data.normal(size=(5, 2))
        weights = model.trainable_weights

        def loss() -> Any:
            return keras.ops.mean(keras.ops.square(model(x, training=True) - y))

        with keras.GradientTape() as tape:
            value = loss()
        gradients = [
            np.zeros(w.shape) if g is None else np.asarray(g, "f8")
            for g, w in zip(tape.gradient(value, weights), weights, strict=True)
        ]
        start = [np.asarray(w.numpy(), "f8") for w in weights]
        way = [data.normal(size=w.shape) for w in start]
        want = sum(float((g * d).sum()) for g, d in zip(gradients, way, strict=True))
        ends, step = [], 1e-5
        for sign in (1, -1):
            for weight, w, d in zip(weights, start, way, strict=True):
                weight.assign(w + sign * step * d)
            ends.append(float(np.asarray(loss())))
        got = (ends[0] - ends[1]) / (2 * step)
    finally:
        keras.config.set_floatx(before)
    # The difference has an error of some step^2 = 1e-10 times third derivatives, and of
    # 1e-16 / step = 1e-11 of rounding.
    if not np.isclose(got, want, rtol=1e-4, atol=1e-6):
        return f"{want:.8g} by the tape, {got:.8g} by a difference"
    return None
