"""custom_gradient: a value with a way back that is given, not derived.

    inputs: the results of the function, then its operands; results: those of the function.

The way back runs the function once more where the gradient is wanted (inside a region that is a
trace of its own), so its `grad` may use whatever the function computed; the forward parts of that
run are equal to those that are there and are merged, or dead. `simplify` removes the node.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lamina.graph.node import Aval, Rows
from lamina.graph.tensor import Tensor
from lamina.ops.dispatch import apply_several, as_tensor
from lamina.ops.primitive import Attrs, Cotangent, Masking, Primitive, Reverse, define

# rule(operands, cotangents of the results) -> cotangents of the operands
Rule = Callable[[Sequence[Tensor], Sequence[Cotangent]], Sequence[Cotangent]]


def _infer(avals: Sequence[Aval], attrs: Attrs) -> list[Aval]:
    return list(avals[: attrs["results"]])


def _rows(masking: Masking) -> list[Rows | None]:
    return [masking.rows(i) for i in range(masking.attrs["results"])]


def _gradient(r: Reverse) -> Sequence[Cotangent]:
    count = r.attrs["results"]
    return [*[None] * count, *r.attrs["rule"](r.x[count:], r.g)]


define(Primitive("custom_gradient", _infer, _rows, _gradient, several=True, kind="identity"))


def with_gradient(ys: Sequence[Any], xs: Sequence[Any], rule: Rule) -> tuple[Tensor, ...]:
    """The tensors `ys`, which were computed from `xs`, with `rule` as their gradient."""
    tensors = [as_tensor(v) for v in (*ys, *xs)]
    return apply_several("custom_gradient", *tensors, results=len(ys), rule=rule)
