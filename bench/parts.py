"""Networks as rows of parts, which each peer builds in its own words.

("dense", units)                 y = x w + b
("conv", filters, size, padding) 1-D or 2-D by its input, stride 1, with bias
("pool", size)                   max, stride = size
("highest",)                     max over all steps
("norm",)                        batch normalisation of the last axis, Keras' defaults
("relu",), ("tanh",), ("silu",)  activations
("flatten",), ("dropout", rate)
("embedding", words, units)      rows of a table
("lstm", units), ("gru", units)  the last state; ("bidirectional", units): lstm both ways
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Part = tuple[Any, ...]
Shape = tuple[int, ...]
GATES = {"lstm": 4, "gru": 3, "bidirectional": 4}


@dataclass(frozen=True)
class Link:
    """A part at its place.

    Attributes:
        given, made: shapes of its input and output, without the batch.
        weights: shapes in Keras' order.
        products: multiplications of one row's forward products.
    """

    part: Part
    given: Shape
    made: Shape
    weights: tuple[Shape, ...] = ()
    products: int = 0

    @property
    def kind(self) -> str:
        """What the part is."""
        return str(self.part[0])


def links(shape: Shape, parts: Sequence[Part]) -> list[Link]:
    """The parts with their shapes, in order."""
    found = []
    for part in parts:
        link = _link(part, shape)
        found.append(link)
        shape = link.made
    return found


def _link(part: Part, given: Shape) -> Link:
    kind, *rest = part
    last = given[-1]
    if kind == "dense":
        return Link(part, given, (rest[0],), ((last, rest[0]), (rest[0],)), last * rest[0])
    if kind == "conv":
        return _conv(part, given)
    if kind == "norm":
        return Link(part, given, given, ((last,),) * 4)
    if kind == "embedding":
        return Link(part, given, (*given, rest[1]), ((rest[0], rest[1]),))
    if kind in GATES:
        return _recurrent(part, given)
    if kind == "pool":
        return Link(part, given, (*(n // rest[0] for n in given[:-1]), last))
    made = {"flatten": (math.prod(given),), "highest": (last,)}
    return Link(part, given, made.get(kind, given))


def _conv(part: Part, given: Shape) -> Link:
    _, filters, size, padding = part
    lost = size - 1 if padding == "valid" else 0
    spatial = tuple(n - lost for n in given[:-1])
    kernel = (size,) * len(spatial) + (given[-1], filters)
    return Link(part, given, (*spatial, filters), (kernel, (filters,)), math.prod(spatial + kernel))


def _recurrent(part: Part, given: Shape) -> Link:
    kind, units = part
    wide, (steps, inputs) = GATES[kind] * units, given
    ways = 2 if kind == "bidirectional" else 1
    bias = (2, wide) if kind == "gru" else (wide,)
    weights = ((inputs, wide), (units, wide), bias) * ways
    products = ways * steps * (inputs + units) * wide
    return Link(part, given, (ways * units,), weights, products)
