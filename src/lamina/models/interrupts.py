"""Ctrl-C and SIGTERM between slices: a signal waits until what a slice has done is written down."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

HELD = (signal.SIGINT, signal.SIGTERM)


class HeldInterrupt:
    """While it is entered, Ctrl-C and SIGTERM are noted; `release` lets them through.

    Only in the main thread, where Python hears signals, and only where a signal would run Python
    code: without a handler SIGTERM ends the process at once, which leaves files whole. A second
    signal is not noted but goes through at once.
    """

    def __init__(self) -> None:
        self._before: dict[int, Any] = {}
        self._heard: tuple[int, FrameType | None] | None = None

    def __enter__(self) -> HeldInterrupt:
        self._heard = None
        if threading.current_thread() is threading.main_thread():
            for number in HELD:
                before = signal.getsignal(number)
                if callable(before):
                    self._before[number] = before
                    signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._heard is not None:
            self._before[number](number, frame)
        self._heard = (number, frame)

    def release(self) -> None:
        """Does what the signal does, if there was one; by default Ctrl-C is a KeyboardInterrupt."""
        heard, self._heard = self._heard, None
        if heard is not None:
            self._before[heard[0]](*heard)
