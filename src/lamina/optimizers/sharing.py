"""What is the same for all variables of a step, such as beta^t: computed for the first of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from lamina.graph import trace

Made = TypeVar("Made")


class Shared:
    """Values of the step that is being made; outside one, nothing is kept."""

    def __init__(self) -> None:
        self._known: dict[Hashable, tuple[object, object]] | None = None
        self._trace: trace.Trace | None = None

    @contextmanager
    def step(self) -> Iterator[None]:
        """One step: what is computed within is forgotten after it."""
        self._known, self._trace = {}, trace.current()
        try:
            yield
        finally:
            self._known = self._trace = None

    def get(self, key: Hashable, make: Callable[[], Made], of: object = None) -> Made:
        """What `make` gives, which follows from `key` and the very object `of`.

        Inside a region of the step (a branch of `cond`) it is made anew: its values cannot leave.
        """
        if self._known is None or trace.current() is not self._trace:
            return make()
        before, found = self._known.get(key, (None, None))
        if key not in self._known or before is not of:
            found = make()
            self._known[key] = (of, found)
        return found  # type: ignore[return-value]
