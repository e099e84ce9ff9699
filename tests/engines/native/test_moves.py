"""Ops that move, index and order: the native engine's results are the reference's, bit for bit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from twin import both, values

import lamina.ops.primitives as p
from lamina.graph import dtypes

Case = tuple[Callable[..., object], list[tuple[int, ...]]]

CASES: dict[str, Case] = {
    "broadcast_to": (lambda x: p.add(p.broadcast_to(x, (2, 3, 7)), x), [(3, 1)]),
    "broadcast_to stored": (lambda x: p.broadcast_to(x, (2, 3, 7)), [(3, 1)]),
    "reshape": (lambda x: p.reshape(x, (5, 3, 2)), [(2, 15)]),
    "reshape of a transpose": (
        lambda x: p.reshape(p.transpose(x, (2, 0, 1)), (6, 17)),
        [(2, 17, 3)],
    ),
    "reshape of a slice": (
        lambda x: p.reshape(p.slice_(x, [0, 1, 0], [4, 4, 5], [2, 1, 1]), (2, 15)),
        [(4, 5, 5)],
    ),
    "transpose": (lambda x: p.transpose(x, (1, 0)), [(17, 5)]),
    "transpose 4": (lambda x: p.transpose(x, (3, 1, 0, 2)), [(2, 3, 4, 5)]),
    "concatenate": (lambda x, y, z: p.concatenate([x, y, z, x], 1), [(3, 4), (3, 1), (3, 0)]),
    "concatenate last": (lambda x, y: p.concatenate([x, y], 2), [(2, 3, 17), (2, 3, 4)]),
    "slice": (lambda x: p.slice_(x, [1, 2], [7, 17], [2, 5]), [(8, 17)]),
    "slice of none": (lambda x: p.slice_(x, [8, 2], [8, 9]), [(8, 17)]),
    "flip": (lambda x: p.flip(x, [0, 2]), [(3, 2, 17)]),
    "pad": (lambda x, v: p.pad(x, v, [1, 0], [0, 3], [2, 1]), [(4, 17), ()]),
    "pad of nothing": (lambda x, v: p.pad(x, v, [1, 1], [0, 3], [0, 0]), [(0, 2), ()]),
    "iota": (lambda x: p.concatenate([p.iota((3, 5), 0, x.dtype), p.iota((3, 5), 1, x.dtype)], 0),
             [(1,)]),
    "dynamic_slice": (lambda x: p.dynamic_slice(x, [1, 9], [2, 3]), [(4, 7)]),
    "dynamic_slice before": (lambda x: p.dynamic_slice(x, [-5, 1], [2, 3]), [(4, 7)]),
    "dynamic_update_slice": (lambda x, y: p.dynamic_update_slice(x, y, [9, -1]), [(4, 7), (2, 3)]),
    "chain": (
        lambda x: p.flip(p.transpose(p.slice_(x, [1, 0], [7, 9], [3, 2]), (1, 0)), [1]),
        [(8, 9)],
    ),
    "select": (lambda x, y: p.select(p.lt(x, y), x, p.transpose(y, (1, 0))), [(5, 5), (5, 5)]),
}  # fmt: skip


@pytest.mark.parametrize("dtype", dtypes.DTYPES)
@pytest.mark.parametrize("name", [name for name in CASES if name != "broadcast_to"])
def test_moves_are_exact(name: str, dtype: str) -> None:
    function, shapes = CASES[name]
    arrays = [values(shape, dtype, seed) for seed, shape in enumerate(shapes)]
    for want, got in both(function, arrays):
        np.testing.assert_array_equal(got, want)


INDICES = {
    "inside": [[0, 4], [2, 2], [3, 1]],
    "negative": [[-1, -5], [2, -2], [0, 0]],
    "outside": [[7, -9], [100, -100], [5, -6]],
}


@pytest.mark.parametrize("kind", ["int8", "int32", "int64", "uint8", "uint64"])
@pytest.mark.parametrize("where", sorted(INDICES))
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_indices_wrap_then_clamp(axis: int, where: str, kind: str) -> None:
    """gather and scatter_add, gather_along and scatter_along_add, on every axis."""
    index = np.asarray(INDICES[where]).astype(kind)
    shape = [4, 3, 17]
    shape[axis] = 5
    x = values(tuple(shape), "float32")
    updates = values((*shape[:axis], 3, 2, *shape[axis + 1 :]), "float32", 1)
    along_shape = [4, 3, 17]
    along_shape[axis] = 6
    along = np.resize(index, along_shape)
    more = values(tuple(along_shape), "float32", 2)

    def function(x, index, updates, along, more):  # type: ignore[no-untyped-def]
        return [
            p.gather(x, index, axis), p.scatter_add(x, index, updates, axis),
            p.gather_along(x, along, axis), p.scatter_along_add(x, along, more, axis),
        ]  # fmt: skip

    for want, got in both(function, [x, index, updates, along, more]):
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("dtype", dtypes.DTYPES[1:])
def test_scatters_add_in_every_dtype(dtype: str) -> None:
    x, index = values((5, 3), dtype), np.asarray([4, 0, 4, 4, -1], "int32")
    updates = values((5, 3), dtype, 1)
    along = np.resize(np.asarray([1, 2, 1, 0, 2], "int32"), (5, 3))

    def function(x, index, updates, along):  # type: ignore[no-untyped-def]
        return p.scatter_add(x, index, updates, 0), p.scatter_along_add(x, along, updates, 0)

    for want, got in both(function, [x, index, updates, along]):
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("dtype", dtypes.DTYPES)
@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("size", [1, 2, 7, 33])
def test_sorting_is_stable_with_nan_last(size: int, axis: int, dtype: str) -> None:
    shape = [2, 3, 2]
    shape[axis] = size
    x = values(tuple(shape), dtype)
    if dtype.startswith("float"):
        x = np.round(x)
        x[np.random.default_rng(1).random(x.shape) < 0.2] = np.nan
        x[np.random.default_rng(2).random(x.shape) < 0.1] = -np.inf
    for want, got in both(lambda x: [p.sort(x, axis), p.argsort(x, axis)], [x]):
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("dtype", dtypes.DTYPES)
@pytest.mark.parametrize("axis", [0, 1, (0, 1)])
def test_the_first_extreme_wins_and_nan_before_all(axis: int | tuple[int, int], dtype: str) -> None:
    x = values((9, 7), dtype)
    if dtype.startswith("float"):
        x = np.round(x)
        x[2, 3] = x[4, 3] = x[5, 1] = np.nan
    for want, got in both(lambda x: [p.argmax(x, axis), p.argmin(x, axis)], [x]):
        np.testing.assert_array_equal(got, want)


def test_a_custom_gradient_is_its_value() -> None:
    """Alone, and in the body of a scan."""

    def function(x):  # type: ignore[no-untyped-def]
        def own(xs, gs):  # type: ignore[no-untyped-def]
            return [None] * len(xs)

        def step(state, now):  # type: ignore[no-untyped-def]
            return list(p.with_gradient([p.add(state[0], z)], [z], own)), []

        y, z = p.with_gradient([p.exp(x), x], [x], own)
        (last,), _ = p.scan(step, [y], [], 3)
        return y, z, last

    for want, got in both(function, [values((17,), "float32")]):
        np.testing.assert_allclose(got, want, rtol=1e-6)


@pytest.mark.parametrize("shape", [(), (1,), (17,), (3, 1), (4097,)])
def test_random_words(shape: tuple[int, ...]) -> None:
    keys = [values((), "uint32", 1), values((), "uint32", 2)]
    counters = [values(shape, "uint32", 3), values(shape, "uint32", 4)]
    for want, got in both(lambda *x: list(p.threefry(*x)), [*keys, *counters]):
        np.testing.assert_array_equal(got, want)
