"""Convolutions: products of windows, and sums of overlapping windows of products."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lamina.graph.node import Node
from lamina.ops.primitives.windowing import Window, places, windows_of
from lamina.saving.onnx.builder import Value
from lamina.saving.onnx.compact import Compact, inserted, unpadded

Labels = Sequence[int]
# Stands for the axis of groups and units together.
HEAD = -1


@dataclass(frozen=True)
class _Roles:
    """What each label of a convolution's operands x and w, and of its result, stands for.

    Attributes:
        space: the labels of x that windows run along; other axes of x that w lacks come first
            among them, with windows of one entry, but for the batch.
        taps: the label of w for each of `space`; None for windows of one entry.
    """

    batch: int | None
    groups: list[int]
    channels: list[int]
    units: list[int]
    space: list[int]
    taps: list[int | None]
    sizes: dict[int, int]

    def count(self, labels: Labels) -> int:
        """How many entries these axes have together."""
        return math.prod(self.sizes[n] for n in labels)


def _roles(
    x: Node,
    x_labels: Labels,
    w: Node,
    w_labels: Labels,
    out: Labels,
    pairs: dict[int, int],
    single: Labels = (),
) -> _Roles | None:
    """The roles where each axis has one; `pairs` leads from an axis of space to its taps, and
    `single` are labels that w alone has, of one entry.
    """
    sizes = dict(zip((*x_labels, *w_labels), (*x.shape, *w.shape), strict=True))
    taps = list(pairs.values())
    if not set(pairs) <= set(x_labels) - set(w_labels) or not set(taps) <= set(w_labels):
        return None
    if set(taps) & set(x_labels):
        return None
    free = [n for n in x_labels if n not in w_labels and n not in pairs]
    batch = None if x.rows is None else x_labels[x.rows.axis]
    if batch is None and free:
        batch = free[0]
    if batch is not None and batch not in free:
        return None
    more = [n for n in free if n != batch]
    both = [n for n in x_labels if n in w_labels]
    return _Roles(
        batch, [n for n in both if n in out], [n for n in both if n not in out],
        [n for n in w_labels if n not in x_labels and n not in taps and n not in single],
        [*more, *pairs], [*[None] * len(more), *taps], sizes,
    )  # fmt: skip


def _data(c: Any, node: Node, x: Node, value: Value, labels: Labels, r: _Roles) -> Value:
    """x as (batch, groups channels, space ..)."""
    order = [*([] if r.batch is None else [r.batch]), *r.groups, *r.channels, *r.space]
    value = c.b.transpose(value, [list(labels).index(n) for n in order])
    if r.batch is not None and len(r.groups) + len(r.channels) == 1:
        return value
    lead = 1 if r.batch is None else r.sizes[r.batch]
    shape = [lead, r.count([*r.groups, *r.channels]), *(r.sizes[n] for n in r.space)]
    return c.reshape(value, node, shape, _first(x))


def _first(node: Node) -> Any:
    """The rows of a node with their axis first."""
    return node.rows and type(node.rows)(0, node.rows.each)


def _kernel(c: Any, value: Value, labels: Labels, r: _Roles, lead: Labels, then: Labels) -> Value:
    """w as (groups lead, then, taps ..)."""
    taps = [n for n in r.taps if n is not None]
    order = [*r.groups, *lead, *then, *taps]
    order += [n for n in labels if n not in order]  # of one entry
    value = c.b.transpose(value, [list(labels).index(n) for n in order])
    widths = [1 if n is None else r.sizes[n] for n in r.taps]
    return c.b.reshape(value, [r.count([*r.groups, *lead]), r.count(then), *widths])


def _result(c: Any, node: Node, y: Value, r: _Roles, out: Labels) -> Value:
    """(batch, groups units, space ..) in the order of the result."""
    head = [*r.groups, *r.units]
    rest = [n for n in out if n not in head]
    at = next((i for i, n in enumerate(out) if n in head), len(out))
    inner = [*([] if r.batch is None else [r.batch]), HEAD, *r.space]
    if list(out[at : at + len(head)]) == head:
        # All in one place: the order first, so that one axis moves and not several.
        wanted = [*out[:at], HEAD, *out[at + len(head) :]]
    else:
        wanted = [HEAD, *rest]
    if r.batch is None:
        y = c.b.reshape(y, [r.count(head), *_space(node, r, out)])
    y = c.b.transpose(y, [inner.index(n) for n in wanted])
    sizes = dict(zip(out, node.shape, strict=True))
    order = [m for n in wanted for m in (head if n == HEAD else [n])]
    if len(head) != 1:
        rows = node.rows
        if rows is not None and r.batch is not None:
            rows = type(rows)(order.index(r.batch), rows.each)
        y = c.reshape(y, node, [sizes[n] for n in order], rows)
    return c.b.transpose(y, [order.index(n) for n in out])


def _space(node: Node, r: _Roles, out: Labels) -> list[int]:
    """The sizes of the result's axes of space."""
    return [node.shape[list(out).index(n)] for n in r.space]


