"""Traces: while one is on the stack, ops on its tensors become nodes of a graph.

The stack is per thread. A region (the body of a scan, a branch) is traced by a child trace, which
takes what it uses of its parent as captured inputs.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import FrameType, MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.errors import TraceError
from lamina.graph import tape
from lamina.graph.node import NO_ATTRS, Aval, Graph, Node, Rows, constant, input_node
from lamina.graph.tensor import Array, Tensor, Traced

if TYPE_CHECKING:
    from lamina.graph.variable import Variable


class _Local(threading.local):
    """The traces of a thread that are running, the innermost last."""

    def __init__(self) -> None:
        self.stack: list[Trace | None] = []


_local = _Local()


@functools.lru_cache(maxsize=1 << 10)
def _is_ours(module: str) -> bool:
    return module == "lamina" or module.startswith("lamina.")


def _place_outside(frame: FrameType | None, end: FrameType | None) -> str:
    """The user's own line among the callers from this frame up to `end`; "" if there is none."""
    while frame is not None and frame is not end:
        if not _is_ours(frame.f_globals.get("__name__", "")):
            return f"{frame.f_code.co_filename}:{frame.f_lineno}"
        frame = frame.f_back
    return ""


def current() -> Trace | None:
    """The innermost trace of this thread, or None."""
    stack = _local.stack
    return stack[-1] if stack else None


def scoped(name: str) -> AbstractContextManager[None]:
    """Names what follows, if something is being traced."""
    running = current()
    return nullcontext() if running is None else running.scope(name)


def unmasked() -> AbstractContextManager[None]:
    """What follows has no rows of a batch to keep apart, if something is being traced."""
    running = current()
    return nullcontext() if running is None else running.unmasked()


def within(owner: object) -> AbstractContextManager[None]:
    """What follows is code of the owner's class alone: if that is lamina's, no caller is a user's,
    and none is looked for.
    """
    running = current()
    if running is None or not _is_ours(type(owner).__module__):
        return nullcontext()
    return running.closed()


@contextmanager
def suspended() -> Iterator[None]:
    """Ops are eager here, whatever is being traced around: for code that makes first values."""
    _local.stack.append(None)
    try:
        yield
    finally:
        _local.stack.pop()


