"""Tapes: while one is open, it writes down what this thread applies to tensors.

Eager ops, nodes of traces and the ways of a value from one trace into another are entries, in the
order in which they happened; so each stands after those that made its inputs.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lamina.graph.node import NO_ATTRS, Graph, Node

if TYPE_CHECKING:
    from lamina.graph.tensor import Tensor
    from lamina.graph.variable import Variable

# The entry that says: the same value, now as a value of a trace.
LIFT = "lift"


@dataclass(frozen=True, eq=False, slots=True)
class Application:
    """One op: what was applied to which tensors, and what came out."""

    op: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    attrs: Mapping[str, Any] = field(default_factory=lambda: NO_ATTRS)
    regions: tuple[Graph, ...] = ()
    origin: str = ""


@dataclass(eq=False)
class Tape:
    """What was seen: `entries`, and in `reads` each variable with a value that it had."""

    entries: list[Application] = field(default_factory=list)
    reads: list[tuple[Variable, Tensor]] = field(default_factory=list)
    _captured: set[Node] = field(default_factory=set)

    def lift(self, before: Tensor, node: Node, after: Tensor) -> None:
        """Notes that a value stands in a trace as this node, once."""
        if node not in self._captured:
            self._captured.add(node)
            self.entries.append(Application(LIFT, (before,), (after,)))


class _Local(threading.local):
    """The tapes of a thread that are open."""

    def __init__(self) -> None:
        self.tapes: list[Tape] = []


_local = _Local()


def is_recording() -> bool:
    """Whether a tape of this thread is open."""
    return bool(_local.tapes)


def begin(tape: Tape) -> None:
    """From here on the tape sees what this thread does."""
    _local.tapes.append(tape)


def end(tape: Tape) -> None:
    """The tape sees no more."""
    _local.tapes[:] = [other for other in _local.tapes if other is not tape]


@contextmanager
def recording(tape: Tape) -> Iterator[None]:
    """Lets the tape see what happens inside."""
    begin(tape)
    try:
        yield
    finally:
        end(tape)


def note(
    op: str,
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    attrs: Mapping[str, Any] = NO_ATTRS,
    regions: tuple[Graph, ...] = (),
    origin: str = "",
) -> None:
    """Writes an op on every open tape."""
    if _local.tapes:
        entry = Application(op, tuple(inputs), tuple(outputs), attrs, regions, origin)
        for tape in _local.tapes:
            tape.entries.append(entry)


def note_lift(before: Tensor, node: Node, after: Tensor) -> None:
    """Writes on every open tape that a value stands in a trace as this node."""
    for tape in _local.tapes:
        tape.lift(before, node, after)


def note_read(variable: Variable, value: Tensor) -> None:
    """Writes on every open tape what a variable held."""
    for tape in _local.tapes:
        tape.reads.append((variable, value))
