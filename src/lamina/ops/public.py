"""What makes a function a public op: symbolic arguments are recorded, all others run.

Also the promotion that public ops share: operands become tensors and meet in one dtype of the
lattice, Python scalars staying weak.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from lamina.errors import ArgumentError
from lamina.graph import dtypes, symbolic
from lamina.graph.tensor import BatchSize, Tensor, Traced
from lamina.graph.variable import Variable
from lamina.ops.dispatch import SCALARS, as_tensor, weak_type
from lamina.ops.primitives.elementwise import cast, mul

Op = TypeVar("Op", bound=Callable[..., Any])
Axis = int | Sequence[int] | None


def public(function: Op) -> Op:
    """Records the call if an argument is symbolic, else runs the function."""

    @functools.wraps(function)
    def op(*args: Any, **kwargs: Any) -> Any:
        if symbolic.is_symbolic(*args) or (kwargs and symbolic.is_symbolic(kwargs)):
            return symbolic.record(op, args, kwargs)
        return function(*args, **kwargs)

    return op  # type: ignore[return-value]


def kind_of(x: Any) -> str:
    """The dtype that an operand brings to a promotion: weak for Python scalars."""
    if isinstance(x, (Tensor, Variable)):
        return x.dtype
    if hasattr(x, "dtype"):
        return dtypes.standard(x.dtype)
    if isinstance(x, BatchSize):
        return "int32"
    if isinstance(x, SCALARS):
        return weak_type(x)
    return as_tensor(x).dtype


def promoted(*xs: Any, with_types: Sequence[str] = ()) -> list[Tensor]:
    """The operands as tensors of the dtype in which they, and `with_types`, meet."""
    if len(xs) == 2 and type(xs[0]) is Traced and type(xs[1]) is Traced and not with_types:
        a, b = xs
        if a.node.dtype == b.node.dtype:
            return [a, b]
    dtype = dtypes.result_type(*[kind_of(x) for x in xs], *with_types)
    return [cast_to(x, dtype) for x in xs]


def cast_to(x: Any, dtype: str) -> Tensor:
    """A tensor of this dtype; Python numbers are made in it directly."""
    if isinstance(x, SCALARS) and not isinstance(x, BatchSize):
        return as_tensor(x, dtype)
    return cast(x, dtype)


def as_float(x: Any) -> Tensor:
    """The operand as a float tensor: floats as they are, everything else in floatx."""
    kind = kind_of(x)
    return cast_to(x, dtypes.float_type(kind))


def axis_of(where: str, axis: Any, rank: int) -> int:
    """An axis as a number from 0.

    Raises: ArgumentError if there is no such axis.
    """
    if not isinstance(axis, int | np.integer) or not -rank <= axis < rank:
        raise ArgumentError(
            f"ops.{where}", f"has no axis {axis!r}", f"a tensor of {rank} axes",
            f"choose from {-rank} to {rank - 1}" if rank else "give the tensor an axis",
        )  # fmt: skip
    return int(axis) % rank


def axes_of(where: str, axis: Axis, rank: int) -> tuple[int, ...]:
    """Axes as sorted numbers from 0; None means all."""
    if axis is None:
        return tuple(range(rank))
    given = np.ravel(axis) if isinstance(axis, list | tuple | np.ndarray) else [axis]
    found = [axis_of(where, a, rank) for a in given]
    if len(set(found)) < len(found):
        raise ArgumentError(
            f"ops.{where}", "needs each axis once", f"axis={axis!r}", "leave the repetition out"
        )
    return tuple(sorted(found))


def layout_size(x: Tensor, axis: int, reason: str) -> int:
    """The plain size of an axis for an op whose result is laid out by it: of a batch, an exact
    one.
    """
    size = tuple(x.shape)[axis]
    if isinstance(size, BatchSize):
        size.trace.require_exact(reason)
    return int.__int__(size)


def count(x: Tensor, axes: tuple[int, ...], dtype: str) -> Any:
    """How many entries `axes` hold: a tensor where the batch may be partial, else a number."""
    plain, total = 1, None
    for axis in axes:
        size = tuple(x.shape)[axis]
        if type(size) is int:
            plain *= size
        else:
            total = cast(as_tensor(size), dtype)
    return plain if total is None else mul(total, plain)
