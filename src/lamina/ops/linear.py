"""Products: matmul, einsum, tensordot and their kin, all on the primitive `contract`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.errors import ArgumentError, ShapeError
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.diagonals import diagonal
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.public import axis_of, layout_size, promoted, public

__all__ = [
    "cross", "dot", "einsum", "inner", "kron", "matmul", "outer", "tensordot", "vander", "vdot",
]  # fmt: skip


def _multipliable(*xs: Any) -> list[Tensor]:
    tensors = promoted(*xs)
    return [p.cast(x, "int32") for x in tensors] if tensors[0].dtype == "bool" else tensors


def _as_before(y: Tensor, *xs: Any) -> Tensor:
    """Products of booleans are booleans."""
    kinds = {as_tensor(x).dtype for x in xs}
    return p.cast(y, "bool") if kinds == {"bool"} else y


@public
def matmul(x1: Any, x2: Any) -> Tensor:
    """The matrix product over the last axis of x1 and the last but one of x2; other axes broadcast.

    Shapes: (..., n, k), (..., k, m) -> (..., n, m); a vector counts as a row or a column. Products
    of int8 are summed in int32.
    """
    a, b = _multipliable(x1, x2)
    if a.dtype == "int8":
        a, b = p.cast(a, "int32"), p.cast(b, "int32")
    if a.ndim == 0 or b.ndim == 0:
        raise ShapeError(
            "ops.matmul", "needs at least one axis in each", f"{shape_of(a)} and {shape_of(b)}",
            "use ops.multiply for numbers",
        )  # fmt: skip
    if a.ndim == 1 or b.ndim == 1 or b.ndim == 2:
        return _as_before(_plain_matmul(a, b), x1, x2)
    lead = max(a.ndim, b.ndim) - 2
    batch = np.broadcast_shapes(_batch(a), _batch(b))
    labels = list(range(lead))
    row, inner, column = lead, lead + 1, lead + 2
    a, a_labels = _squeezed(a, [*labels[lead - a.ndim + 2 :], row, inner], batch)
    b, b_labels = _squeezed(b, [*labels[lead - b.ndim + 2 :], inner, column], batch)
    y = p.contract(a, b, _spec(a_labels, b_labels, [*labels, row, column]))
    return _as_before(y, x1, x2)


def _batch(x: Tensor) -> tuple[int, ...]:
    return shape_of(x)[:-2]


def _squeezed(x: Tensor, labels: list[int], batch: Sequence[int]) -> tuple[Tensor, list[int]]:
    """Without leading axes of size 1 that broadcast: contract needs no such axis."""
    sizes, count = shape_of(x), x.ndim - 2
    offset = len(batch) - count
    kept = [i for i in range(x.ndim) if i >= count or sizes[i] == batch[i + offset]]
    return p.reshape(x, [sizes[i] for i in kept]), [labels[i] for i in kept]


def _spec(a: list[int], b: list[int], out: list[int]) -> Any:
    return tuple(a), tuple(b), tuple(label for label in out if label in a or label in b)


def _plain_matmul(a: Tensor, b: Tensor) -> Tensor:
    """The product where the second operand is a vector or a matrix, or the first a vector."""
    inner = 100
    a_labels = [*range(a.ndim - 1), inner]
    if b.ndim == 1:
        b_labels, out = [inner], a_labels[:-1]
    else:
        b_labels = [*range(50, 50 + b.ndim - 2), inner, 99]
        out = [*a_labels[:-1], *b_labels[:-2], 99]
    return p.contract(a, b, (tuple(a_labels), tuple(b_labels), tuple(out)))


@public
def dot(x1: Any, x2: Any) -> Tensor:
    """NumPy's dot: over the last axis of x1 and the last but one of x2, all other axes kept."""
    a, b = _multipliable(x1, x2)
    if a.ndim == 0 or b.ndim == 0:
        return _as_before(p.mul(a, b), x1, x2)
    a_labels = [*range(a.ndim - 1), 100]
    b_labels = [*range(50, 50 + b.ndim)]
    b_labels[-2 if b.ndim > 1 else -1] = 100
    out = [label for label in (*a_labels, *b_labels) if label != 100]
    return _as_before(p.contract(a, b, (tuple(a_labels), tuple(b_labels), tuple(out))), x1, x2)


@public
def vdot(x1: Any, x2: Any) -> Tensor:
    """The sum of the products of all entries."""
    a, b = _multipliable(x1, x2)
    flat = [p.reshape(x, (math.prod(shape_of(x)),)) for x in (a, b)]
    return p.contract(flat[0], flat[1], ((0,), (0,), ()))


@public
def inner(x1: Any, x2: Any) -> Tensor:
    """The sum of products over the last axis of both."""
    a, b = _multipliable(x1, x2)
    if a.ndim == 0 or b.ndim == 0:
        return p.mul(a, b)
    a_labels = [*range(a.ndim - 1), 100]
    b_labels = [*range(50, 50 + b.ndim - 1), 100]
    return p.contract(a, b, (tuple(a_labels), tuple(b_labels), (*a_labels[:-1], *b_labels[:-1])))


