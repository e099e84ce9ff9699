"""What a model from a file may take: checked before memory is allocated, layer by layer."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from contextvars import ContextVar

from lamina.errors import FileError


class Budget:
    """Bytes of variables and layers that may still be made."""

    def __init__(self, size: int, layers: int, name: str) -> None:
        self.size, self.layers, self.name = size, layers, name


_now: ContextVar[Budget | None] = ContextVar("budget", default=None)


@contextlib.contextmanager
def at_most(size: int, layers: int, name: str) -> Iterator[None]:
    """Within, variables may take so many bytes together, and so many layers may be made.

    `name` is the file's, for errors.
    """
    token = _now.set(Budget(size, layers, name))
    try:
        yield
    finally:
        _now.reset(token)


def reads_a_file() -> bool:
    """Whether what is made now is made as a file says."""
    return _now.get() is not None


def spend(shape: Sequence[int]) -> None:
    """A variable of this shape is about to be made; each number counts four bytes.

    Raises: FileError if a file asks for more than it may.
    """
    budget = _now.get()
    if budget is None:
        return
    budget.size -= 4 * math.prod(shape)
    if budget.size < 0:
        raise FileError(
            budget.name, "describes weights that are not in it", f"one of shape {tuple(shape)}",
            "use a file that Keras or lamina has written",
        )  # fmt: skip


def count_layer() -> None:
    """A layer is about to be made.

    Raises: FileError if a file asks for more than it may.
    """
    budget = _now.get()
    if budget is None:
        return
    budget.layers -= 1
    if budget.layers < 0:
        raise FileError(
            budget.name, "describes too many layers", "more than are allowed",
            "use a smaller model",
        )  # fmt: skip
