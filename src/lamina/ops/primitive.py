"""What a primitive is: the ops that engines implement, each defined once.

A definition says how shapes and dtypes follow (`infer`), how a gradient flows back (`gradient`),
and what a partial batch means (`rows`). Everything else in `lamina.ops` is built of these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lamina.graph.node import Aval, Rows
from lamina.graph.tensor import Tensor, Traced
from lamina.graph.trace import Trace

Attrs = Mapping[str, Any]
Infer = Callable[[Sequence[Aval], Attrs], list[Aval]]
Cotangent = Tensor | None


def _no_walk(ys: Sequence[Any], gs: Sequence[Any], xs: Sequence[Any]) -> Sequence[Cotangent]:
    raise AssertionError("only the reverse walk fills this in")


@dataclass(frozen=True)
class Reverse:
    """What a gradient rule is given: cotangents `g` (None: zero), results `y`, operands `x`.

    `walk(ys, gs, xs)` is the reverse walk itself, for the bodies of regions.
    """

    g: tuple[Cotangent, ...]
    y: tuple[Tensor, ...]
    x: tuple[Tensor, ...]
    attrs: Attrs
    regions: tuple[Any, ...] = ()
    walk: Callable[[Sequence[Any], Sequence[Any], Sequence[Any]], Sequence[Cotangent]] = _no_walk


class Masking:
    """What a rows rule is given: it may fill absent rows of an input, or ask for exact batches."""

    def __init__(
        self,
        trace: Trace,
        inputs: list[Traced],
        attrs: Attrs,
        outputs: Sequence[Aval],
        mask: Callable[[Traced, Any], Traced],
    ) -> None:
        self.trace = trace
        self.inputs = inputs
        self.attrs = attrs
        self.outputs = outputs
        self._mask = mask

    def rows(self, index: int = 0) -> Rows | None:
        """The rows of an input."""
        return self.inputs[index].node.rows

    def fill(self, index: int, value: Any) -> None:
        """Puts `value`, neutral to the op, into the absent rows of an input."""
        if self.trace.masking and self.rows(index) is not None:
            self.inputs[index] = self._mask(self.inputs[index], value)

    def exact(self, reason: str) -> None:
        """The op has no masked form here."""
        self.trace.require_exact(reason)


RowsRule = Callable[[Masking], Sequence[Rows | None]]


@dataclass(frozen=True)
class Primitive:
    """One op: name, rules, and whether it has several results or makes a value from nothing."""

    name: str
    infer: Infer
    rows: RowsRule
    gradient: Callable[[Reverse], Sequence[Cotangent]] | None = None
    several: bool = False
    source: bool = False
    kind: str = "other"


PRIMITIVES: dict[str, Primitive] = {}


def define(primitive: Primitive) -> None:
    """Enters a primitive into the table; a name is defined once."""
    assert primitive.name not in PRIMITIVES, primitive.name
    PRIMITIVES[primitive.name] = primitive
