"""windows and overlap_add: overlapping windows along axes as a view, and its adjoint.

    windows:      y[.., o, k, ..] = x[.., o stride + k dilation, ..]  (.., n, ..) -> (.., O, K, ..)
    overlap_add:  x[.., i, ..] = the sum of all g[.., o, k, ..] with o stride + k dilation = i

Every axis of `axes` becomes two in its place: which window, and where in it. With them a
convolution is a contraction, pooling is a reduction, and the gradient of each is one too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lamina.errors import ShapeError
from lamina.graph.node import Aval, Rows
from lamina.graph.tensor import Tensor
from lamina.ops.dispatch import apply, as_tensor, shape_of
from lamina.ops.primitive import Attrs, Cotangent, Masking, Primitive, Reverse, define
from lamina.ops.primitives.elementwise import NUMERIC, check_dtypes
from lamina.ops.primitives.shaping import pad, reshape, slice_

Shape = tuple[int, ...]
Axes = Sequence[int]


@dataclass(frozen=True)
class Window:
    """How windows lie along one axis: so many entries, `dilation` apart, every `stride`."""

    axis: int
    size: int
    stride: int
    dilation: int

    @property
    def extent(self) -> int:
        """Entries from the first to the last of one window."""
        return (self.size - 1) * self.dilation + 1

    def count(self, length: int) -> int:
        """How many windows fit into an axis, 0 if none does."""
        return max(0, (length - self.extent) // self.stride + 1)

    def is_apart(self, count: int) -> bool:
        """Whether no entry belongs to two of so many windows."""
        return count == 1 or self.stride >= self.extent


def windows_of(attrs: Attrs) -> list[Window]:
    """The windowed axes of a node in their order."""
    rows = zip(attrs["axes"], attrs["sizes"], attrs["strides"], attrs["dilations"], strict=True)
    return [Window(*row) for row in rows]


def windowed(shape: Shape, windows: Sequence[Window]) -> Shape:
    """The shape with the two axes of each window in the place of its one."""
    found: list[int] = []
    by_axis = {w.axis: w for w in windows}
    for axis, size in enumerate(shape):
        w = by_axis.get(axis)
        found += [size] if w is None else [w.count(size), w.size]
    return tuple(found)


def places(windows: Sequence[Window]) -> Iterator[tuple[Window, int]]:
    """Each window with the first of its two axes in the windowed shape."""
    return ((w, w.axis + i) for i, w in enumerate(windows))


def _attrs(axes: Axes, sizes: Axes, strides: Axes | None, dilations: Axes | None) -> dict[str, Any]:
    ones = (1,) * len(axes)
    assert list(axes) == sorted(set(axes)), axes
    return {
        "axes": tuple(axes), "sizes": tuple(sizes),
        "strides": ones if strides is None else tuple(strides),
        "dilations": ones if dilations is None else tuple(dilations),
    }  # fmt: skip


def _check(windows: Sequence[Window], shape: Shape) -> None:
    for w in windows:
        if min(w.size, w.stride, w.dilation) < 1 or not w.count(shape[w.axis]):
            raise ShapeError(
                "windows", "needs sizes, strides and dilations from 1 up that fit into the axis",
                f"{w} for shape {shape}", "make the window smaller, or pad the tensor",
            )  # fmt: skip


# ── windows ──


def _windows_infer(avals: Sequence[Aval], attrs: Attrs) -> list[Aval]:
    given = windows_of(attrs)
    _check(given, avals[0].shape)
    return [Aval(windowed(avals[0].shape, given), avals[0].dtype)]


def _windows_rows(masking: Masking) -> list[Rows | None]:
    rows, axes = masking.rows(), masking.attrs["axes"]
    assert rows is not None
    if rows.axis in axes:
        masking.exact("windows run along the batch")
        return [None]
    return [Rows(rows.axis + sum(a < rows.axis for a in axes), rows.each)]


def _windows_gradient(r: Reverse) -> Sequence[Cotangent]:
    lengths = [shape_of(r.x[0])[a] for a in r.attrs["axes"]]
    attrs = r.attrs
    g = r.g[0]
    assert g is not None
    return (overlap_add(g, attrs["axes"], lengths, attrs["strides"], attrs["dilations"]),)


define(Primitive("windows", _windows_infer, _windows_rows, _windows_gradient, kind="shape"))


def windows(
    x: Any,
    axes: Axes,
    sizes: Axes,
    strides: Axes | None = None,
    dilations: Axes | None = None,
) -> Tensor:
    """Windows along `axes` (rising), each axis becoming (window, place in it); see the module.

    Windows of one entry are a slice.
    """
    x = as_tensor(x)
    given = windows_of(_attrs(axes, sizes, strides, dilations))
    _check(given, shape_of(x))
    wanted = windowed(shape_of(x), given)
    single, real = [w for w in given if w.size == 1], [w for w in given if w.size > 1]
    steps = {w.axis: w.stride for w in single}
    x = slice_(x, [0] * x.ndim, shape_of(x), [steps.get(a, 1) for a in range(x.ndim)])
    if real:
        columns = zip(*((w.axis, w.size, w.stride, w.dilation) for w in real), strict=True)
        x = apply("windows", x, **_attrs(*columns))
    return reshape(x, wanted)


# ── overlap_add ──


def _added(attrs: Attrs, shape: Shape) -> Shape:
    """The shape whose windows have this shape."""
    found = list(shape)
    for w, length in reversed(list(zip(windows_of(attrs), attrs["lengths"], strict=True))):
        at = w.axis + attrs["axes"].index(w.axis)
        found[at : at + 2] = [length]
    return tuple(found)


def _overlap_infer(avals: Sequence[Aval], attrs: Attrs) -> list[Aval]:
    check_dtypes("overlap_add", avals, NUMERIC)
    given, shape = windows_of(attrs), _added(attrs, avals[0].shape)
    _check(given, shape)
    if windowed(shape, given) != avals[0].shape:
        raise ShapeError(
            "overlap_add", "needs all windows of the axes that it adds up to",
            f"shape {avals[0].shape} for {shape} and {given}",
            f"pass a tensor of shape {windowed(shape, given)}",
        )  # fmt: skip
    return [Aval(shape, avals[0].dtype)]


def _overlap_rows(masking: Masking) -> list[Rows | None]:
    rows = masking.rows()
    assert rows is not None
    pairs = [at for _, at in places(windows_of(masking.attrs))]
    if any(rows.axis in (at, at + 1) for at in pairs):
        masking.exact("windows run along the batch")
        return [None]
    return [Rows(rows.axis - sum(at < rows.axis for at in pairs), rows.each)]


def _overlap_gradient(r: Reverse) -> Sequence[Cotangent]:
    attrs = r.attrs
    return (windows(r.g[0], attrs["axes"], attrs["sizes"], attrs["strides"], attrs["dilations"]),)


define(Primitive("overlap_add", _overlap_infer, _overlap_rows, _overlap_gradient))


def overlap_add(
    g: Any,
    axes: Axes,
    lengths: Axes,
    strides: Axes | None = None,
    dilations: Axes | None = None,
) -> Tensor:
    """Adds the entries of windows to axes of these lengths; see the module.

    Windows that do not overlap are moved to their places.
    """
    g = as_tensor(g)
    sizes = [shape_of(g)[a + i + 1] for i, a in enumerate(axes)]
    given = windows_of(_attrs(axes, sizes, strides, dilations))
    apart = {w.axis: n for w, n in zip(given, lengths, strict=True) if _lies_apart(w, n)}
    g = _joined(g, given, apart)
    left = [(w, n) for w, n in zip(given, lengths, strict=True) if w.axis not in apart]
    if not left:
        return g
    columns = zip(*((w.axis, w.size, w.stride, w.dilation) for w, _ in left), strict=True)
    return apply("overlap_add", g, lengths=tuple(n for _, n in left), **_attrs(*columns))


def _lies_apart(w: Window, length: int) -> bool:
    return w.is_apart(w.count(length))


def _joined(g: Tensor, given: Sequence[Window], apart: dict[int, int]) -> Tensor:
    """The windows of axes along which none overlap, one after another, with what lies between."""
    shape = shape_of(g)
    high, interior = [0] * g.ndim, [0] * g.ndim
    joined, lengths = list(shape), []
    for w, at in reversed(list(places(given))):
        if w.axis in apart:
            stride = max(w.stride, w.extent)
            high[at + 1], interior[at + 1] = stride - w.extent, w.dilation - 1
            joined[at : at + 2] = [shape[at] * stride]
            lengths.append((at, apart[w.axis]))
    g = reshape(pad(g, 0, [0] * g.ndim, high, interior), joined)
    return _fitted(g, {at - sum(o < at for o, _ in lengths): n for at, n in lengths})


def _fitted(x: Tensor, lengths: dict[int, int]) -> Tensor:
    """Axes cut off or filled with zeros at the end."""
    sizes = [lengths.get(a, n) for a, n in enumerate(shape_of(x))]
    kept = [min(n, size) for n, size in zip(shape_of(x), sizes, strict=True)]
    x = slice_(x, [0] * x.ndim, kept)
    return pad(x, 0, [0] * x.ndim, [n - k for n, k in zip(sizes, kept, strict=True)])
