"""Elementwise ops that are a few instructions: one rule an op, for scalars and vectors alike.

A rule gets the function, the dtype of the operands and the operands; bool operands are bits. The
meaning is the reference engine's (`engines/reference/elementwise.py`): integer division by zero
gives 0, shifts by the width or more leave nothing but the sign, max and min pass NaN on.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from lamina.engines.native.emit.function import Function
from lamina.engines.native.emit.root import sqrt
from lamina.engines.native.emit.types import BIT, Type, Value, element, is_signed

Rule = Callable[..., Value]


def _float(dtype: str) -> bool:
    return dtype.startswith("float")


def _abs(f: Function, dtype: str, x: Value) -> Value:
    if _float(dtype):
        return f.intrinsic("fabs", x)
    if not is_signed(dtype):
        return x
    return f.select(f.compare("lt", x, f.const(x.type, 0)), f.neg(x), x)


def _sign(f: Function, dtype: str, x: Value) -> Value:
    """NaN and zero stay what they are."""
    zero, one = f.const(x.type, 0), f.const(x.type, 1)
    positive = f.compare("gt", x, zero, is_signed(dtype))
    if not (_float(dtype) or is_signed(dtype)):
        return f.select(positive, one, zero)
    negative = f.select(f.compare("lt", x, zero), f.const(x.type, -1), x)
    return f.select(positive, one, negative)


def _extreme(how: str) -> Rule:
    def rule(f: Function, dtype: str, a: Value, b: Value) -> Value:
        if dtype == "bool":
            return f.or_(a, b) if how == "gt" else f.and_(a, b)
        chosen = f.select(f.compare(how, a, b, is_signed(dtype)), a, b)
        # The comparison chose b if either is NaN, so only a's is missing.
        return f.select(f.is_nan(a), a, chosen) if _float(dtype) else chosen

    return rule


def _safe_divisor(f: Function, dtype: str, b: Value) -> Value:
    """b, or 1 where a division by it would trap: 0, and -1 (the lowest over -1 overflows)."""
    bad = f.compare("eq", b, f.const(b.type, 0))
    if is_signed(dtype):
        bad = f.or_(bad, f.compare("eq", b, f.const(b.type, -1)))
    return f.select(bad, f.const(b.type, 1), b)


def _floordiv(f: Function, dtype: str, a: Value, b: Value) -> Value:
    if _float(dtype):
        return _float_floordiv(f, a, b)
    zero, safe = f.const(a.type, 0), _safe_divisor(f, dtype, b)
    signed = is_signed(dtype)
    quotient = f.div(a, safe, signed)
    if signed:
        rest = f.rem(a, safe, signed)
        turned = f.compare("lt", f.xor(rest, safe), zero)
        below = f.and_(f.compare("ne", rest, zero), turned)
        quotient = f.select(below, f.sub(quotient, f.const(a.type, 1)), quotient)
        quotient = f.select(f.compare("eq", b, f.const(b.type, -1)), f.neg(a), quotient)
    return f.select(f.compare("eq", b, zero), zero, quotient)


def _mod(f: Function, dtype: str, a: Value, b: Value) -> Value:
    if _float(dtype):
        return _float_mod(f, a, b)
    zero, safe = f.const(a.type, 0), _safe_divisor(f, dtype, b)
    rest = f.rem(a, safe, is_signed(dtype))
    if not is_signed(dtype):
        return f.select(f.compare("eq", b, zero), zero, rest)
    turned = f.compare("lt", f.xor(rest, safe), zero)
    turned = f.and_(turned, f.compare("ne", rest, zero))
    return f.select(turned, f.add(rest, b), rest)


def _remainder(f: Function, a: Value, b: Value) -> tuple[Value, Value]:
    """The remainder with the sign of a, and whether it has to change to that of b."""
    zero = f.const(a.type, 0)
    rest = f.frem(a, b)
    turned = f.xor(f.compare("lt", b, zero), f.compare("lt", rest, zero))
    turned = f.and_(turned, f.compare("ne", rest, zero))
    return rest, f.and_(turned, f.compare("ne", b, zero))


def _float_mod(f: Function, a: Value, b: Value) -> Value:
    """The remainder with the sign of b, as Python's %."""
    rest, turned = _remainder(f, a, b)
    return f.select(turned, f.add(rest, b), rest)


def _float_floordiv(f: Function, a: Value, b: Value) -> Value:
    """(a - a mod b) / b, rounded to the nearest whole number; a / b for b = 0."""
    one = f.const(a.type, 1)
    rest, turned = _remainder(f, a, b)
    quotient = f.fdiv(f.sub(a, rest), b)
    quotient = f.select(turned, f.sub(quotient, one), quotient)
    whole = f.intrinsic("floor", quotient)
    above = f.compare("gt", f.sub(quotient, whole), f.const(a.type, 0.5))
    whole = f.select(above, f.add(whole, one), whole)
    return f.select(f.compare("eq", b, f.const(b.type, 0)), f.fdiv(a, b), whole)


def int_pow(f: Function, dtype: str, a: Value, b: Value) -> Value:
    """By squaring, over all bits of the exponent; a negative one leaves only 1 and -1."""
    zero, one = f.const(a.type, 0), f.const(a.type, 1)

    def turn(i: Value, state: list[Value]) -> list[Value]:
        result, power, left = state
        odd = f.compare("ne", f.and_(left, one), zero)
        return [f.select(odd, f.mul(result, power), result), f.mul(power, power), f.shr(left, one)]

    start, stop = f.index(0), f.index(a.type.bits)
    result = f.loop(start, stop, 1, [one, a, b], turn)[0]
    if not is_signed(dtype):
        return result
    minus = f.compare("eq", a, f.const(a.type, -1))
    odd = f.compare("ne", f.and_(b, one), zero)
    inverse = f.select(minus, f.select(odd, a, one), zero)
    inverse = f.select(f.compare("eq", a, one), one, inverse)
    return f.select(f.compare("lt", b, zero), inverse, result)


