"""What callbacks have noted since training began, so that another run of it can go on."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lamina.callbacks.backup_and_restore import BackupAndRestore
from lamina.callbacks.base import Callback
from lamina.callbacks.progbar_logger import ProgbarLogger
from lamina.errors import DataError

# Callbacks that note nothing that a run goes on from; a run may begin or leave off with them.
_ASIDE = (BackupAndRestore, ProgbarLogger)
# What a callback is told, not what it noted.
_TOLD = {"params", "_model"}


class Changes:
    """The plain attributes of callbacks that are others than when training began.

    Args:
        callbacks: those of a call of `fit`, after its beginning was told to them.
    """

    def __init__(self, callbacks: Sequence[Callback]) -> None:
        self.callbacks = [c for c in callbacks if not isinstance(c, _ASIDE)]
        self.before = [copy.deepcopy(_plain(callback)) for callback in self.callbacks]

    def now(self) -> list[tuple[str, dict[str, Any]]]:
        """(name of the class, attributes) of each callback."""
        return [
            (type(callback).__name__, {
                name: value for name, value in _plain(callback).items()
                if name not in before or not _equal(value, before[name])
            })
            for callback, before in zip(self.callbacks, self.before, strict=True)
        ]  # fmt: skip

    def restore(self, noted: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Gives the callbacks the attributes that `now` told.

        Raises: DataError where they are others.
        """
        names = [type(callback).__name__ for callback in self.callbacks]
        if names != [name for name, _ in noted]:
            raise DataError(
                "fit", "goes on with the callbacks that the checkpoint was written with",
                ", ".join(names) or "none",
                f"pass {', '.join(name for name, _ in noted) or 'none'}, in this order",
            )  # fmt: skip
        for callback, (_, values) in zip(self.callbacks, noted, strict=True):
            for name, value in values.items():
                held = getattr(callback, name, None)
                if isinstance(held, dict) and isinstance(value, Mapping):
                    held.clear()
                    held.update(value)
                else:
                    setattr(callback, name, value)


def _plain(callback: Callback) -> dict[str, Any]:
    from lamina.saving.checkpoints import is_plain

    return {k: v for k, v in vars(callback).items() if k not in _TOLD and is_plain(v)}


def _equal(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(_equal(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_equal, one, other))
    return bool(one == other)
