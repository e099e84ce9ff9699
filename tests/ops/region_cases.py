"""Rows for scan, cond and while_loop, in the form of `primitive_cases`."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from primitive_cases import BATCH, Case, real, rows, whole

from lamina.ops import custom_gradient
from lamina.ops import primitives as p


def _recurrence(x: Any, w: Any, h: Any, reverse: bool) -> Any:
    """h = tanh(x_t + h w): the carry, and what each step emits."""

    def step(carries: Any, now: Any) -> Any:
        state = p.tanh(p.add(now[0], p.contract(carries[0], w, ((0, 1), (1, 2), (0, 2)))))
        return [state], [p.mul(state, now[0]), state]

    carries, ys = p.scan(step, [h], [x], rows(x), reverse)
    return [*carries, *ys]


def _recurrence_judge(x: Any, w: Any, h: Any, reverse: bool) -> Any:
    def step(carry: Any, now: Any) -> Any:
        state = jnp.tanh(now + carry @ w)
        return state, (state * now, state)

    last, ys = lax.scan(step, h, x, reverse=reverse)
    return [last, *ys]


def _counted(x: Any, total: Any) -> Any:
    """A carry that is a whole number beside one that is not, and no xs."""

    def step(carries: Any, now: Any) -> Any:
        count, value = carries
        return [p.add(count, 1), p.mul(p.add(value, x), 0.5)], [p.cast(count, x.dtype)]

    carries, ys = p.scan(step, [total, x], [], 5)
    return [*carries, *ys]


def _counted_judge(x: Any, total: Any) -> Any:
    def step(carry: Any, _: Any) -> Any:
        count, value = carry
        return (count + 1, (value + x) * 0.5), count.astype(x.dtype)

    (count, value), ys = lax.scan(step, (total, x), None, length=5)
    return [count, value, ys]


def _nested(x: Any) -> Any:
    """A scan inside a scan, both of which use what lies outside."""

    def outer(carries: Any, now: Any) -> Any:
        def inner(held: Any, entry: Any) -> Any:
            return [p.sin(p.add(held[0], p.mul(entry[0], now[0])))], []

        (value,), _ = p.scan(inner, [carries[0]], [x], rows(x))
        return [value], [value]

    carries, ys = p.scan(outer, [p.fill((), 0.5, x.dtype)], [x], rows(x))
    return [*carries, *ys]


def _nested_judge(x: Any) -> Any:
    def outer(carry: Any, now: Any) -> Any:
        value, _ = lax.scan(lambda held, entry: (jnp.sin(held + entry * now), None), carry, x)
        return value, value

    last, ys = lax.scan(outer, jnp.asarray(0.5, x.dtype), x)
    return [last, ys]


def _branch(x: Any, w: Any, n: Any) -> Any:
    return p.cond(
        p.gt(n, 0),
        lambda: [p.mul(x, w), p.add(x, 1.0)],
        lambda: [p.sin(x), p.mul(p.mul(w, w), x)],
    )


def _branch_judge(x: Any, w: Any, n: Any) -> Any:
    return lax.cond(n > 0, lambda: [x * w, x + 1.0], lambda: [jnp.sin(x), w * w * x])


def _halving(x: Any, n: Any) -> Any:
    return p.while_loop(
        lambda v: p.lt(v[0], n),
        lambda v: [p.add(v[0], 1), p.mul(v[1], 0.5)],
        [p.fill((), 0, "int32"), x],
    )


def _halving_judge(x: Any, n: Any) -> Any:
    start = (jnp.asarray(0, "int32"), x)
    return list(lax.while_loop(lambda v: v[0] < n, lambda v: (v[0] + 1, v[1] * 0.5), start))


def _bounded(x: Any) -> Any:
    return p.while_loop(
        lambda v: p.fill((), True, "bool"), lambda v: [p.mul(v[0], 1.5)], [x], 3
    )  # fmt: skip


@custom_gradient
def _own_slope(x: Any, w: Any) -> Any:
    """Two results, and a way back that is not theirs."""
    product = p.mul(x, w)

    def grad(g: Any, h: Any) -> Any:
        return p.add(p.mul(p.mul(g, w), 3.0), h), p.mul(p.mul(g, product), h)

    return (product, p.add(x, w)), grad


@jax.custom_vjp
def _own_slope_judge(x: Any, w: Any) -> Any:
    return x * w, x + w


_own_slope_judge.defvjp(
    lambda x, w: ((x * w, x + w), (x, w)),
    lambda saved, g: (g[0] * saved[1] * 3.0 + g[1], g[0] * saved[0] * saved[1] * g[1]),
)


def _scanned(x: Any) -> Any:
    """A gradient of its own inside a loop."""

    def step(carries: Any, now: Any) -> Any:
        y, z = _own_slope(carries[0], now[0])
        return [p.sin(z)], [y]

    carries, ys = p.scan(step, [p.fill((3,), 0.5, x.dtype)], [x], rows(x))
    return [*carries, *ys]


def _scanned_judge(x: Any) -> Any:
    def step(carry: Any, now: Any) -> Any:
        y, z = _own_slope_judge(carry, now)
        return jnp.sin(z), y

    last, ys = lax.scan(step, jnp.full((3,), 0.5, x.dtype), x)
    return [last, ys]


REGIONS = [
    Case("custom_gradient", _own_slope, _own_slope_judge, (real(BATCH, 3), real(BATCH, 3))),
    Case("custom_gradient: scan", _scanned, _scanned_judge, (real(5, 3),)),
    Case("scan", lambda x, w, h: _recurrence(x, w, h, False),
         lambda x, w, h: _recurrence_judge(x, w, h, False),
         (real(5, BATCH, 3), real(3, 3), real(BATCH, 3))),
    Case("scan: reverse", lambda x, w, h: _recurrence(x, w, h, True),
         lambda x, w, h: _recurrence_judge(x, w, h, True),
         (real(5, BATCH, 3), real(3, 3), real(BATCH, 3))),
    Case("scan: counter", _counted, _counted_judge, (real(BATCH, 3), whole(low=0, high=3))),
    Case("scan: nested", _nested, _nested_judge, (real(4),)),
    Case("scan: along rows",
         lambda x: p.scan(lambda c, v: ([p.add(c[0], v[0])], []), [p.fill((3,), 0.0, x.dtype)],
                          [x], rows(x))[0][0],
         lambda x: jnp.sum(x, 0), (real(BATCH, 3),), exact=True),
    Case("cond", _branch, _branch_judge, (real(BATCH, 3), real(3), whole(low=1, high=3))),
    Case("cond: false", _branch, _branch_judge, (real(BATCH, 3), real(3), whole(low=-3, high=0))),
    Case("while_loop", _halving, _halving_judge, (real(BATCH, 3), whole(low=4, high=5))),
    Case("while_loop: bounded", _bounded, lambda x: [x * 1.5**3], (real(BATCH, 3),)),
]  # fmt: skip