class Trace:
    """One graph in the making.

    Args:
        dynamic: whether the batch may be partial: then `valid`, an int32 scalar input, says how
            many of its rows are there, and ops mask the others.
        parent: the trace around a region.
    """

    def __init__(self, dynamic: bool = False, parent: Trace | None = None) -> None:
        self.dynamic = dynamic
        self.parent = parent
        self.reads: dict[Variable, Node] = {}
        self.bindings: dict[Variable, Traced] = {}
        self.captured: dict[Node, Node] = {}
        self.masks: dict[Any, Tensor] = {}
        self.exact: list[str] = parent.exact if parent else []
        # What symbolic tensors stand for, in a trace that runs a graph of them (`symbolic`).
        self.values: Any = None
        self._scopes: list[str] = list(parent._scopes) if parent else []
        self._standing: str | None = parent._standing if parent else None
        self._masking: bool = parent._masking if parent else True
        self._valid: Traced | None = None
        # Callers are looked through up to the frame that entered the innermost scope, or else the
        # trace; the user's line beyond it is known.
        self._entry: FrameType | None = parent._entry if parent else None
        self._beyond: str = parent._beyond if parent else ""
        self._is_closed: bool = parent._is_closed if parent else False

    # ── being the current trace ──

    def __enter__(self) -> Trace:
        if self._entry is None:
            self._entry = sys._getframe(1)
        _local.stack.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        _local.stack.pop()

    # ── inputs ──

    def argument(
        self, shape: Sequence[int], dtype: str, rows: Rows | None = None, name: str = ""
    ) -> Traced:
        """A fresh input."""
        return Traced(input_node(tuple(shape), dtype, rows if self.dynamic else None, name), self)

    @property
    def valid(self) -> Traced:
        """How many rows of the batch are there: an int32 scalar. Only in a dynamic trace."""
        if self._valid is None:
            if self.parent is not None:
                self._valid = self.lift(self.parent.valid)
            else:
                self._valid = self.argument((), "int32", name="valid")
        return self._valid

    # ── variables ──

    def read(self, variable: Variable) -> Tensor:
        """The variable's value at this point of the trace."""
        bound = self.bindings.get(variable)
        if bound is None:
            if self.parent is not None:
                return self.lift(self.parent.read(variable))
            node = input_node(variable.shape, variable.dtype, name=variable.path)
            self.reads[variable] = node
            bound = self.bindings[variable] = Traced(node, self)
        tape.note_read(variable, bound)
        return bound

    def write(self, variable: Variable, value: Tensor) -> None:
        """Rebinds the variable.

        Raises: TraceError inside a region, where an assignment could not leave the loop.
        """
        if self.parent is not None:
            raise TraceError(
                f"Variable '{variable.path}'",
                "is assigned inside a region (scan, cond or while_loop)",
                "an assignment that could not leave the region",
                "carry the value through the loop and assign it after",
            )
        self.read(variable)
        self.bindings[variable] = self.lift(value)

    def updates(self) -> dict[Variable, Node]:
        """The variables that were rebound, with their last binding."""
        return {
            variable: bound.node
            for variable, bound in self.bindings.items()
            if bound.node is not self.reads[variable]
        }

    # ── nodes ──

    def lift(self, tensor: Tensor, origin: str | None = None) -> Traced:
        """The tensor as a value of this trace: constants become nodes, a parent's value an input.

        Args:
            origin: where a constant comes from, if that is known already.

        Raises: TraceError for a tensor of a trace that has ended.
        """
        if isinstance(tensor, Array):
            known = self.origin() if origin is None else origin
            lifted = Traced(constant(tensor.value, origin=known), self)
            tape.note_lift(tensor, lifted.node, lifted)
            return lifted
        assert isinstance(tensor, Traced)
        if tensor.trace is self:
            return tensor
        if self.parent is None:
            raise TraceError(
                "a tensor",
                "is used outside the trace that made it",
                repr(tensor),
                "return it from the traced function, or keep it in a Variable",
            )
        outside = self.parent.lift(tensor)
        node = outside.node
        if node not in self.captured:
            self.captured[node] = input_node(node.shape, node.dtype, node.rows)
        inside = Traced(self.captured[node], self)
        tape.note_lift(outside, inside.node, inside)
        return inside

    def bind(
        self,
        op: str,
        inputs: Sequence[Traced],
        outputs: Sequence[Aval],
        attrs: Mapping[str, Any],
        rows: Sequence[Rows | None],
        regions: tuple[Graph, ...] = (),
        several: bool = False,
        origin: str | None = None,
    ) -> list[Traced]:
        """A new node with its origin; with `several`, an `item` node for each of its results."""
        nodes = tuple([tensor.node for tensor in inputs])
        frozen = MappingProxyType(dict(attrs)) if attrs else NO_ATTRS
        origin = self.origin() if origin is None else origin
        if not several:
            shape, dtype = outputs[0].shape, outputs[0].dtype
            node = Node(op, nodes, shape, dtype, frozen, regions, (), rows[0], origin)
            results = [Traced(node, self)]
        else:
            node = Node(op, nodes, (), "bool", frozen, regions, tuple(outputs), None, origin)
            results = [Traced(item(node, i, row), self) for i, row in enumerate(rows)]
        tape.note(op, inputs, results, frozen, regions, origin)
        return results

    def scope(self, name: str) -> AbstractContextManager[None]:
        """Names the layer, loss or optimizer whose ops follow."""
        return _Scope(self, name)

    @contextmanager
    def standing_for(self, origin: str) -> Iterator[None]:
        """What follows comes from there, wherever it is made."""
        before, self._standing = self._standing, origin
        try:
            yield
        finally:
            self._standing = before

    @contextmanager
    def closed(self) -> Iterator[None]:
        """No user's code runs within."""
        before, self._is_closed = self._is_closed, True
        try:
            yield
        finally:
            self._is_closed = before

    def origin(self) -> str:
        """Path of the scopes, and the user's own line if user code is being traced."""
        if self._standing is not None:
            return self._standing
        place = self._beyond
        if not self._is_closed:
            # Each frame that is looked at costs a microsecond.
            place = _place_outside(sys._getframe(1), self._entry) or place
        path = "/".join(self._scopes)
        if not place:
            return path
        return f"{path} ({place})" if path else place

    # ── partial batches ──

    @property
    def masking(self) -> bool:
        """Whether ops must keep the rows of a partial batch apart just now."""
        return self.dynamic and self._masking

    @contextmanager
    def unmasked(self) -> Iterator[None]:
        """For code whose values are zero in absent rows by construction: cotangents."""
        before, self._masking = self._masking, False
        try:
            yield
        finally:
            self._masking = before

    def require_exact(self, reason: str) -> None:
        """Notes that this graph is right for full batches only; a partial one needs its own."""
        if self.masking:
            self.exact.append(reason)


class _Scope(AbstractContextManager[None]):
    """A name for what a trace sees next; the user's line around it is looked for only once."""

    def __init__(self, trace: Trace, name: str) -> None:
        self._trace, self._name = trace, name

    def __enter__(self) -> None:
        trace, entry = self._trace, sys._getframe(1)
        self._before = (trace._entry, trace._beyond)
        trace._scopes.append(self._name)
        trace._beyond = _place_outside(entry, trace._entry) or trace._beyond
        trace._entry = entry

    def __exit__(self, *_: object) -> None:
        self._trace._scopes.pop()
        self._trace._entry, self._trace._beyond = self._before


def item(node: Node, index: int, rows: Rows | None = None) -> Node:
    """The node that picks one result of an op of several."""
    aval = node.outputs[index]
    attrs = MappingProxyType({"index": index})
    return Node("item", (node,), aval.shape, aval.dtype, attrs, rows=rows, origin=node.origin)


def trace_region(
    function: Callable[..., Sequence[Tensor]], arguments: Sequence[tuple[Aval, Rows | None]]
) -> tuple[list[Traced], list[Traced], Trace]:
    """Traces `function` of fresh arguments in a child of the current trace: (args, results,
    trace).
    """
    parent = current()
    assert parent is not None
    child = Trace(parent.dynamic, parent)
    with child:
        args = [Traced(input_node(a.shape, a.dtype, rows), child) for a, rows in arguments]
        results = [child.lift(result) for result in function(*args)]
    return args, results, child


def values_of(tensors: Sequence[Tensor]) -> list[np.ndarray]:
    """The arrays of eager tensors."""
    return [tensor.value for tensor in tensors if isinstance(tensor, Array)]
