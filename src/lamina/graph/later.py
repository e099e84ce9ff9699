"""Graphs that are traced when somebody looks at them."""

from __future__ import annotations

from collections.abc import Callable

from lamina.graph.node import Graph, Node


class LaterGraph(Graph):
    """A graph of which only what it computes is known so far; `make` finds it."""

    __slots__ = ("_found", "_make")

    def __init__(self, make: Callable[[], Graph]) -> None:
        for name, value in (("_make", make), ("_found", None), ("_order", None)):
            object.__setattr__(self, name, value)

    def _graph(self) -> Graph:
        found: Graph | None = self._found  # type: ignore[attr-defined]
        if found is None:
            found = self._make()  # type: ignore[attr-defined]
            object.__setattr__(self, "_found", found)
        return found

    @property
    def inputs(self) -> tuple[Node, ...]:
        """The arguments."""
        return self._graph().inputs

    @property
    def outputs(self) -> tuple[Node, ...]:
        """The results."""
        return self._graph().outputs

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the arguments, where they have some."""
        return self._graph().names
