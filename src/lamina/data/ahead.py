"""Reading ahead: what a source yields is fetched in background threads, in the source's order."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

# A wait is woken so often, so that Ctrl-C is heard where a lock cannot be interrupted (Windows).
POLL = 0.1
# How long `close` waits for a thread that is inside the source's own code.
PATIENCE = 0.05


class Ahead:
    """An iterator over the results of `calls`, each called in a background thread.

    The source is never asked for more than `depth` items that nobody has taken yet, nor for more
    than `allow` permitted in all. An exception comes out in its place in the order; after the last
    item, or an exception of the source itself, the iterator is at its end.

    Args:
        calls: yields functions without arguments; it runs in one thread at a time.
        workers: threads that call them.
        depth: how far to read ahead.
    """

    def __init__(self, calls: Iterator[Callable[[], Any]], workers: int, depth: int) -> None:
        self._calls = calls
        self._depth = max(depth, workers, 1)
        # Held while the source is asked, so that numbers are given in its order.
        self._asking = threading.Lock()
        self._state = threading.Condition()
        self._asked = self._taken = self._allowed = 0
        self._ready: dict[int, tuple[Any, BaseException | None]] = {}
        self._is_over = self._is_closed = False
        self._threads = [
            threading.Thread(target=self._work, name="lamina-ahead", daemon=True)
            for _ in range(max(workers, 1))
        ]
        for thread in self._threads:
            thread.start()

    # ── for who takes the items ──

    def allow(self, count: int) -> None:
        """Permits so many items more."""
        with self._state:
            self._allowed += count
            self._state.notify_all()

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        with self._state:
            while self._taken not in self._ready:
                if self._is_over and self._taken >= self._asked:
                    raise StopIteration
                if self._taken >= self._allowed:
                    self._allowed = self._taken + 1
                    self._state.notify_all()
                self._state.wait(POLL)
            value, error = self._ready.pop(self._taken)
            self._taken += 1
            self._state.notify_all()
        if error is not None:
            raise error
        return value

    def close(self) -> None:
        """Ends the threads; one that is inside the source's code ends when it comes out."""
        with self._state:
            self._is_closed = True
            self._state.notify_all()
        for thread in self._threads:
            thread.join(PATIENCE)

    # ── in the threads ──

    def _work(self) -> None:
        while (found := self._ask()) is not None:
            number, call = found
            value, error = None, None
            try:
                value = call()
            except BaseException as problem:  # it is raised again where the item is taken
                error = problem
            self._put(number, value, error)
            # Nothing of a batch is kept while waiting for the next.
            del found, call, value, error

    def _ask(self) -> tuple[int, Callable[[], Any]] | None:
        """The next function and its number, None when there will be none."""
        with self._asking:
            if not self._may_ask():
                return None
            try:
                call = next(self._calls, None)
            except BaseException as problem:
                self._end(problem)
                return None
            if call is None:
                self._end(None)
                return None
            with self._state:
                self._asked += 1
                return self._asked - 1, call

    def _may_ask(self) -> bool:
        with self._state:
            while not (self._is_closed or self._is_over):
                if self._asked < min(self._allowed, self._taken + self._depth):
                    return True
                self._state.wait()
        with contextlib.suppress(Exception):
            close = getattr(self._calls, "close", None)
            if close is not None:
                close()
        return False

    def _put(self, number: int, value: Any, error: BaseException | None) -> None:
        with self._state:
            self._ready[number] = (value, error)
            self._state.notify_all()

    def _end(self, error: BaseException | None) -> None:
        with self._state:
            self._is_over = True
            if error is not None:
                self._ready[self._asked] = (None, error)
                self._asked += 1
            self._state.notify_all()
