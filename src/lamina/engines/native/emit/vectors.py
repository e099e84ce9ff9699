"""Whole blocks of vectors: transposes, and sums across the lanes of many vectors at once."""

from __future__ import annotations

from collections.abc import Sequence

from lamina.engines.native.emit.arith import Rule
from lamina.engines.native.emit.function import Function
from lamina.engines.native.emit.types import Value

# Within pieces of so many bytes lanes are interleaved by one instruction, and whole pieces moved.
PIECE = 16


def transpose(f: Function, rows: Sequence[Value]) -> list[Value]:
    """As many vectors as they have lanes, transposed, in log2(lanes) rounds."""
    kind = rows[0].type
    size = min(kind.lanes, max(1, 8 * PIECE // max(kind.bits, 8)))
    now = [x for i in range(0, len(rows), size) for x in _interleaved(f, rows[i : i + size])]
    if size == kind.lanes:
        return now
    if kind.kind == "f":
        # LLVM would search long through all rounds for what they might become together.
        now = [f.intrinsic("arithmetic.fence", x) for x in now]
    columns = [_gathered(f, now[i::size], size) for i in range(size)]
    return [column for piece in zip(*columns, strict=True) for column in piece]


def _interleaved(f: Function, rows: Sequence[Value]) -> list[Value]:
    """Transposes each piece: rounds that interleave each vector with the one half of all further.
    LLVM searches long for what other rounds might become, and finds worse.
    """
    width, size = rows[0].type.lanes, len(rows)
    half, now = size // 2, list(rows)
    first = [lane for i in range(half) for lane in (i, i + width)]
    low = [start + lane for start in range(0, width, size) for lane in first]
    high = [lane + half for lane in low]
    for _ in range(half.bit_length()):
        now = [f.shuffle(now[i], now[i + half], m) for i in range(half) for m in (low, high)]
    return now


def _gathered(f: Function, rows: Sequence[Value], size: int) -> list[Value]:
    """Vectors of all rows' first pieces, all second ones and so on, of `size` lanes each: rounds
    that take the even and the odd pieces of two neighbours.
    """
    now = list(rows)
    pieces = [range(start, start + size) for start in range(0, 2 * len(rows) * size, size)]
    masks = [[lane for piece in pieces[odd::2] for lane in piece] for odd in (0, 1)]
    for _ in range((len(rows) - 1).bit_length()):
        pairs = list(zip(now[::2], now[1::2], strict=True))
        now = [f.shuffle(a, b, mask) for mask in masks for a, b in pairs]
    return now


def fold_rows(f: Function, rule: Rule, dtype: str, rows: Sequence[Value]) -> Value:
    """A vector whose lane i is the fold of all lanes of rows[i]; lanes without a row repeat one."""
    width = rows[0].type.lanes
    now: list[Value] = [rows[i % len(rows)] for i in range(width)]
    step = width // 2
    while step:
        low = [lane if not lane & step else lane + width - step for lane in range(width)]
        high = [lane + step if not lane & step else lane + width for lane in range(width)]
        pairs: dict[tuple[str, str], Value] = {}
        for i in range(step):
            a, b = now[i], now[i + step]
            if (a.text, b.text) not in pairs:
                left, right = f.shuffle(a, b, low), f.shuffle(a, b, high)
                pairs[a.text, b.text] = rule(f, dtype, left, right)
            now[i] = pairs[a.text, b.text]
        step //= 2
    return now[0]


def fold_everywhere(f: Function, rule: Rule, dtype: str, x: Value) -> Value:
    """The fold of all lanes, in every lane."""
    width = x.type.lanes
    step = width // 2
    while step:
        turned = f.shuffle(x, x, [lane ^ step for lane in range(width)])
        x, step = rule(f, dtype, x, turned), step // 2
    return x
