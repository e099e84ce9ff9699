"""scan, cond and while_loop, nested and alone, against the reference engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from twin import both, values

import lamina.ops.primitives as p
from lamina.autodiff import gradient
from lamina.ops.dispatch import as_tensor

# Seven turns forwards and back, with products in another order: some units in the last place each.
FLOATS = {"rtol": 5e-5, "atol": 5e-6}


def _recurrence(x: Any, w: Any) -> Any:
    def step(state: Any, now: Any) -> Any:
        h = p.tanh(p.add(p.contract(state[0], w, ((0, 1), (1, 2), (0, 2))), now[0]))
        return [h], [h, p.reduce_sum(h, [1])]

    start = p.fill((2, 5), 0, "float32")
    last, stacked = p.scan(step, [start], [x], 7)
    return [*last, *stacked]


def _recurrence_gradient(x: Any, w: Any) -> Any:
    last, stacked, sums = _recurrence(x, w)
    loss = p.add(p.reduce_sum(p.mul(last, stacked), [0, 1, 2]), p.reduce_sum(sums, [0, 1]))
    return gradient(loss, [x, w])


def _fibonacci(x: Any) -> Any:
    """Carries that change places, and one that passes through."""

    def step(state: Any, now: Any) -> Any:
        a, b, same = state
        return [b, p.add(a, p.add(b, now[0])), same], [a, same]

    last, stacked = p.scan(step, [x, p.mul(x, 2.0), x], [p.iota((6,), 0, "float32")], 6)
    return [*last, *stacked]


def _backwards(x: Any) -> Any:
    last, stacked = p.scan(
        lambda state, now: ([p.sub(now[0], state[0])], [state[0], now[0]]),
        [p.fill((5,), 1, "float32")], [x], 4, reverse=True,
    )  # fmt: skip
    return [*last, *stacked]


def _no_turns(x: Any) -> Any:
    last, stacked = p.scan(
        lambda state, now: ([p.add(state[0], 1.0)], [state[0]]),
        [x],
        [p.fill((0, 2), 0, "int32")],
        0,
    )
    return [*last, *stacked]


def _nested(x: Any) -> Any:
    def outer(state: Any, now: Any) -> Any:
        def inner(carry: Any, row: Any) -> Any:
            total = p.add(carry[0], p.mul(row[0], state[0]))
            return [total], [p.mul(total, now[0])]

        last, rows = p.scan(inner, [state[0]], [x], 3)
        return [last[0]], [rows[0]]

    last, stacked = p.scan(outer, [p.fill((4,), 0.5, "float32")], [p.iota((5,), 0, "float32")], 5)
    return [*last, *stacked]


def _branches(x: Any) -> Any:
    def both_of(limit: float) -> Any:
        test = p.gt(p.reduce_sum(x, [0]), limit)
        return p.cond(
            test,
            lambda: [p.mul(x, 2.0), x, as_tensor(1, "int32")],
            lambda: [p.exp(x), p.flip(x, [0]), as_tensor(2, "int32")],
        )

    return [*both_of(1e6), *both_of(-1e6)]


def _newton(x: Any) -> Any:
    """Square roots by Newton's method, until they are near; and a loop that never runs."""

    def far(state: Any) -> Any:
        return p.reduce_any(p.gt(p.abs_(p.sub(p.mul(state[0], state[0]), x)), 1e-4), [0])

    def better(state: Any) -> Any:
        return [p.mul(p.add(state[0], p.div(x, state[0])), 0.5), p.add(state[1], 1)]

    found = p.while_loop(far, better, [x, as_tensor(0, "int32")])
    bounded = p.while_loop(far, better, [x, as_tensor(0, "int32")], maximum_iterations=2)
    never = p.while_loop(lambda s: p.lt(s[0], 0), lambda s: [p.add(s[0], 1)], [as_tensor(3)])
    return [*found, *bounded, *never]


def _scan_of_cond(x: Any) -> Any:
    def step(state: Any, now: Any) -> Any:
        even = p.eq(p.mod(now[0], 2), 0)
        chosen = p.cond(even, lambda: [p.add(state[0], x)], lambda: [p.mul(state[0], 0.5)])
        return chosen, [p.reshape(chosen[0], (5, 1))]

    last, stacked = p.scan(step, [p.fill((5,), 0, "float32")], [p.iota((9,), 0, "int32")], 9)
    return [*last, *stacked]


CASES: dict[str, tuple[Callable[..., Any], list[tuple[int, ...]]]] = {
    "recurrence": (_recurrence, [(7, 2, 5), (5, 5)]),
    "gradient of a recurrence": (_recurrence_gradient, [(7, 2, 5), (5, 5)]),
    "carries change places": (_fibonacci, [(3,)]),
    "backwards": (_backwards, [(4, 5)]),
    "no turns": (_no_turns, [(2,)]),
    "nested": (_nested, [(3, 4)]),
    "branches": (_branches, [(17,)]),
    "scan of cond": (_scan_of_cond, [(5,)]),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_regions_agree(name: str) -> None:
    function, shapes = CASES[name]
    arrays = [values(shape, "float32", seed) / 2 for seed, shape in enumerate(shapes)]
    for want, got in both(function, arrays):
        np.testing.assert_allclose(got, want, **FLOATS)


def test_while_loops_agree() -> None:
    arrays = [np.abs(values((5,), "float32")) + 0.5]
    for want, got in both(_newton, arrays):
        np.testing.assert_allclose(got, want, **FLOATS)
