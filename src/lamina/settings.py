"""Keras' global settings that are no switch of the environment: limits, progress, hints.

    interactive logging   off: what `fit` would print goes to the log "lamina" instead
    max_epochs            no `fit` trains longer; max_steps_per_epoch: no epoch has more steps

Two are hints that cannot change a result, and are only remembered: whether tracebacks are shortened
and whether attention may be computed piece by piece.
"""

from __future__ import annotations

import logging
from typing import Any

from lamina.errors import ArgumentError, UnsupportedError

NAME = "lamina"
_interactive = True
_limits: dict[str, int | None] = {"max_epochs": None, "max_steps_per_epoch": None}
_hints = {"traceback_filtering": True, "flash_attention": True}


def backend() -> str:
    """What computes: "lamina"."""
    return NAME


def set_backend(backend: str) -> None:
    """Does nothing for "lamina".

    Raises: UnsupportedError for any other: lamina computes by itself.
    """
    if backend != NAME:
        raise UnsupportedError(
            "config.set_backend", "has no backend but lamina itself", repr(backend),
            "leave it out; LAMINA_ENGINE chooses between native and reference",
        )  # fmt: skip


def enable_interactive_logging() -> None:
    """Progress is printed, as from the start."""
    global _interactive
    _interactive = True


def disable_interactive_logging() -> None:
    """Progress goes to `logging.getLogger("lamina")` instead of the standard output."""
    global _interactive
    _interactive = False


def is_interactive_logging_enabled() -> bool:
    """Whether progress is printed."""
    return _interactive


def log(text: str) -> None:
    """What would have been printed, as lines of the log."""
    for line in text.replace("\r", "\n").replace("\b", "").splitlines():
        if line.strip():
            logging.getLogger(NAME).info(line.strip())


def max_epochs() -> int | None:
    """The most epochs that a `fit` trains, None without a limit."""
    return _limits["max_epochs"]


def set_max_epochs(max_epochs: int | None) -> None:
    """Limits the epochs of each `fit` from now on; None takes the limit away."""
    _limits["max_epochs"] = _limit("set_max_epochs", max_epochs)


def max_steps_per_epoch() -> int | None:
    """The most steps that an epoch, an evaluation or a prediction has; None without a limit."""
    return _limits["max_steps_per_epoch"]


def set_max_steps_per_epoch(max_steps_per_epoch: int | None) -> None:
    """Limits the steps of each epoch from now on; None takes the limit away."""
    _limits["max_steps_per_epoch"] = _limit("set_max_steps_per_epoch", max_steps_per_epoch)


def _limit(where: str, value: Any) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
        return value
    raise ArgumentError(where, "needs a whole number from 1 up, or None", repr(value), "pass 10")


def limited(count: int | None, limit: int | None) -> int | None:
    """A number of steps or epochs, None for open, within a limit, None for none."""
    if limit is None:
        return count
    return limit if count is None else min(count, limit)


def enable_traceback_filtering() -> None:
    """A hint, remembered: lamina's tracebacks are always whole."""
    _hints["traceback_filtering"] = True


def disable_traceback_filtering() -> None:
    """A hint, remembered: lamina's tracebacks are always whole."""
    _hints["traceback_filtering"] = False


def is_traceback_filtering_enabled() -> bool:
    """What was last set."""
    return _hints["traceback_filtering"]


def enable_flash_attention() -> None:
    """A hint, remembered: how attention is computed is the compiler's."""
    _hints["flash_attention"] = True


def disable_flash_attention() -> None:
    """A hint, remembered: how attention is computed is the compiler's."""
    _hints["flash_attention"] = False


def is_flash_attention_enabled() -> bool:
    """What was last set."""
    return _hints["flash_attention"]
