"""Loops and branches over structures of tensors, as Keras states them."""

from __future__ import annotations

import builtins
import math
import re
from collections.abc import Callable
from typing import Any

from lamina.errors import ArgumentError
from lamina.graph.structure import flatten, pack
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.primitives.elementwise import broadcast_shapes
from lamina.ops.public import axis_of

__all__ = [
    "associative_scan", "cond", "fori_loop", "map", "scan", "switch", "vectorize", "vectorized_map",
    "while_loop",
]  # fmt: skip


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


def vectorized_map(function: Callable[[Any], Any], elements: Any) -> Any:
    """function of each slice along axis 0, stacked. Here the same as `map`."""
    return map(function, elements)


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


def associative_scan(
    f: Callable[[Any, Any], Any], elems: Any, reverse: bool = False, axis: int = 0
) -> Any:
    """Each entry along an axis combined with all before it by an associative f: f(f(a, b), c).

    Blelloch 1990: pairs are combined, the half as many results scanned, and the rest filled in.
    """
    columns = [as_tensor(x) for x in flatten(elems)]
    places = [axis_of("associative_scan", axis, x.ndim) for x in columns]
    sizes = {shape_of(x)[place] for x, place in zip(columns, places, strict=True)}
    if len(sizes) != 1:
        raise ArgumentError(
            "ops.associative_scan", "needs tensors of equal length along the axis",
            f"lengths {sorted(sizes)}", "cut or pad them",
        )  # fmt: skip

    def combine(a: list[Any], b: list[Any]) -> list[Any]:
        return [as_tensor(y) for y in flatten(f(pack(elems, a), pack(elems, b)))]

    def turned(xs: list[Any]) -> list[Any]:
        return [p.flip(x, [k]) for x, k in zip(xs, places, strict=True)] if reverse else xs

    return pack(elems, turned(_prefixes(combine, turned(columns), places)))


def _prefixes(combine: Callable[..., list[Any]], xs: list[Any], axes: list[int]) -> list[Any]:
    size = shape_of(xs[0])[axes[0]]
    if size < 2:
        return xs

    def every_other(values: list[Any], start: int, stop: int) -> list[Any]:
        return [p.part(x, k, start, stop, 2) for x, k in zip(values, axes, strict=True)]

    even = size - size % 2
    pairs = combine(every_other(xs, 0, even), every_other(xs, 1, even))
    odd = _prefixes(combine, pairs, axes)
    if size == 2:
        return [_joined(every_other(xs, 0, 1), odd, axes, i) for i in range(len(xs))]
    before = [p.part(y, k, 0, (size - 1) // 2) for y, k in zip(odd, axes, strict=True)]
    later = combine(before, every_other(xs, 2, size))
    first = every_other(xs, 0, 1)
    evens = [p.concatenate([a, b], k) for a, b, k in zip(first, later, axes, strict=True)]
    return [_joined(evens, odd, axes, i) for i in range(len(xs))]


def _joined(evens: list[Any], odds: list[Any], axes: list[int], i: int) -> Any:
    """Entries 0, 2, ... and 1, 3, ... put between one another."""
    both = p.concatenate([evens[i], odds[i]], axes[i])
    n, size = shape_of(evens[i])[axes[i]], shape_of(both)[axes[i]]
    order = [k // 2 + (n if k % 2 else 0) for k in range(size)]
    return p.gather(both, as_tensor(order, "int32"), axes[i])


def vectorize(
    pyfunc: Callable[..., Any], *, excluded: Any = None, signature: str | None = None
) -> Callable[..., Any]:
    """A function that applies `pyfunc` to every entry of its arguments, broadcast together.

    Args:
        excluded: positions of arguments that are passed on as they are.
        signature: "(m,n),(n)->(m)" says how many last axes of each argument `pyfunc` takes whole.
    """
    left_out = set(excluded or ())
    cores = None if signature is None else _core_ranks(signature)

    def vectorized(*args: Any) -> Any:
        places = [i for i in range(len(args)) if i not in left_out]
        tensors = [as_tensor(args[i]) for i in places]
        ranks = cores if cores is not None else [0] * len(tensors)
        if len(ranks) != len(tensors):
            raise ArgumentError(
                "ops.vectorize", f"needs {len(ranks)} arguments", f"{len(tensors)}", signature or ""
            )
        leads = [shape_of(x)[: x.ndim - r] for x, r in zip(tensors, ranks, strict=True)]
        lead = broadcast_shapes("vectorize", leads)
        count = math.prod(lead)
        flat = []
        for x, r in zip(tensors, ranks, strict=True):
            core = shape_of(x)[x.ndim - r :]
            flat.append(p.reshape(p.broadcast_to(x, (*lead, *core)), (count, *core)))

        def one(entries: Any) -> Any:
            given = list(args)
            for i, entry in zip(places, entries, strict=True):
                given[i] = entry
            return pyfunc(*given)

        found = map(one, flat)
        parts = [p.reshape(y, (*lead, *shape_of(y)[1:])) for y in flatten(found)]
        return pack(found, parts)

    return vectorized


def _core_ranks(signature: str) -> list[int]:
    terms = re.findall(r"\(([^()]*)\)", signature.partition("->")[0])
    return [len([name for name in term.split(",") if name.strip()]) for term in terms]
