"""threefry: the counter-based random bits from which every distribution is made.

Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3": Threefry-2x32 with
20 rounds. The same key and counter give the same bits in every engine, on any number of threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.graph.node import Aval, Rows
from lamina.graph.tensor import Tensor
from lamina.ops.dispatch import apply_several, as_tensor
from lamina.ops.primitive import Attrs, Masking, Primitive, define
from lamina.ops.primitives.elementwise import broadcast_shapes, check_dtypes, elementwise_rows


def _infer(avals: Sequence[Aval], attrs: Attrs) -> list[Aval]:
    check_dtypes("random", avals, ("uint32",))
    word = Aval(broadcast_shapes("random", [aval.shape for aval in avals]), "uint32")
    return [word, word]


def _rows(masking: Masking) -> list[Rows | None]:
    return elementwise_rows(masking) * 2


define(Primitive("threefry", _infer, _rows, lambda r: [None] * 4, several=True, kind="elementwise"))


def threefry(k0: Any, k1: Any, c0: Any, c1: Any) -> tuple[Tensor, Tensor]:
    """Two words of random bits (uint32) for each counter (c0, c1) under the key (k0, k1)."""
    first, second = apply_several("threefry", *[as_tensor(v, "uint32") for v in (k0, k1, c0, c1)])
    return first, second
