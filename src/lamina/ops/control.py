"""Loops and branches over structures of tensors, as Keras states them."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

from lamina.errors import ArgumentError
from lamina.graph.structure import flatten, pack
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, shape_of


def scan(
    f: Callable[[Any, Any], Any],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    unroll: int = 1,
) -> tuple[Any, Any]:
    """(carry, y_i) = f(carry, x_i) for each i along axis 0: the last carry and the stacked ys.

    `unroll` changes nothing but speed elsewhere and is accepted.
    """
    columns = [] if xs is None else [as_tensor(x) for x in flatten(xs)]
    steps = {shape_of(x)[0] for x in columns} | (set() if length is None else {int(length)})
    if len(steps) != 1:
        raise ArgumentError(
            "ops.scan", "needs to know its number of steps", f"lengths {sorted(steps)}",
            "pass xs of equal first axes, or length=",
        )  # fmt: skip
    template: list[Any] = []

    def step(carry: Any, now: Any) -> Any:
        given = None if xs is None else pack(xs, list(now))
        after, y = f(pack(init, list(carry)), given)
        template[:] = [y]
        return flatten(after), [] if y is None else flatten(y)

    carry, ys = p.scan(step, flatten(init), columns, steps.pop(), reverse)
    y = template[0] if template else None
    return pack(init, carry), None if y is None else pack(y, ys)


def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """true_fn() where the scalar predicate holds, else false_fn()."""
    template: list[Any] = []

    def branch(function: Callable[[], Any]) -> Callable[[], list[Any]]:
        def run() -> list[Any]:
            value = function()
            template[:] = [value]
            return flatten(value)

        return run

    values = p.cond(p.cast(as_tensor(pred), "bool"), branch(true_fn), branch(false_fn))
    return pack(template[0], values)


def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    maximum_iterations: int | None = None,
) -> Any:
    """loop_vars = body(*loop_vars) while cond(*loop_vars) holds. It has no gradient."""
    several = isinstance(loop_vars, list | tuple)

    def unpacked(values: Any) -> Any:
        packed = pack(loop_vars, list(values))
        return packed if several else (packed,)

    values = p.while_loop(
        lambda v: p.cast(as_tensor(cond(*unpacked(v))), "bool"),
        lambda v: flatten(body(*unpacked(v))),
        flatten(loop_vars),
        maximum_iterations,
    )
    return pack(loop_vars, values)


def fori_loop(lower: int, upper: int, body_fun: Callable[[Any, Any], Any], init_val: Any) -> Any:
    """value = body_fun(i, value) for i from lower below upper."""
    start = as_tensor(lower, "int32")

    def step(carry: Any, _: Any) -> Any:
        value = body_fun(carry[0], pack(init_val, list(carry[1:])))
        return [p.add(carry[0], 1), *flatten(value)], []

    length = builtins.max(0, int(upper) - int(lower))
    carry, _ = p.scan(step, [start, *flatten(init_val)], [], length)
    return pack(init_val, carry[1:])


def map(f: Callable[[Any], Any], xs: Any) -> Any:
    """f of each slice along axis 0, stacked."""
    return scan(lambda carry, x: (carry, f(x)), [], xs)[1]


def switch(index: Any, branches: Any, *operands: Any) -> Any:
    """branches[index](*operands), the index clamped to the branches."""
    last = len(branches) - 1
    if last == 0:
        return branches[0](*operands)
    chosen = p.le(as_tensor(index), 0)
    return cond(
        chosen,
        lambda: branches[0](*operands),
        lambda: switch(p.sub(as_tensor(index), 1), branches[1:], *operands),
    )
