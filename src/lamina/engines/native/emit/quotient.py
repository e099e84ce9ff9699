"""Division by an estimate, where the processor's own instruction is slow.

    r about 1 / b,  q = a r,  a / b about q + r (a - b q)        (Newton's method)

Intel's processors with AVX-512 take sixteen cycles for sixteen quotients; an estimate of 14 bits
takes two, and the step makes 23 of them. Largest error found: 1 unit in the last place.
"""

from __future__ import annotations

from lamina.engines.native import target as machine
from lamina.engines.native.emit.function import Function
from lamina.engines.native.emit.types import F32, Type, Value

LANES = 16


def quotient(f: Function, a: Value, b: Value) -> Value:
    """a / b for finite a and for b between 1 and 2^60; NaN where one of them is."""
    if a.type != F32.of(LANES) or not machine.host().estimates_roots:
        return f.fdiv(a, b)
    every = [f.const(a.type, 0), f.const(Type("i", LANES), -1)]
    r = f.call("llvm.x86.avx512.rcp14.ps.512", [b, *every], a.type)
    q = f.mul(a, r)
    return f.fma(f.fma(f.neg(b), q, a), r, q)
