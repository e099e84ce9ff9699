"""Plain loop kernels: one op each, as loops over its operands wherever they lie.

They are what an op runs as when no tile program takes it: right for every dtype, shape and stride,
in vectors where the operands allow it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from lamina.engines.native.buffers import Buffer, Form, View
from lamina.engines.native.emit import Function, Value
from lamina.graph.node import Node


@dataclass(frozen=True)
class Operand:
    """A pointer to a value's first element, and how the value lies from there."""

    pointer: Value
    form: Form


Body = Callable[[Function, Sequence[Operand]], None]


@dataclass(frozen=True, eq=False)
class PlainKernel:
    """One op on views. `identity` and the forms of the operands say all that `body` emits.

    `overwrites` lists (read, write) pairs that may share memory. `node` is the op; a copy has none.
    """

    name: str
    identity: Hashable
    body: Body
    reads: tuple[View, ...]
    writes: tuple[View, ...]
    temporaries: tuple[View, ...] = ()
    overwrites: frozenset[tuple[int, int]] = frozenset()
    units: int = 1
    node: Node | None = None

    def key(self) -> Hashable:
        """See `Kernel.key`."""
        return (self.name, self.identity)

    def may_overwrite(self, read: int, write: int) -> bool:
        """See `Kernel.may_overwrite`."""
        return (read, write) in self.overwrites

    def emit(self, f: Function, pointers: Sequence[Value]) -> None:
        """See `Kernel.emit`."""
        views = (*self.writes, *self.reads, *self.temporaries)
        forms = [view.form for view in views]
        self.body(f, [Operand(p, form) for p, form in zip(pointers, forms, strict=True)])


def temporary(dtype: str, size: int) -> View:
    """Scratch for a kernel."""
    return View(Buffer(dtype, size), (size,), (1,))
