"""Keras' global settings that are no switch of the environment.

    interactive logging   off: what `fit` would print goes to the log "lamina" instead

Two are hints that cannot change a result, and are only remembered: whether tracebacks are shortened
and whether attention may be computed piece by piece.
"""

from __future__ import annotations

import logging

from lamina.errors import UnsupportedError

NAME = "lamina"
_interactive = True
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
