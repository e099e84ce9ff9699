"""The elementwise rules of the native engine: one row an op, shared by all kernels."""

from __future__ import annotations

from lamina.engines.native.emit import arith
from lamina.engines.native.emit.arith import Rule


def elementwise_rule(op: str) -> Rule:
    """How an elementwise op is emitted: rule(function, dtype, *operands)."""
    return arith.RULES[op]
