"""What is made once a process, also where several threads ask for it at the same time."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import TypeVar

# One lock for all, held again by what is made on the way.
_LOCK = threading.RLock()

Made = TypeVar("Made")


def once(make: Callable[..., Made]) -> Callable[..., Made]:
    """`functools.cache` that calls `make` once for equal arguments. Machine code needs that: a
    second object would take the first one's place, and leave its addresses dangling.
    """
    cached = functools.cache(make)

    @functools.wraps(make)
    def made(*given: object) -> Made:
        with _LOCK:
            return cached(*given)

    made.cache_clear = cached.cache_clear  # type: ignore[attr-defined]
    return made
