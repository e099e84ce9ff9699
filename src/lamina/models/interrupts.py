"""Ctrl-C between slices: an interrupt waits until what a slice has done is written down."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any


class HeldInterrupt:
    """While it is entered, Ctrl-C is noted; `release` lets it through.

    Only in the main thread, where Python hears signals, and only where Ctrl-C would run Python
    code; a second Ctrl-C is not noted but goes through at once.
    """

    def __init__(self) -> None:
        self._before: Any = None
        self._heard: tuple[int, FrameType | None] | None = None

    def __enter__(self) -> HeldInterrupt:
        self._heard = None
        if threading.current_thread() is threading.main_thread():
            before = signal.getsignal(signal.SIGINT)
            if callable(before):
                self._before = before
                signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._heard is not None:
            self._before(number, frame)
        self._heard = (number, frame)

    def release(self) -> None:
        """Does what Ctrl-C does, if there was one: by default it raises KeyboardInterrupt."""
        heard, self._heard = self._heard, None
        if heard is not None:
            self._before(*heard)
