"""Functions of the C library, lane by lane: right to about one unit in the last place, but slow."""

from __future__ import annotations

from lamina.engines.native.emit.arith import Rule
from lamina.engines.native.emit.function import Function
from lamina.engines.native.emit.types import Value


def library(name: str) -> Rule:
    """A function of the C library in each lane."""

    def rule(f: Function, dtype: str, *x: Value) -> Value:
        kind = x[0].type
        full = name if kind.bits == 64 else name + "f"
        f.module.declare(full, kind.scalar, [kind.scalar] * len(x))
        if not kind.lanes:
            return f.call(full, x, kind)
        result = f.const(kind, 0)
        for lane in range(kind.lanes):
            entries = [f.extract(value, lane) for value in x]
            result = f.insert(result, f.call(full, entries, kind.scalar), lane)
        return result

    return rule
