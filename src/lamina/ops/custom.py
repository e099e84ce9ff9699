"""Functions with a gradient of their own."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from lamina.errors import ArgumentError
from lamina.graph import dtypes, symbolic
from lamina.graph.structure import flatten, pack
from lamina.graph.tensor import Tensor
from lamina.graph.variable import Variable
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor

__all__ = ["custom_gradient"]


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose gradient is given: f(*xs) returns its results and `grad`.

    `grad(*cotangents of the results)` returns the cotangents of the tensors among xs, in order. It
    may use what f computed. f is run again where the gradient is wanted, so it must have no other
    effect.
    """

    @functools.wraps(f)
    def op(*args: Any, **kwargs: Any) -> Any:
        if symbolic.is_symbolic(args, kwargs):
            return symbolic.record(op, args, kwargs)
        leaves = flatten(list(args))
        places = [i for i, leaf in enumerate(leaves) if _is_tensor(leaf)]
        xs = [as_tensor(leaves[i]) for i in places]

        def call(operands: Sequence[Tensor]) -> tuple[Any, Callable[..., Any]]:
            given = list(leaves)
            for i, x in zip(places, operands, strict=True):
                given[i] = x
            returned = f(*pack(list(args), given), **kwargs)
            if not isinstance(returned, tuple) or len(returned) != 2 or not callable(returned[1]):
                raise ArgumentError(
                    "ops.custom_gradient", "needs a function that returns (results, grad)",
                    f"{type(returned).__name__} from {f!r}", "return a pair, the second callable",
                )  # fmt: skip
            return returned

        def rule(operands: Sequence[Tensor], gs: Sequence[Tensor | None]) -> list[Tensor | None]:
            results, grad = call(operands)
            given = [
                p.zeros_like(as_tensor(y)) if g is None else g
                for y, g in zip(flatten(results), gs, strict=True)
            ]
            found = flatten([grad(*given)])
            if len(found) != len(operands):
                raise ArgumentError(
                    "ops.custom_gradient", "needs one cotangent for each tensor of the call",
                    f"{len(found)} for {len(operands)} from {f!r}", "return None where none is",
                )  # fmt: skip
            return [_cotangent(g, x) for g, x in zip(found, operands, strict=True)]

        results, _ = call(xs)
        return pack(results, list(p.with_gradient(flatten(results), xs, rule)))

    return op


def _is_tensor(leaf: Any) -> bool:
    return isinstance(leaf, Tensor | Variable) or hasattr(leaf, "__array__")


def _cotangent(g: Any, x: Tensor) -> Tensor | None:
    if g is None or not dtypes.is_float(x.dtype):
        return None
    return p.cast(as_tensor(g), x.dtype)