@public
def outer(x1: Any, x2: Any) -> Tensor:
    """Every product of an entry of x1 with one of x2: (n, m)."""
    a, b = _multipliable(x1, x2)
    a, b = (p.reshape(x, (math.prod(shape_of(x)),)) for x in (a, b))
    return p.contract(a, b, ((0,), (1,), (0, 1)))


@public
def tensordot(x1: Any, x2: Any, axes: Any = 2) -> Tensor:
    """The product summed over pairs of axes: so many at the inner ends, or two lists of axes."""
    a, b = _multipliable(x1, x2)
    if isinstance(axes, int):
        left, right = list(range(a.ndim - axes, a.ndim)), list(range(axes))
    else:
        left, right = (
            [axis_of("tensordot", k, x.ndim) for k in (v if isinstance(v, list | tuple) else [v])]
            for v, x in zip(axes, (a, b), strict=True)
        )
    a_labels, b_labels = list(range(a.ndim)), list(range(50, 50 + b.ndim))
    for i, j in zip(left, right, strict=True):
        b_labels[j] = a_labels[i]
    out = [k for k in (*a_labels, *b_labels) if not (k in a_labels and k in b_labels)]
    return p.contract(a, b, (tuple(a_labels), tuple(b_labels), tuple(out)))


@public
def einsum(subscripts: str, *operands: Any, **kwargs: Any) -> Tensor:
    """Einstein's sum, as NumPy writes it: "ij,jk->ik"; ... stands for broadcast axes.

    Several operands are contracted from the left.
    """
    if kwargs:
        raise ArgumentError("ops.einsum", "takes no options", str(sorted(kwargs)), "leave them out")
    tensors = _multipliable(*operands)
    terms, out = _parsed(subscripts, tensors)
    reduced = [_one_term(x, term) for x, term in zip(tensors, terms, strict=True)]
    total, labels = reduced[0]
    for i, (x, term) in enumerate(reduced[1:], 1):
        later = {label for _, t in reduced[i + 1 :] for label in t} | set(out)
        total, labels = _pair(total, labels, x, term, later)
    lonely = [labels.index(k) for k in labels if k not in out]
    total = p.reduce_sum(total, tuple(lonely)) if lonely else total
    labels = [k for k in labels if k in out]
    missing = [k for k in out if k not in labels]
    if missing or len(set(out)) < len(out):
        raise ArgumentError(
            "ops.einsum", "has a result with a letter that no operand has, or one twice",
            subscripts, "use each letter of the result once",
        )  # fmt: skip
    return p.transpose(total, [labels.index(k) for k in out])


def _parsed(subscripts: str, tensors: Sequence[Tensor]) -> tuple[list[list[str]], list[str]]:
    text = subscripts.replace(" ", "")
    left, arrow, right = text.partition("->")
    terms = [_letters(t, x) for t, x in zip(left.split(","), tensors, strict=False)]
    if len(terms) != len(tensors) or left.count(",") + 1 != len(tensors):
        raise ArgumentError(
            "ops.einsum", "needs one term for each operand",
            f"{subscripts!r} with {len(tensors)} operands", "separate the terms by commas",
        )  # fmt: skip
    dots = max((t for t in ([k for k in t if k.isdigit()] for t in terms)), key=len, default=[])
    if arrow:
        out = [k for part in right.replace("...", "\0") for k in (dots if part == "\0" else part)]
    else:
        every = [k for t in terms for k in t if not k.isdigit()]
        out = [*dots, *sorted(k for k in set(every) if every.count(k) == 1)]
    return terms, out


def _letters(term: str, x: Tensor) -> list[str]:
    """The labels of a term; those of ... are digits, numbered from the right."""
    named = term.replace("...", "")
    extra = x.ndim - len(named)
    if extra < 0 or (extra and "..." not in term):
        raise ShapeError(
            "ops.einsum", "needs a letter for each axis", f"{term!r} for shape {shape_of(x)}",
            "count the axes, or use ...",
        )  # fmt: skip
    dots = [str(extra - 1 - i) for i in range(extra)]
    if "..." not in term:
        return list(named)
    before, _, after = term.partition("...")
    return [*before, *dots, *after]


def _one_term(x: Tensor, labels: list[str]) -> tuple[Tensor, list[str]]:
    """Axes of equal labels become their diagonal."""
    for label in dict.fromkeys(labels):
        while labels.count(label) > 1:
            i = labels.index(label)
            j = labels.index(label, i + 1)
            x = as_tensor(diagonal(x, 0, i, j))
            labels = [k for n, k in enumerate(labels) if n not in (i, j)] + [label]
    return x, labels


