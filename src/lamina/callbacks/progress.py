"""The progress bar and the lines that `fit`, `evaluate` and `predict` print, as Keras prints them.

    verbose=1   10/210 ━━━━━━━━━━━━━━━━━━━━ 3s 16ms/step - accuracy: 0.5312 - loss: 0.6912
    verbose=2   210/210 - 0s - 1ms/step - accuracy: 0.5312 - loss: 0.6912

On a terminal the bar is redrawn at most ten times a second; elsewhere only its last state is
written, as a plain line.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from lamina import settings
from lamina.errors import ArgumentError

BOLD, GREEN, GREY, PLAIN = "\x1b[1m", "\x1b[32m", "\x1b[37m", "\x1b[0m"
REDRAW_SECONDS = 0.1


def write(text: str) -> None:
    """Writes to the present standard output, whatever its encoding, and flushes."""
    if not settings.is_interactive_logging_enabled():
        settings.log(text)
        return
    stream = sys.stdout
    if stream is None:  # a program without a console
        return
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        plain = text.replace("━", "=").encode(encoding, errors="replace")
        stream.write(plain.decode(encoding))
    stream.flush()


def say(message: str) -> None:
    """Writes a line."""
    write(f"{message}\n")


class Clock:
    """Seconds as time passes; between `stand` and `go_on`, as they stood when something happened.

    Epochs that ran together in one native call are reported after it, each at its own time.
    """

    def __init__(self) -> None:
        self._now: float | None = None

    def __call__(self) -> float:
        return time.perf_counter() if self._now is None else self._now

    def stand(self, seconds: float) -> None:
        """Stands still at this reading of `time.perf_counter`."""
        self._now = seconds

    def go_on(self) -> None:
        """Goes with the time again."""
        self._now = None


class Progbar:
    """Shows how far something has come.

    Args:
        target: steps to do; None if unknown.
        width: of the bar, in characters.
        verbose: 0 nothing, 1 the bar, 2 one line at the end.
        interval: least seconds between two drawings.
        stateful_metrics: names whose values are shown as they are; all others are averaged over
            the steps.
        stateless_metrics: names to be averaged; all others are shown as they are. Only one of the
            two may be given.
        unit_name: what a step is called.
        clock: gives the seconds.
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
        *,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ArgumentError(
                "Progbar", "takes stateful_metrics or stateless_metrics, not both",
                f"stateful_metrics={stateful_metrics}, stateless_metrics={stateless_metrics}",
                "leave one out",
            )  # fmt: skip
        self.target, self.width, self.verbose = target, width, verbose
        self.interval, self.unit_name = interval, unit_name
        self._averaged = None if stateless_metrics is None else set(stateless_metrics)
        self._shown = set(stateful_metrics or ())
        self._clock = clock
        self._redraws = verbose == 1 and _can_redraw()
        self._sums: dict[str, tuple[Any, int]] = {}
        self._seen = 0
        self._start = clock()
        self._first_step_done: float | None = None
        self._last_drawn = -float("inf")
        self._drawn_width = 0

    def add(self, n: int, values: Sequence[tuple[str, Any]] | None = None) -> None:
        """`n` steps more were done."""
        self.update(self._seen + n, values)

    def update(
        self,
        current: int,
        values: Sequence[tuple[str, Any]] | None = None,
        finalize: bool | None = None,
    ) -> None:
        """`current` steps are done. `finalize` ends the line; by default when the target is
        reached.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        self._take(current, values or (), finalize)
        now = self._clock()
        seconds = self._seconds_per_step(current, now)
        if self.verbose == 1:
            self._draw(current, seconds, now, finalize)
        elif self.verbose == 2 and finalize and self.target:
            write(self._line(current, seconds, now))

    def _take(self, current: int, values: Sequence[tuple[str, Any]], finalize: bool) -> None:
        steps = max(current - self._seen, 1)
        for name, value in values:
            averaged = name not in self._shown if self._averaged is None else name in self._averaged
            if averaged and not finalize:
                total, count = self._sums.get(name, (0.0, 0))
                self._sums[name] = (total + value * steps, count + steps)
            else:
                self._sums[name] = (value, 1)
        self._seen = current

    def _values(self) -> Iterator[tuple[str, float]]:
        for name, (total, count) in self._sums.items():
            yield name, (total if type(total) is float else float(np.mean(total))) / count

    def _seconds_per_step(self, current: int, now: float) -> float:
        """Without the first step, if it was seen alone: it is not like the others."""
        if current <= 0:
            return 0.0
        if self._first_step_done is not None and current > 1:
            return (now - self._first_step_done) / (current - 1)
        if current == 1:
            self._first_step_done = now
        return (now - self._start) / current

    def _line(self, current: int, seconds: float, now: float) -> str:
        digits = len(str(self.target))
        line = f"{current:{digits}d}/{self.target} - {now - self._start:.0f}s -"
        line += _per_step(seconds, self.unit_name)
        for name, value in self._values():
            line += f" - {name}: {value:.4f}" if value > 1e-3 else f" - {name}: {value:.4e}"
        return line + "\n"

    def _draw(self, current: int, seconds: float, now: float, finalize: bool) -> None:
        if not finalize and (not self._redraws or now - self._last_drawn < self.interval):
            return
        self._last_drawn = now
        pieces = self._bar(current) + self._times(current, seconds, now, finalize)
        for name, value in self._values():
            number = f"{value:.4f}" if abs(value) > 1e-3 else f"{value:.4e}"
            pieces.append((f" - {name}: {number}", ""))
        if not self._redraws:
            write("".join(text for text, _ in pieces) + "\n")
            return
        if not finalize:
            import shutil

            pieces = _fitting(pieces, shutil.get_terminal_size().columns - 1)
        width = sum(len(text) for text, _ in pieces)
        drawing = "".join(f"{style}{text}{PLAIN}" if style else text for text, style in pieces)
        padding = " " * max(self._drawn_width - width, 0)
        write(f"\r{drawing}{padding}" + ("\n" if finalize else ""))
        self._drawn_width = width

    def _bar(self, current: int) -> list[tuple[str, str]]:
        if not self.target:
            return [(f"{current:7d}/Unknown", "")]
        done = int(self.width * min(current / self.target, 1.0))
        digits = len(str(self.target))
        return [
            (f"{current:{digits}d}/{self.target}", BOLD),
            (" ", ""),
            ("━" * done, GREEN),
            ("━" * (self.width - done), GREY),
        ]

    def _times(
        self, current: int, seconds: float, now: float, finalize: bool
    ) -> list[tuple[str, str]]:
        if self.target and not finalize:
            text = _duration(seconds * (self.target - current))
        else:
            text = f"{now - self._start:.0f}s"
        return [(" ", ""), (text, BOLD), (_per_step(seconds, self.unit_name), "")]


def _can_redraw() -> bool:
    is_terminal = getattr(sys.stdout, "isatty", None)
    return (
        (is_terminal is not None and is_terminal())
        or "ipykernel" in sys.modules
        or "PYCHARM_HOSTED" in os.environ
    )


def _fitting(pieces: list[tuple[str, str]], columns: int) -> list[tuple[str, str]]:
    """As many pieces as fit in a line: one that wraps cannot be redrawn."""
    fitting, width = [], 0
    for piece in pieces:
        width += len(piece[0])
        if width > columns:
            break
        fitting.append(piece)
    return fitting


def _duration(seconds: float) -> str:
    if seconds > 3600:
        return f"{seconds // 3600:.0f}:{seconds % 3600 // 60:02.0f}:{int(seconds % 60):02d}"
    if seconds > 60:
        return f"{seconds // 60:.0f}:{int(seconds % 60):02d}"
    return f"{int(seconds)}s"


def _per_step(seconds: float, unit: str) -> str:
    if seconds >= 1 or seconds == 0:
        return f" {seconds:.0f}s/{unit}"
    if seconds >= 1e-3:
        return f" {seconds * 1e3:.0f}ms/{unit}"
    return f" {seconds * 1e6:.0f}us/{unit}"