# ── Conv ──


def find(node: Node) -> Compact | None:
    """A product of windows of one operand."""
    if node.dtype[0] != "f":
        return None
    first, second, out = node.attrs["spec"]
    for i, (labels, others) in enumerate(((first, second), (second, first))):
        seen, w = node.inputs[i], node.inputs[1 - i]
        seen, labels = _windows(seen, labels)
        # An axis of one entry is no window: the kernel has it, and loses it.
        single = [n for n in others if n not in labels and n not in out]
        if seen.op != "windows":
            continue
        given = windows_of(seen.attrs)
        axes = tuple(x.axis for x in given)
        pairs = {labels[at]: labels[at + 1] for _, at in places(given)}
        kept = [n for n in labels if n not in pairs.values()]
        x, widths = unpadded(seen.inputs[0], axes, lambda value: value == 0)
        roles = _roles(x, kept, w, others, out, pairs, single)
        if roles is not None and set(pairs) <= set(out) and not set(pairs.values()) & set(out):
            return Compact((x, w), _Conv(x, kept, others, out, roles, given, widths))
    return None


def _windows(seen: Node, labels: Labels) -> tuple[Node, Labels]:
    """The windows behind axes of size 1 that were put among theirs, and the labels of theirs."""
    if seen.op != "reshape" or seen.inputs[0].op != "windows":
        return seen, labels
    axes = inserted(seen.inputs[0].shape, seen.shape)
    if axes is None:
        return seen, labels
    return seen.inputs[0], [n for axis, n in enumerate(labels) if axis not in axes]


@dataclass(frozen=True)
class _Conv:
    x: Node
    x_labels: Labels
    w_labels: Labels
    out: Labels
    roles: _Roles
    windows: list[Window]
    widths: Any

    def __call__(self, c: Any, node: Node, x: Value, w: Value) -> Value:
        r, more = self.roles, [1] * (len(self.roles.space) - len(self.windows))
        none = [0] * len(more)
        data = _data(c, node, self.x, x, self.x_labels, r)
        y = c.b.add(
            "Conv", data, _kernel(c, w, self.w_labels, r, r.units, r.channels),
            group=r.count(r.groups), strides=[*more, *(w.stride for w in self.windows)],
            dilations=[*more, *(w.dilation for w in self.windows)],
            pads=[*none, *self.widths[0], *none, *self.widths[1]],
        )  # fmt: skip
        return _result(c, node, y, r, self.out)


# ── ConvTranspose ──


def find_transposed(node: Node) -> Compact | None:
    """Sums of overlapping windows, each of which is an entry times a kernel."""
    product = node.inputs[0]
    if node.dtype[0] != "f" or product.op != "contract":
        return None
    first, second, out = product.attrs["spec"]
    given = windows_of(node.attrs)
    pairs = {out[at]: out[at + 1] for _, at in places(given)}
    left = [n for n in out if n not in pairs.values()]
    for i, (labels, others) in enumerate(((first, second), (second, first))):
        x, w = product.inputs[i], product.inputs[1 - i]
        roles = _roles(x, labels, w, others, left, pairs)
        if roles is not None:
            return Compact((x, w), _ConvTranspose(x, labels, others, left, roles, given))
    return None


@dataclass(frozen=True)
class _ConvTranspose:
    x: Node
    x_labels: Labels
    w_labels: Labels
    out: Labels
    roles: _Roles
    windows: list[Window]

    def __call__(self, c: Any, node: Node, x: Value, w: Value) -> Value:
        r, more = self.roles, [1] * (len(self.roles.space) - len(self.windows))
        y = c.b.add(
            "ConvTranspose", _data(c, node, self.x, x, self.x_labels, r),
            _kernel(c, w, self.w_labels, r, r.channels, r.units),
            group=r.count(r.groups), strides=[*more, *(w.stride for w in self.windows)],
            dilations=[*more, *(w.dilation for w in self.windows)],
        )  # fmt: skip
        ends = [0] * len(more)
        for w_, length, label in zip(
            self.windows, node.attrs["lengths"], r.space[len(more) :], strict=True
        ):
            ends.append(length - (r.sizes[label] - 1) * w_.stride - w_.extent)
        if any(ends):  # entries that no window reaches
            zeros = [0] * (len(ends) + 2)
            y = c.b.add("Pad", y, c.b.ints([*zeros, 0, 0, *ends]), c.b.constant(0, node.dtype))
        return _result(c, node, y, r, self.out)
