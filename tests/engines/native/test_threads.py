"""Steps on several threads: the same bits, whoever computes what; helpers come, go and survive."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import lamina as keras
from lamina import config, ops
from lamina.engines.native import planner, scatter, threads
from lamina.engines.native.tiles import kernel, lanes, program
from lamina.errors import ArgumentError
from lamina.graph.tensor import Tensor

pytestmark = pytest.mark.skipif(os.name != "posix", reason="helpers need sched_yield")


@pytest.fixture(autouse=True)
def every_kernel_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "SHARED_CYCLES", 0)
    monkeypatch.setattr(scatter, "SHARED", 0)
    monkeypatch.setattr(config, "_threads", 0)


def _dense(outputs: int) -> keras.Sequential:
    keras.utils.set_random_seed(3)
    return keras.Sequential(
        [
            keras.layers.Input((17,)),
            keras.layers.Dense(33, activation="relu"),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(65, activation="tanh", kernel_regularizer="l2"),
            keras.layers.Dense(outputs, activation="softmax"),
        ]
    )


class _Loop(keras.layers.Layer):
    def call(self, x: Tensor) -> Tensor:
        return ops.scan(lambda carry, _: (ops.tanh(carry), None), x, length=3)[0]


def _sorting() -> keras.Model:
    """Kernels that no team shares stand between those that it does, and a loop around some."""
    keras.utils.set_random_seed(3)
    x = keras.layers.Input((17,))
    y = ops.sort(keras.layers.Dense(40)(x), axis=-1)

    y = _Loop()(y)
    return keras.Model(x, keras.layers.Dense(3, activation="softmax")(y))


class _Gated(keras.layers.Layer):
    """A recurrence with two gates over the features, one at a time."""

    def build(self, input_shape: tuple[int, ...]) -> None:
        self.w = self.add_weight(shape=(1, 80), name="w")
        self.u = self.add_weight(shape=(40, 80), initializer="orthogonal", name="u")

    def call(self, x: Tensor) -> Tensor:
        def step(h: Tensor, now: Tensor) -> tuple[Tensor, None]:
            gate, new = ops.split(ops.matmul(now, self.w) + ops.matmul(h, self.u), 2, axis=-1)
            return h + ops.sigmoid(gate) * (ops.tanh(new) - h), None

        zero = ops.matmul(x[:, :1], ops.zeros((1, 40)))
        return ops.scan(step, zero, ops.transpose(x)[:, :, None])[0]


def _recurrent() -> keras.Model:
    """A loop whose kernels are shared, with a barrier in each turn."""
    keras.utils.set_random_seed(3)
    x = keras.layers.Input((17,))
    return keras.Model(x, keras.layers.Dense(3, activation="softmax")(_Gated()(x)))


def _pools() -> keras.Sequential:
    keras.utils.set_random_seed(3)
    return keras.Sequential(
        [
            keras.layers.Input((17,)),
            keras.layers.Dense(162),
            keras.layers.Reshape((9, 9, 2)),
            keras.layers.Conv2D(20, 3, activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.BatchNormalization(),
            keras.layers.Conv2D(6, 2, padding="same", activation="tanh"),
            keras.layers.Flatten(),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )


MODELS: dict[str, Callable[[], keras.Model]] = {
    "dense": lambda: _dense(3), "wide": lambda: _dense(70), "sorting": _sorting,
    "recurrent": _recurrent, "pools": _pools,
}  # fmt: skip


def _trained(make: Callable[[], keras.Model], count: int) -> list[np.ndarray]:
    config.set_num_threads(count)
    model = make()
    random = np.random.default_rng(0)
    x, y = random.normal(size=(101, 17)).astype("float32"), random.integers(0, 3, 101)
    model.compile(
        keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    history = model.fit(
        x, y, batch_size=24, epochs=3, verbose=0, validation_data=(x[:30], y[:30])
    ).history
    return [*model.get_weights(), np.array([history[k] for k in sorted(history)]), model.predict(x)]


@pytest.mark.parametrize("blocks", [False, True], ids=["whole", "in blocks"])
@pytest.mark.parametrize("name", MODELS)
def test_bits_do_not_depend_on_the_number_of_threads(
    name: str, blocks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if blocks:
        monkeypatch.setattr(lanes, "BLOCK_DEPTH", 8)
        monkeypatch.setattr(program, "FAR_BYTES", 1)
        monkeypatch.setattr(lanes, "NEAR", 1)
        monkeypatch.setattr(planner, "SPREAD_BYTES", 1)
    one = _trained(MODELS[name], 1)
    for count in (2, 3, 5):
        for a, b in zip(one, _trained(MODELS[name], count), strict=True):
            np.testing.assert_array_equal(a, b)


def test_two_calls_at_once_both_come_out_right() -> None:
    want = _trained(MODELS["dense"], 2)
    found: dict[int, list[np.ndarray]] = {}
    # Seeds are the process's; models and seeds are made one after the other, training overlaps.
    workers = [
        threading.Thread(target=lambda i=i: found.update({i: _predicted(i)})) for i in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(found) == 4
    for i in range(4):
        np.testing.assert_array_equal(found[i][0], found[i][1])
    np.testing.assert_array_equal(_trained(MODELS["dense"], 2)[0], want[0])


def _predicted(seed: int) -> list[np.ndarray]:
    """One prediction three times over from a model of this thread's own."""
    x = np.random.default_rng(seed).normal(size=(700, 17)).astype("float32")
    model = _dense(9)
    return [model.predict(x, batch_size=128, verbose=0) for _ in range(3)]


FORKED = """
import os, numpy as np, lamina as keras
from lamina.engines.native.tiles import kernel

kernel.SHARED_CYCLES = 0
keras.config.set_num_threads(2)
x = np.ones((64, 17), "float32")
model = keras.Sequential([keras.layers.Dense(33), keras.layers.Dense(9)])
want = model.predict(x, verbose=0)
child = os.fork()
if child == 0:
    os._exit(0 if np.array_equal(model.predict(x, verbose=0), want) else 1)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_forked_process_predicts_too() -> None:
    """In a process of its own: those that other tests have loaded here do not take to forking."""
    done = subprocess.run([sys.executable, "-c", FORKED], timeout=120, check=False)
    assert done.returncode == 0


# ── how many ──


@pytest.mark.parametrize(
    ("text", "count"), [("max 100000", None), ("100000 100000", 1), ("150000 100000", 2)]
)
def test_quotas_of_control_groups_count(
    text: str, count: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quota = tmp_path / "cpu.max"
    quota.write_text(text)
    monkeypatch.setattr(threads, "QUOTAS", (quota, tmp_path / "absent"))
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    assert threads.usable() == (count or 8)


def test_affinity_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "QUOTAS", ())
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {3}, raising=False)
    assert threads.number() == 1


def test_code_comes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAMINA_NUM_THREADS", "3")
    assert threads.number() == 3
    config.set_num_threads(2)
    assert threads.number() == 2


@pytest.mark.parametrize("count", [-1, 1.5, True, "2"])
def test_a_number_of_threads_is_whole(count: object) -> None:
    with pytest.raises(ArgumentError, match="needs a whole number from 0"):
        config.set_num_threads(count)  # type: ignore[arg-type]