def _compare(how: str) -> Rule:
    def rule(f: Function, dtype: str, a: Value, b: Value) -> Value:
        return f.compare(how, a, b, is_signed(dtype))

    return rule


def _shift(left: bool) -> Rule:
    def rule(f: Function, dtype: str, a: Value, b: Value) -> Value:
        zero = f.const(a.type, 0)
        inside = f.compare("lt", b, f.const(b.type, b.type.bits), signed=False)
        by = f.select(inside, b, zero)
        if left:
            return f.select(inside, f.shl(a, by), zero)
        signed = is_signed(dtype)
        last = f.shr(a, f.const(a.type, a.type.bits - 1), signed) if signed else zero
        return f.select(inside, f.shr(a, by, signed), last)

    return rule


def _is_inf(f: Function, dtype: str, x: Value) -> Value:
    return f.compare("eq", f.intrinsic("fabs", x), f.const(x.type, math.inf))


def _is_finite(f: Function, dtype: str, x: Value) -> Value:
    return f.compare("lt", f.intrinsic("fabs", x), f.const(x.type, math.inf))


def cast(f: Function, x: Value, source: str, target: str) -> Value:
    """x of dtype `source` in dtype `target`: floats to integers saturate, NaN gives 0; to bool asks
    whether it is not zero.
    """
    to = element(target).like(x.type)
    if source == target:
        return x
    if target == "bool":
        return f.compare("ne", x, f.const(x.type, 0))
    if source == "bool":
        return f.select(x, f.const(to, 1), f.const(to, 0))
    if _float(source) and _float(target):
        return f.cast("fpext" if to.bits > x.type.bits else "fptrunc", x, to)
    if _float(source):
        name = "fptosi" if is_signed(target) else "fptoui"
        return f.call(f"llvm.{name}.sat.{to.name}.{x.type.name}", [x], to)
    if _float(target):
        return f.cast("sitofp" if is_signed(source) else "uitofp", x, to)
    return f.resize(x, to, is_signed(source))


def _plain(method: Callable[..., Value]) -> Rule:
    return lambda f, dtype, *x: method(f, *x)


def _rounded(name: str) -> Rule:
    return lambda f, dtype, x: f.intrinsic(name, x)


RULES: dict[str, Rule] = {
    "neg": _plain(Function.neg),
    "abs": _abs,
    "sign": _sign,
    "floor": _rounded("floor"),
    "ceil": _rounded("ceil"),
    "round": _rounded("rint"),
    "sqrt": lambda f, dtype, x: sqrt(f, x),
    "rsqrt": lambda f, dtype, x: f.fdiv(f.const(x.type, 1), sqrt(f, x)),
    "isnan": lambda f, dtype, x: f.is_nan(x),
    "isinf": _is_inf,
    "isfinite": _is_finite,
    "logical_not": _plain(Function.not_),
    "bit_not": _plain(Function.not_),
    "add": _plain(Function.add),
    "sub": _plain(Function.sub),
    "mul": _plain(Function.mul),
    "div": _plain(Function.fdiv),
    "max": _extreme("gt"),
    "min": _extreme("lt"),
    "floordiv": _floordiv,
    "mod": _mod,
    "logical_and": _plain(Function.and_),
    "logical_or": _plain(Function.or_),
    "logical_xor": _plain(Function.xor),
    "bit_and": _plain(Function.and_),
    "bit_or": _plain(Function.or_),
    "bit_xor": _plain(Function.xor),
    "shift_left": _shift(left=True),
    "shift_right": _shift(left=False),
    "select": _plain(Function.select),
    "stop_gradient": lambda f, dtype, x: x,
    **{how: _compare(how) for how in ("eq", "ne", "lt", "le", "gt", "ge")},
}

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))


def threefry(f: Function, k0: Value, k1: Value, c0: Value, c1: Value) -> tuple[Value, Value]:
    """Threefry-2x32-20 (Salmon et al. 2011): five groups of four rounds, a key word after each."""
    kind = k0.type
    keys = [k0, k1, f.xor(f.xor(k0, k1), f.const(kind, 0x1BD11BDA))]
    x, y = f.add(c0, keys[0]), f.add(c1, keys[1])
    for group in range(5):
        for by in ROTATIONS[group % 2]:
            x = f.add(x, y)
            y = f.xor(f.intrinsic("fshl", y, y, f.const(kind, by)), x)
        x = f.add(x, keys[(group + 1) % 3])
        y = f.add(f.add(y, keys[(group + 2) % 3]), f.const(kind, group + 1))
    return x, y


def fold(f: Function, rule: Rule, dtype: str, x: Value) -> Value:
    """The lanes of a vector combined by a rule of two operands, into a scalar."""
    lanes = x.type.lanes
    while lanes > 1:
        half = lanes // 2
        low = f.shuffle(x, x, range(half))
        high = f.shuffle(x, x, range(half, lanes))
        x, lanes = rule(f, dtype, low, high), half
    return f.extract(x, 0)


def widen(f: Function, x: Value) -> Value:
    """A bit as the byte that stands for it in memory; anything else as it is."""
    return f.cast("zext", x, Type("i", 8, x.type.lanes)) if x.type.scalar == BIT else x
