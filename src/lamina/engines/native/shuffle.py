"""The order of a pass, by the same draw as the reference engine's (`engines/reference/order.py`).

shuffle(order, bits, rows, seed low, seed high, pass): the random words of all rows in vectors,
then Fisher & Yates' changes of places from the end.
"""

from __future__ import annotations

from lamina.engines.native import target as machine
from lamina.engines.native.emit import I32, I64, PTR, Function, Module, Value
from lamina.engines.native.emit.arith import threefry

NAME = "shuffle"


def emit(module: Module) -> None:
    """Adds the function to a module."""
    with Function(module, NAME, [PTR, PTR, I64, I64, I64, I64], internal=True) as f:
        order, bits, rows, low, high, pass_index = f.arguments
        _draw(f, bits, rows, [f.cast("trunc", v, I32) for v in (low, high, pass_index)])

        def number(i: Value, _: list[Value]) -> list[Value]:
            f.store(i, f.at(order, f.mul(i, f.index(8))), 8)
            return []

        f.loop(f.index(0), rows, 1, [], number)
        _change_places(f, order, bits, rows)


def _draw(f: Function, bits: Value, rows: Value, words: list[Value]) -> None:
    """bits[i] = the first word of threefry(key = seed, counter = (i, pass))."""
    width = machine.host().lanes(32)
    kind = I32.of(width)
    low, high, pass_index = (f.splat(word, width) for word in words)
    steps = f.consts(kind, range(width))

    def turn(i: Value, _: list[Value]) -> list[Value]:
        index = f.add(f.splat(f.cast("trunc", i, I32), width), steps)
        word, _unused = threefry(f, low, high, index, pass_index)
        f.store(word, f.at(bits, f.mul(i, f.index(4))), 4)
        return []

    f.loop(f.index(0), rows, width, [], turn)


def _change_places(f: Function, order: Value, bits: Value, rows: Value) -> None:
    """From the last row to the second: row i changes places with (i + 1) bits[i] / 2^32."""
    last = f.sub(rows, f.index(1))

    def turn(k: Value, _: list[Value]) -> list[Value]:
        i = f.sub(last, k)
        word = f.load(I32, f.at(bits, f.mul(i, f.index(4))), 4)
        scaled = f.mul(f.resize(word, I64, signed=False), f.add(i, f.index(1)))
        j = f.shr(scaled, f.index(32))
        here, there = (f.at(order, f.mul(place, f.index(8))) for place in (i, j))
        first, second = f.load(I64, here, 8), f.load(I64, there, 8)
        f.store(second, here, 8)
        f.store(first, there, 8)
        return []

    f.loop(f.index(0), last, 1, [], turn)
