"""What a call hands down to the layers inside it: whether this is training, and who called
first.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

_local = threading.local()


@dataclass
class CallContext:
    """`training` as the outermost call, or the nearest that states it, says; `entry`: that call."""

    entry: Any = None
    training: bool | None = None


def current() -> CallContext | None:
    """The context of the call that is running, or None."""
    return getattr(_local, "context", None)


@contextmanager
def entered(layer: Any, training: bool | None) -> Iterator[CallContext]:
    """The context in which the layer's own `call` runs."""
    before = current()
    entry = before.entry if before else layer
    known = training if training is not None else (before.training if before else None)
    _local.context = CallContext(entry, known)
    try:
        yield _local.context
    finally:
        _local.context = before
