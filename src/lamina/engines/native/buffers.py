"""Buffers and views: where the values of a program lie in the arena.

A `Buffer` is a run of elements of one dtype; `memory` gives it an address. A `View` says how one
value lies in a buffer: an offset and one stride an axis, in elements. Kernels see pointers and the
`form` of each operand's view, never a buffer, so that equal kernels on other buffers are one
function.

bool is stored as one byte, 0 or 1. Buffers begin at multiples of 64 bytes.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from lamina.graph.node import Aval

ALIGN = 64
# Rows of a multiple of so many bytes would all lie in the same sets of the first cache.
ALIAS = 1024

# Entries that are whole vectors for every processor.
WHOLE = 16

# What a buffer is for. State and data live as long as the executable; constants are written once;
# scratch lives within a step and shares memory; results are scratch that outlives the step.
STATE, DATA, CONSTANT, SCRATCH, RESULT = "state", "data", "constant", "scratch", "result"


@functools.cache
def itemsize(dtype: str) -> int:
    """Bytes of one element."""
    return int(np.dtype(dtype).itemsize)


@dataclass(frozen=True, eq=False)
class Buffer:
    """A run of `size` elements; `value` is what a constant holds, in the order of memory."""

    dtype: str
    size: int
    kind: str = SCRATCH
    value: np.ndarray | None = None

    @property
    def bytes(self) -> int:
        """Its length in memory."""
        return self.size * itemsize(self.dtype)


@dataclass(frozen=True, eq=False)
class Counter:
    """The index of a loop while it runs; views may move with it."""

    count: int


@dataclass(frozen=True)
class Form:
    """What a kernel knows of an operand: dtype, shape, strides in elements, alignment in bytes."""

    dtype: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    align: int
    padded: bool = False


@dataclass(frozen=True)
class View:
    """A value in memory. `moves`: elements that it moves with each count of the loops around.

    `padded` says that a vector may be stored over the end of the contiguous axis.
    """

    buffer: Buffer
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int = 0
    moves: tuple[tuple[Counter, int], ...] = field(default=())
    padded: bool = False

    @property
    def dtype(self) -> str:
        """The dtype of its elements."""
        return self.buffer.dtype

    @property
    def size(self) -> int:
        """Number of elements of the value."""
        return math.prod(self.shape)

    @cached_property
    def form(self) -> Form:
        """What kernels are compiled for."""
        size = itemsize(self.dtype)
        align = math.gcd(ALIGN, self.offset * size, *(step * size for _, step in self.moves))
        # Whole vectors leave nothing to be stored over an end.
        ragged = any(s == 1 and n % WHOLE for n, s in zip(self.shape, self.strides, strict=True))
        return Form(self.dtype, self.shape, self.strides, align, self.padded and ragged)

    def is_plain(self) -> bool:
        """Whether the elements follow each other in row-major order."""
        return self.size == 0 or all(
            have == want
            for n, have, want in zip(self.shape, self.strides, row_major(self.shape), strict=True)
            if n != 1
        )

    # ── moves that need no copy ──

    def transposed(self, perm: Sequence[int]) -> View:
        """The axes in the order `perm`."""
        shape = tuple(self.shape[axis] for axis in perm)
        return replace(self, shape=shape, strides=tuple(self.strides[axis] for axis in perm))

    def broadcast(self, shape: tuple[int, ...]) -> View:
        """Repeated along axes of size 1 and new leading axes: stride 0."""
        lead = len(shape) - len(self.shape)
        strides = [0] * lead + [
            0 if n == 1 else step for n, step in zip(self.shape, self.strides, strict=True)
        ]
        return replace(self, shape=shape, strides=tuple(strides))

    def sliced(self, starts: Sequence[int], limits: Sequence[int], steps: Sequence[int]) -> View:
        """Every steps-th entry of each axis from start, below limit."""
        sizes = [-(-(b - a) // s) for a, b, s in zip(starts, limits, steps, strict=True)]
        offset = self.offset
        if 0 not in sizes:
            offset += sum(a * step for a, step in zip(starts, self.strides, strict=True))
        strides = tuple(s * step for s, step in zip(steps, self.strides, strict=True))
        # What may be stored over the end of the contiguous axis still may, if that is whole.
        padded = self.padded and all(
            size == n for size, n, step in zip(sizes, self.shape, self.strides, strict=True)
            if step == 1
        )  # fmt: skip
        return replace(self, shape=tuple(sizes), strides=strides, offset=offset, padded=padded)

    def flipped(self, axes: Sequence[int]) -> View:
        """The entries in reverse order along `axes`."""
        offset, strides = self.offset, list(self.strides)
        for axis in axes:
            offset += max(0, self.shape[axis] - 1) * strides[axis]
            strides[axis] = -strides[axis]
        return replace(self, strides=tuple(strides), offset=offset, padded=False)

    def windowed(
        self, axes: Sequence[int], sizes: Sequence[int], steps: Sequence[int], gaps: Sequence[int]
    ) -> View:
        """Each axis of `axes` as (window, place in it): the two walk the same memory, by `steps`
        and by `gaps` entries, so that windows overlap in it.
        """
        shape, strides = list(self.shape), list(self.strides)
        rows = list(zip(axes, sizes, steps, gaps, strict=True))
        for axis, size, step, gap in reversed(rows):
            count = (self.shape[axis] - (size - 1) * gap - 1) // step + 1
            assert count > 0, "the rule of shapes lets no other through"
            shape[axis : axis + 1] = [count, size]
            strides[axis : axis + 1] = [step * self.strides[axis], gap * self.strides[axis]]
        ends = any(self.strides[axis] == 1 for axis in axes)
        padded = self.padded and not ends
        return replace(self, shape=tuple(shape), strides=tuple(strides), padded=padded)

    def reshaped(self, shape: tuple[int, ...]) -> View | None:
        """The elements in another shape, or None if they would have to move."""
        strides = _reshaped_strides(self.shape, self.strides, shape)
        if strides is None:
            return None
        ends = [n for n, step in zip(self.shape, self.strides, strict=True) if step == 1 and n > 1]
        kept = [n for n, step in zip(shape, strides, strict=True) if step == 1 and n > 1]
        return replace(self, shape=shape, strides=strides, padded=self.padded and ends == kept)

    def entry(self, counter: Counter, reverse: bool = False) -> View:
        """The entry along axis 0 that the loop is at, or the one as far from the end."""
        step, offset = self.strides[0], self.offset
        if reverse:
            offset, step = offset + max(0, self.shape[0] - 1) * step, -step
        moves = (*self.moves, (counter, step)) if step else self.moves
        return replace(self.at(0), offset=offset, moves=moves)

    def at(self, index: int) -> View:
        """One entry along axis 0."""
        step = self.strides[0]
        # What may be stored over the end of a contiguous axis is the same for an entry.
        padded = self.padded and step != 1
        offset = self.offset + index * step
        return View(self.buffer, self.shape[1:], self.strides[1:], offset, self.moves, padded)

    def stretch(self, start: int, count: int) -> View:
        """So many entries along axis 0."""
        offset, shape = self.offset + start * self.strides[0], (count, *self.shape[1:])
        padded = self.padded and (self.strides[0] != 1 or count == self.shape[0])
        return replace(self, shape=shape, offset=offset, padded=padded)


def row_major(shape: Sequence[int]) -> tuple[int, ...]:
    """Strides in elements of an array whose last axis is contiguous."""
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return tuple(reversed(strides))


def laid_out(aval: Aval, inner: int, unit: int, kind: str = SCRATCH) -> View:
    """A new buffer for a value whose dim `inner` is contiguous, padded to a multiple of `unit`; the
    other dims are in row-major order.
    """
    strides, step = [0] * len(aval.shape), 1
    others = [d for d in reversed(range(len(aval.shape))) if d != inner]
    for d in [inner, *others]:
        strides[d] = step
        step *= aval.shape[d] if d != inner else -(-aval.shape[d] // unit) * unit
        if d == inner and step * itemsize(aval.dtype) % ALIAS == 0:
            step += unit
    return View(Buffer(aval.dtype, step, kind), aval.shape, tuple(strides), padded=True)


def fresh(aval: Aval, kind: str = SCRATCH) -> View:
    """A new buffer for a value, filled by it in row-major order."""
    buffer = Buffer(aval.dtype, math.prod(aval.shape), kind)
    return View(buffer, aval.shape, row_major(aval.shape))


def constant_view(value: np.ndarray) -> View:
    """A new buffer that holds `value`, one element if all are the same bits."""
    flat = np.ascontiguousarray(value).reshape(-1)
    if flat.size > 1 and flat.tobytes() == flat[:1].tobytes() * flat.size:
        buffer = Buffer(flat.dtype.name, 1, CONSTANT, value=flat[:1])
        return View(buffer, value.shape, (0,) * value.ndim)
    buffer = Buffer(flat.dtype.name, flat.size, CONSTANT, value=flat)
    return View(buffer, value.shape, row_major(value.shape))


def _reshaped_strides(
    old: tuple[int, ...], strides: tuple[int, ...], new: tuple[int, ...]
) -> tuple[int, ...] | None:
    """Strides of the new shape over the same memory: groups of axes of equal product are split."""
    if 0 in old:
        return row_major(new)
    axes = [(n, s) for n, s in zip(old, strides, strict=True) if n != 1]
    result: list[int] = []
    target = 0
    while target < len(new):
        if new[target] == 1:
            result.append(0)
            target += 1
            continue
        have, step = axes.pop(0)
        wanted = [new[target]]
        target += 1
        while have != math.prod(wanted):
            if have < math.prod(wanted):
                size, inner = axes.pop(0)
                if step != inner * size:
                    return None
                have, step = have * size, inner
            else:
                wanted.append(new[target])
                target += 1
        result.extend(inner * step for inner in row_major(wanted))
    return tuple(result)
