"""Whole blocks of vectors: transposes, and sums across the lanes of many vectors at once."""

from __future__ import annotations

from collections.abc import Sequence

from lamina.engines.native.emit.arith import Rule
from lamina.engines.native.emit.function import Function
from lamina.engines.native.emit.types import Value

# Vectors of so many bytes are interleaved by one instruction on every processor.
NARROW = 16


def transpose(f: Function, rows: Sequence[Value]) -> list[Value]:
    """As many vectors as they have lanes, transposed, in log2(lanes) rounds."""
    kind = rows[0].type
    if kind.lanes * max(kind.bits, 8) <= 8 * NARROW:
        return _interleaved(f, rows)
    return _exchanged(f, rows)


def _interleaved(f: Function, rows: Sequence[Value]) -> list[Value]:
    """Rounds that interleave each vector with the one half of all further. LLVM searches long for
    what other rounds of narrow lanes might become, and finds worse.
    """
    width = rows[0].type.lanes
    half, now = width // 2, list(rows)
    low = [lane for i in range(half) for lane in (i, i + width)]
    high = [lane + half for lane in low]
    for _ in range(half.bit_length()):
        now = [f.shuffle(now[i], now[i + half], m) for i in range(half) for m in (low, high)]
    return now


def _exchanged(f: Function, rows: Sequence[Value]) -> list[Value]:
    """Rounds of exchanged halves, quarters and so on."""
    width = rows[0].type.lanes
    now, step = list(rows), 1
    while step < width:
        after = list(now)
        for i in range(width):
            if i & step:
                continue
            j = i | step
            low = [lane if not lane & step else (lane ^ step) + width for lane in range(width)]
            high = [lane | step if not lane & step else lane + width for lane in range(width)]
            after[i], after[j] = f.shuffle(now[i], now[j], low), f.shuffle(now[i], now[j], high)
        now, step = after, step * 2
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
