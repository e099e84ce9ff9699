"""Elementwise mathematics: one rule an op, for scalars and vectors alike.

Each family states its largest error in units in the last place. NaN and infinities behave as in
NumPy; subnormals count as zero, and the sign of zero is not specified.
"""

from __future__ import annotations

from lamina.engines.native.emit import (
    error_function,
    exponential,
    gamma,
    hyperbolic,
    power,
    trigonometric,
)
from lamina.engines.native.emit.arith import Rule

RULES: dict[str, Rule] = {
    **exponential.RULES,
    **trigonometric.RULES,
    **hyperbolic.RULES,
    **error_function.RULES,
    **gamma.RULES,
    **power.RULES,
}