def _pair(
    a: Tensor, a_labels: list[str], b: Tensor, b_labels: list[str], later: set[str]
) -> tuple[Tensor, list[str]]:
    """The product of two terms, summed over labels that nothing later needs."""
    a, a_labels = _alone(a, a_labels, set(b_labels) | later)
    b, b_labels = _alone(b, b_labels, set(a_labels) | later)
    sizes = dict(zip(b_labels, shape_of(b), strict=True))
    # An axis of size 1 that broadcasts against the other operand's drops out of the product.
    drop_a = [k for k, n in zip(a_labels, shape_of(a), strict=True) if n == 1 < sizes.get(k, 0)]
    a_sizes = dict(zip(a_labels, shape_of(a), strict=True))
    drop_b = [k for k, n in sizes.items() if n == 1 < a_sizes.get(k, 0)]
    a, a_labels = _dropped(a, a_labels, drop_a)
    b, b_labels = _dropped(b, b_labels, drop_b)
    both = [*a_labels, *(k for k in b_labels if k not in a_labels)]
    out = [k for k in both if k in later or (k in a_labels) != (k in b_labels)]
    number = {k: i for i, k in enumerate(both)}
    spec = tuple(tuple(number[k] for k in part) for part in (a_labels, b_labels, out))
    y = p.contract(a, b, spec)  # type: ignore[arg-type]
    return _alone(y, out, later)


def _alone(x: Tensor, labels: list[str], needed: set[str]) -> tuple[Tensor, list[str]]:
    axes = tuple(i for i, k in enumerate(labels) if k not in needed)
    return (p.reduce_sum(x, axes), [k for k in labels if k in needed]) if axes else (x, labels)


def _dropped(x: Tensor, labels: list[str], drop: list[str]) -> tuple[Tensor, list[str]]:
    if not drop:
        return x, labels
    kept = [i for i, k in enumerate(labels) if k not in drop]
    return p.reshape(x, [shape_of(x)[i] for i in kept]), [labels[i] for i in kept]


@public
def kron(x1: Any, x2: Any) -> Tensor:
    """Kronecker's product: every entry of x1 times the whole of x2."""
    a, b = _multipliable(x1, x2)
    rank = max(a.ndim, b.ndim)
    (a, left), (b, right) = (_padded(x, rank) for x in (a, b))
    products = p.contract(
        a, b, (tuple(range(0, 2 * rank, 2)), tuple(range(1, 2 * rank, 2)), tuple(range(2 * rank)))
    )
    return p.reshape(products, [n * m for n, m in zip(left, right, strict=True)])


def _padded(x: Tensor, rank: int) -> tuple[Tensor, tuple[int, ...]]:
    sizes = (1,) * (rank - x.ndim) + shape_of(x)
    return p.reshape(x, sizes), sizes


@public
def cross(
    x1: Any, x2: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Tensor:
    """The cross product of vectors of 3 entries, or of 2 (the third being 0).

    Args:
        axisa, axisb, axisc: where the vectors lie in x1, x2 and the result; `axis` sets all three.
    """
    axisa, axisb, axisc = (axis, axis, axis) if axis is not None else (axisa, axisb, axisc)
    a, b = _multipliable(x1, x2)
    first = _components(a, axis_of("cross", axisa, a.ndim))
    second = _components(b, axis_of("cross", axisb, b.ndim))
    if len(first) == len(second) == 2:
        return _minor(first, second, 0, 1)
    none = as_tensor(0, a.dtype)
    a3, b3 = ([*v, none][:3] for v in (first, second))
    parts = [_minor(a3, b3, i, j) for i, j in ((1, 2), (2, 0), (0, 1))]
    shape = np.broadcast_shapes(*(shape_of(v) for v in parts))
    place = axis_of("cross", axisc, len(shape) + 1)
    sizes = (*shape[:place], 1, *shape[place:])
    return p.concatenate([p.reshape(p.broadcast_to(v, shape), sizes) for v in parts], place)


def _components(x: Tensor, axis: int) -> list[Tensor]:
    sizes = shape_of(x)
    if sizes[axis] not in (2, 3):
        raise ShapeError(
            "ops.cross", "multiplies vectors of 2 or 3 entries", f"{sizes[axis]} along axis {axis}",
            "choose another axis",
        )  # fmt: skip
    rest = (*sizes[:axis], *sizes[axis + 1 :])
    return [p.reshape(p.part(x, axis, i, i + 1), rest) for i in range(sizes[axis])]


def _minor(a: Sequence[Tensor], b: Sequence[Tensor], i: int, j: int) -> Tensor:
    return p.sub(p.mul(a[i], b[j]), p.mul(a[j], b[i]))


@public
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Tensor:
    """The powers of a vector as columns, the highest first: (n, N)."""
    x = as_tensor(x)
    if x.ndim != 1:
        raise ShapeError("ops.vander", "takes a vector", f"shape {shape_of(x)}", "flatten it")
    size = shape_of(x)[0]
    count = int(N) if N is not None else layout_size(x, 0, "vander has a column for each row")
    powers = p.iota((1, count), 1, "int32")
    if not increasing:
        powers = p.sub(count - 1, powers)
    x = p.cast(x, "int32") if x.dtype == "bool" else x
    return p.pow_(p.reshape(x, (size, 1)), p.cast(powers, x.dtype))
