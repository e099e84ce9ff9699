"""The elementwise rules of the native engine: one row an op, shared by all kernels."""

from __future__ import annotations

from lamina.engines.native.emit import arith, math
from lamina.engines.native.emit.arith import Rule


def _pow(integer: Rule, real: Rule) -> Rule:
    return lambda f, dtype, a, b: (real if dtype.startswith("float") else integer)(f, dtype, a, b)


RULES: dict[str, Rule] = {
    **arith.RULES,
    **math.RULES,
    "pow": _pow(arith.int_pow, math.RULES["pow"]),
}
