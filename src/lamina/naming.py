"""Names: unique ones for layers, models, losses, metrics and optimizers; paths for what they make.

Like Keras': `Dense` becomes "dense", "dense_1", ...; a weight's path joins the names of the layers
in whose `build` it was made.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

_counts: Counter[str] = Counter()
_local = threading.local()


def snake_case(name: str) -> str:
    """`InputLayer` -> "input_layer"."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def unique_name(prefix: str) -> str:
    """`prefix` the first time, then `prefix_1`, ..."""
    count = _counts[prefix]
    _counts[prefix] += 1
    return f"{prefix}_{count}" if count else prefix


def auto_name(owner: object) -> str:
    """The unique name of an object that was given none: its class's in snake case, numbered."""
    return unique_name(snake_case(type(owner).__name__))


def reset_names() -> None:
    """Starts the numbering again (`clear_session`)."""
    _counts.clear()


def get_uid(prefix: str = "") -> int:
    """How often a unique name, or number, of this prefix was asked for, this time included."""
    _counts[prefix] += 1
    return _counts[prefix]


def clear_session(free_memory: bool = True) -> None:
    """Starts the numbering of names again. Memory is freed when nothing refers to it."""
    reset_names()


def _stack() -> list[str]:
    if not hasattr(_local, "stack"):
        _local.stack = []
    stack: list[str] = _local.stack
    return stack


@contextmanager
def scope(name: str) -> Iterator[None]:
    """What is named in here stands below `name`."""
    _stack().append(name)
    try:
        yield
    finally:
        _stack().pop()


def path_of(name: str) -> str:
    """The path of something of this name made here."""
    return "/".join([*_stack(), name])
