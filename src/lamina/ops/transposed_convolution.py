"""Transposed convolution: the adjoint of a convolution, which makes larger what that made smaller.

    y[b, i, f] = the sum of x[b, o, c] w[k, f, c] over c and all o, k with o stride + k dilation = i

(o, k, i stand for one index each along all spatial axes), less or more at the ends as the padding
says. Written as windows that are added; `correlate` makes a contraction of it.
"""

from __future__ import annotations

from typing import Any

from lamina.errors import ShapeError
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.convolution import checked_kernel, operands_of
from lamina.ops.dispatch import shape_of
from lamina.ops.primitives.windowing import Window
from lamina.ops.public import public
from lamina.ops.spatial import from_channels_last, padding_of, per_axis

__all__ = ["conv_transpose"]


@public
def conv_transpose(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    output_padding: Any = None,
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Tensor:
    """Transposed convolution over N spatial axes; see the module. It has the kernel's dtype.

    Shapes: x (B, n1, .., nN, C), w (k1, .., kN, F, C) -> (B, m1, .., mN, F), where with the
    extent e = (k - 1) dilation + 1
        "valid": m = (n - 1) stride + e + output_padding, by default (n - 1) stride + max(e, stride)
        "same":  m = (n - 1) stride + e mod 2 + output_padding, by default n stride

    Args:
        strides, dilation_rate: one number, or one for each spatial axis.
        output_padding: entries that the result has more, all at the end; None: see above.
        data_format: "channels_last" (default) or "channels_first".

    Raises: ShapeError for ranks or channels that do not go together.
    """
    where = "ops.conv_transpose"
    x, w, layout = operands_of(where, inputs, kernel, data_format)
    *sizes, _, inner = checked_kernel(where, x, w)
    if inner != shape_of(x)[-1]:
        raise ShapeError(
            where, "needs as many channels as the kernel's last axis",
            f"{shape_of(x)[-1]} channels for a kernel of {shape_of(w)}",
            "make the kernel (*sizes, filters, channels)",
        )  # fmt: skip
    count = x.ndim - 2
    rows = zip(
        range(1, 1 + count), sizes, per_axis(where, "strides", strides, count),
        per_axis(where, "dilation_rate", dilation_rate, count), strict=True,
    )  # fmt: skip
    given = [Window(*row) for row in rows]
    more: tuple[int | None, ...] = (None,) * count
    if output_padding is not None:
        more = per_axis(where, "output_padding", output_padding, count, least=0)
    word = padding_of(where, padding, ("valid", "same"))
    parts = [
        _part(word, w, n, extra) for w, n, extra in zip(given, shape_of(x)[1:-1], more, strict=True)
    ]
    return from_channels_last(_added(_spread(x, w), given, parts), layout)


def _part(padding: str, w: Window, n: int, extra: int | None) -> tuple[int, int]:
    """Where the result of one axis begins among all sums, and how long it is."""
    extent = w.extent
    if padding == "valid":
        extra = max(extent, w.stride) - extent if extra is None else extra
        return 0, (n - 1) * w.stride + extent + extra
    length = n * w.stride if extra is None else (n - 1) * w.stride + extent % 2 + extra
    # Of a convolution's padding, that of its output with zeros between, the larger half comes
    # first, but no more than all that a window sees before its last entry.
    around = length - (n - 1) * w.stride + extent - 2
    return extent - 1 - min(around - around // 2, extent - 1), length


def _spread(x: Tensor, w: Tensor) -> Tensor:
    """Every entry times the kernel: (B, o1, k1, .., F)."""
    count = x.ndim - 2
    outer, within = range(3, 3 + count), range(3 + count, 3 + 2 * count)
    pairs = [label for pair in zip(outer, within, strict=True) for label in pair]
    return p.contract(x, w, ((0, *outer, 1), (*within, 2, 1), (0, *pairs, 2)))


def _added(g: Tensor, given: list[Window], parts: list[tuple[int, int]]) -> Tensor:
    """The windows added up, and of the sums those that are asked for."""
    lengths, ends = [], []
    for w, (start, length) in zip(given, parts, strict=True):
        count = shape_of(g)[2 * w.axis - 1]
        least = (count - 1) * w.stride + w.extent
        # So far the windows are no more.
        lengths.append(max(least, min(start + length, least + w.stride - 1)))
        ends.append(start + length)
    steps, gaps = zip(*((w.stride, w.dilation) for w in given), strict=True)
    y = p.overlap_add(g, [w.axis for w in given], lengths, steps, gaps)
    first, last = shape_of(y)[0], shape_of(y)[-1]
    short = [max(0, end - n) for end, n in zip(ends, lengths, strict=True)]
    y = p.slice_(
        y, [0, *(start for start, _ in parts), 0],
        [first, *(end - less for end, less in zip(ends, short, strict=True)), last],
    )  # fmt: skip
    return p.pad(y, 0, [0] * y.ndim, [0, *short, 0])
