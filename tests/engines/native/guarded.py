"""What test_guard runs in processes of their own: `python guarded.py what`."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import test_generated
from twin import run_graph, traced, values

import lamina as keras
import lamina.ops.primitives as p
from lamina import config, ops
from lamina.engines.native import guard, modules
from lamina.engines.native.emit import Function, Module
from lamina.engines.native.functions import arguments_of
from lamina.engines.native.kernel import Kernel
from lamina.engines.native.tiles import kernel, lanes, program, seed
from lamina.graph.tensor import Tensor

Arenas = list[tuple[np.ndarray, tuple[tuple[int, int], ...]]]


def noted() -> Arenas:
    """Every arena that is guarded from now on, with its buffers."""
    arenas: Arenas = []
    close = guard.close

    def noting(memory: np.ndarray, buffers: tuple[tuple[int, int], ...], front: int) -> None:
        close(memory, buffers, front)
        arenas.append((memory, buffers))

    guard.close = noting  # type: ignore[assignment]
    return arenas


def check(arenas: Arenas) -> None:
    """No margin was written: what lies so near to a buffer that no page could be closed there."""
    assert arenas
    for memory, buffers in arenas:
        for start, stop in guard.margins(buffers):
            assert (memory[start:stop] == guard.UNTOUCHED).all(), f"written at {start}"


# ── networks ──


def _dense(inputs: int, *units: int) -> keras.Sequential:
    hidden = [keras.layers.Dense(n, activation="relu") for n in units]
    return keras.Sequential(
        [
            keras.layers.Input((inputs,)), *hidden, keras.layers.Dropout(0.3),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )  # fmt: skip


class _Normal(keras.layers.Layer):
    """Rows of mean 0 and variance 1, in the order of their entries."""

    def call(self, x: Tensor) -> Tensor:
        centred = x - ops.mean(x, axis=-1, keepdims=True)
        return ops.sort(centred * ops.rsqrt(ops.var(x, axis=-1, keepdims=True) + 1e-3), axis=-1)


def _normalised() -> keras.Sequential:
    return keras.Sequential(
        [
            keras.layers.Input((13,)), keras.layers.Dense(37, activation="tanh"),
            _Normal(), keras.layers.Dense(3, activation="softmax", kernel_regularizer="l2"),
        ]
    )  # fmt: skip


# Inputs, the network, its optimizer.
NETWORKS: dict[str, tuple[int, Callable[[], keras.Sequential], str]] = {
    "narrow": (1, lambda: _dense(1, 16, 33), "adam"),
    "odd": (17, lambda: _dense(17, 33, 65), "rmsprop"),
    "one unit": (5, lambda: _dense(5, 1, 7), "sgd"),
    "wide": (100, lambda: _dense(100, 129), "adamw"),
    "normalised": (13, _normalised, "nadam"),
}


def _trained(name: str, eager: bool, rows: int, batch: int) -> list[np.ndarray]:
    inputs, make, optimizer = NETWORKS[name]
    keras.utils.set_random_seed(5)
    model = make()
    model.compile(
        optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"], run_eagerly=eager
    )
    x, y = values((rows, inputs), "float32", 1), np.arange(rows) % 3
    model.fit(x, y, batch_size=batch, epochs=2, verbose=0, validation_data=(x[:5], y[:5]))
    one = model.train_on_batch(x[:batch], y[:batch])
    served = model.compile_predict(batch=3)(x[:3])
    return [np.asarray(one), served, model.predict(x, batch_size=batch, verbose=0)]


def networks() -> None:
    """Each network in batches of 23 and of 1, alone and shared out between two threads."""
    _compare([(50, 23), (7, 1)], [(1, kernel.SHARED_CYCLES), (2, 0)])


def _compare(sizes: list[tuple[int, int]], teams: list[tuple[int, float]]) -> None:
    """Against the reference engine: the numbers of rows and batch, of threads and shared cycles."""
    for name in NETWORKS:
        for rows, batch in sizes:
            want = _trained(name, True, rows, batch)
            for threads, shared in teams:
                config.set_num_threads(threads)
                kernel.SHARED_CYCLES = shared  # type: ignore[misc]
                for a, b in zip(want, _trained(name, False, rows, batch), strict=True):
                    # float32 in other orders through a few updates, Adam's of them near the sign.
                    np.testing.assert_allclose(b, a, rtol=2e-3, atol=2e-4, err_msg=name)


def blocks() -> None:
    """The same with everything large: blocks, bands, prefetching."""
    lanes.BLOCK_DEPTH, lanes.DEEP, lanes.BAND_BYTES, lanes.NEAR = 8, 4, 1, 1
    program.FAR_BYTES = seed.FAR_BYTES = 1
    _compare([(50, 23)], [(2, 0)])


def generated() -> None:
    """The generated graphs and programs."""
    test_generated.test_generated_graphs_agree()
    test_generated.test_generated_programs_agree_on_partial_batches()


# ── planted ──


def planted(count: int, place: int, write: bool) -> None:
    """A kernel that makes `count` floats also writes or reads eight bytes `place` from there."""

    def emit(module: Module, name: str, kernel: Kernel) -> None:
        with Function(module, name, arguments_of(kernel)) as f:
            kernel.emit(f, f.arguments)
            there = f.at(f.arguments[0], place)
            # What is read is stored again: a load whose value nobody wants is not made.
            value = f.index(7) if write else f.load(f.index(0).type, there, 1)
            f.store(value, there if write else f.arguments[0], 1)

    modules.emit_kernel = emit
    x = values((count,), "float32")
    run_graph("native", traced(lambda v: p.exp(v), [x]), [x])


WHAT = {"networks": networks, "blocks": blocks, "generated": generated}

if __name__ == "__main__":
    what, *numbers = sys.argv[1:]
    found = noted()
    if what in WHAT:
        WHAT[what]()
    else:
        planted(int(numbers[0]), int(numbers[1]), what == "write")
    check(found)
