"""What a kernel is, and the sequence of kernels, loops and branches that makes up a step.

A kernel reads views, writes views and is emitted as one function of pointers, `f(writes...,
reads..., temporaries...)`. Kernels with equal `key()` and operands of equal forms are emitted once.
The plain loop kernels (`plain/`) and the tile programs (`tiles/`) are both kernels; nothing else in
the engine tells them apart.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from lamina.engines.native.buffers import Counter, View

if TYPE_CHECKING:
    from lamina.engines.native.emit import Function, Value


class Kernel(Protocol):
    """One function of the step, on views."""

    @property
    def name(self) -> str:
        """What people see in dumps and profiles; need not be unique."""

    @property
    def reads(self) -> tuple[View, ...]:
        """Operands that it loads."""

    @property
    def writes(self) -> tuple[View, ...]:
        """Results that it stores, each whole."""

    @property
    def temporaries(self) -> tuple[View, ...]:
        """Scratch of its own: undefined before and after."""

    @property
    def units(self) -> int:
        """Into how many parts it can be shared out among threads; 1 where that does not pay."""

    def key(self) -> Hashable:
        """Everything that its code depends on besides the forms of its operands."""

    def may_overwrite(self, read: int, write: int) -> bool:
        """Whether result `write` may lie where operand `read` lies, if their forms are equal:
        each element is loaded for the last time before it is stored.
        """

    def emit(self, f: Function, pointers: Sequence[Value]) -> None:
        """Emits the body: pointers of the writes, the reads, then the temporaries; with several
        units, then the first unit to do and the one after the last.
        """


@dataclass(frozen=True, eq=False)
class Invoke:
    """One call of a kernel."""

    kernel: Kernel


@dataclass(frozen=True, eq=False)
class Repeat:
    """The body once for each count of `counter`; `moves` (source, target) at the end of each."""

    counter: Counter
    body: list[Item]
    moves: list[tuple[View, View]] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class While:
    """test, then body while the scalar bool `verdict` holds, at most `maximum` times."""

    test: list[Item]
    verdict: View
    body: list[Item]
    maximum: int | None = None
    moves: list[tuple[View, View]] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Branch:
    """One of two bodies, by a scalar bool."""

    predicate: View
    yes: list[Item]
    no: list[Item]


Item = Invoke | Repeat | While | Branch


@dataclass(frozen=True, eq=False)
class Routine:
    """One step: its items, then its moves, all at once, of new state into its slots."""

    items: list[Item]
    moves: list[tuple[View, View]]
