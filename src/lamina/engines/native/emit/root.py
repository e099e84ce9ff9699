"""The square root by an estimate, where the processor's own instruction is slow.

    y about 1 / sqrt(x),  s = x y,  sqrt(x) about s + s (1/2 - s y / 2)        (Newton's method)

Intel's processors with AVX-512 take twelve cycles for sixteen roots, in the unit that divides too;
an estimate of 14 bits takes three, and the step makes 23 of them. Largest error found: 1 unit in
the last place. Zero, infinity and NaN give what IEEE 754 says; a negative number gives NaN.
"""

from __future__ import annotations

from lamina.engines.native import target as machine
from lamina.engines.native.emit.function import Function
from lamina.engines.native.emit.types import BIT, F32, I32, Type, Value

LANES = 16
ZERO_OR_INFINITE = 0x02 | 0x04 | 0x08  # +0, -0, +infinity, as vfpclassps numbers them


def sqrt(f: Function, x: Value) -> Value:
    """The square root."""
    if x.type == F32.of(LANES) and machine.host().estimates_roots:
        return _estimated(f, x)
    return f.intrinsic("sqrt", x)


def _estimated(f: Function, x: Value) -> Value:
    kind, half = x.type, f.const(x.type, 0.5)
    every = [f.const(kind, 0), f.const(Type("i", LANES), -1)]
    y = f.call("llvm.x86.avx512.rsqrt14.ps.512", [x, *every], kind)
    s, h = f.mul(x, y), f.mul(y, half)
    s = f.fma(f.fma(f.neg(s), h, half), s, s)
    word = f.const(I32, ZERO_OR_INFINITE)
    kept = f.call("llvm.x86.avx512.fpclass.ps.512", [x, word], BIT.of(LANES))
    return f.select(kept, x, s)
