"""`tf.summary`: numbers, distributions, pictures and texts in files that TensorBoard reads."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from lamina.errors import ArgumentError

__all__ = [
    "SummaryWriter", "create_file_writer", "create_noop_writer", "flush", "get_step", "histogram",
    "image", "record_if", "scalar", "set_step", "should_record_summaries", "text",
]  # fmt: skip


class SummaryWriter:
    """A file of events in a folder, made when something is written; without a folder, none."""

    def __init__(self, logdir: Any) -> None:
        self._folder = None if logdir is None else os.fspath(logdir)
        self._file: Any = None

    @property
    def file(self) -> Any:
        """The file, or None."""
        if self._file is None and self._folder is not None:
            from lamina.callbacks.event_file import EventFile

            self._file = EventFile(self._folder)
        return self._file

    @contextlib.contextmanager
    def as_default(self, step: Any = None) -> Iterator[SummaryWriter]:
        """Within it, what is written goes here; `step` is the number of what follows."""
        before = _state["writer"], _state["step"]
        _state["writer"] = self
        if step is not None:
            _state["step"] = step
        try:
            yield self
        finally:
            _state["writer"], _state["step"] = before
            self.flush()

    def set_as_default(self, step: Any = None) -> None:
        """From here on what is written goes here."""
        _state["writer"] = self
        if step is not None:
            _state["step"] = step

    def flush(self) -> None:
        """Hands what was written to the system."""
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """Ends the file; what is written later goes into another."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def init(self) -> None:
        """Nothing: the file is made when something is written."""


# The writer that is the default, the present step, and whether anything is written.
_state: dict[str, Any] = {"writer": None, "step": None, "records": True}


def create_file_writer(logdir: Any, *hints: Any, **more: Any) -> SummaryWriter:
    """A writer into a folder, which is made if it is missing."""
    return SummaryWriter(logdir)


def create_noop_writer() -> SummaryWriter:
    """A writer that writes nothing."""
    return SummaryWriter(None)


def _place(where: str, step: Any) -> tuple[Any, int]:
    """The file to write to, or None, and the step. Raises: ArgumentError without a step."""
    writer = _state["writer"]
    if writer is None or not should_record_summaries():
        return None, 0
    step = _state["step"] if step is None else step
    if step is None:
        raise ArgumentError(
            f"tf.summary.{where}", "needs the number of the step", "none",
            "pass step=, or call tf.summary.experimental.set_step",
        )  # fmt: skip
    return writer.file, int(np.asarray(step))


def scalar(name: str, data: Any, step: Any = None, description: Any = None) -> bool:
    """Writes one number; returns whether it was written, as all of these do."""
    file, number = _place("scalar", step)
    if file is not None:
        file.scalar(str(name), np.asarray(data), number)
    return file is not None


def histogram(
    name: str, data: Any, step: Any = None, buckets: Any = None, description: Any = None
) -> bool:
    """Writes how many of the values lie in each of 30 intervals."""
    file, number = _place("histogram", step)
    if file is not None:
        file.histogram(str(name), np.asarray(data), number)
    return file is not None


def image(
    name: str, data: Any, step: Any = None, max_outputs: int = 3, description: Any = None
) -> bool:
    """Writes pictures (n, height, width, channels), at most `max_outputs` and at most three."""
    file, number = _place("image", step)
    if file is not None:
        file.pictures(str(name), np.asarray(data)[: int(max_outputs)], number)
    return file is not None


def text(name: str, data: Any, step: Any = None, description: Any = None) -> bool:
    """Writes a text."""
    file, number = _place("text", step)
    if file is not None:
        plain = data.numpy() if hasattr(data, "numpy") else data
        plain = plain.decode("utf-8") if isinstance(plain, bytes) else str(plain)
        file.text(str(name), plain, "text", number)
    return file is not None


def flush(writer: Any = None, name: Any = None) -> None:
    """Hands what a writer, or the default one, wrote to the system."""
    target = _state["writer"] if writer is None else writer
    if target is not None:
        target.flush()


def set_step(step: Any) -> None:
    """The number of what is written from here on."""
    _state["step"] = step


def get_step() -> Any:
    """That number."""
    return _state["step"]


def should_record_summaries() -> bool:
    """Whether anything is written."""
    condition = _state["records"]
    return bool(np.asarray(condition() if callable(condition) else condition))


@contextlib.contextmanager
def record_if(condition: Any) -> Iterator[None]:
    """Within it, things are written where the condition holds."""
    before, _state["records"] = _state["records"], condition
    try:
        yield
    finally:
        _state["records"] = before
