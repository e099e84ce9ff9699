"""BackupAndRestore: training that was broken off goes on where it stood."""

from __future__ import annotations

import contextlib
import os
from typing import Any

import numpy as np

from lamina.callbacks.base import Callback, control
from lamina.errors import ArgumentError

FILE, EARLIER = "checkpoint.lamina", "checkpoint.earlier.lamina"


class BackupAndRestore(Callback):
    """Keeps a checkpoint of the training in one file; if there is one when training begins, `fit`
    goes on from it.

    A checkpoint has everything that a run goes on from: weights, the optimizer, metrics, epoch and
    step, the order of rows, random state, the history and what other callbacks noted. The run ends
    bit for bit as one that was never broken off, if data, arguments and callbacks are the same.
    Data that come in batches are drawn again up to that place, without training on them.

    Args:
        backup_dir: the folder of the file, made where there is none.
        save_freq: "epoch", or a number of batches, after which it is written.
        double_checkpoint: keeps the checkpoint before the last, for when the last is damaged.
        delete_checkpoint: removes the file when training ends as it should.

    Raises: ArgumentError for another `save_freq` or an empty `backup_dir`; OSError before the first
        batch where the folder cannot be written to.
    """

    def __init__(
        self,
        backup_dir: Any,
        save_freq: Any = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ) -> None:
        super().__init__()
        if not isinstance(backup_dir, str | os.PathLike) or not os.fspath(backup_dir):
            raise ArgumentError(
                "BackupAndRestore(backup_dir=...)", "needs the path of a folder",
                f"{backup_dir!r:.60}", "pass 'backup', for instance",
            )  # fmt: skip
        whole = isinstance(save_freq, int | np.integer) and not isinstance(save_freq, bool)
        if save_freq != "epoch" and not (whole and save_freq > 0):
            raise ArgumentError(
                "BackupAndRestore(save_freq=...)", "needs 'epoch' or a number of batches",
                repr(save_freq), "pass save_freq='epoch'",
            )  # fmt: skip
        self.backup_dir = os.fspath(backup_dir)
        self.save_freq = save_freq
        self.double_checkpoint = double_checkpoint
        self.delete_checkpoint = delete_checkpoint
        self._batches = 0
        self._due = False
        if whole:
            # Only so is control needed after each batch.
            self.on_train_batch_end = self._after_batch  # type: ignore[method-assign]

    @property
    def path(self) -> str:
        """Where the checkpoint is."""
        return os.path.join(self.backup_dir, FILE)

    @property
    def earlier(self) -> str:
        """Where the one before it is."""
        return os.path.join(self.backup_dir, EARLIER)

    @control("epoch")
    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Finds out before the first batch whether the file can be written.

        Raises: OSError if not.
        """
        from lamina.callbacks.writable import check_writable

        os.makedirs(self.backup_dir, exist_ok=True)
        check_writable(self.path)
        self._batches, self._due = 0, False

    def _after_batch(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._batches += 1
        if self._batches >= self.save_freq:
            self._batches, self._due = 0, True

    @control("epoch")
    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """A checkpoint is due, if they are of epochs."""
        self._due = self._due or self.save_freq == "epoch"

    @property
    def is_due(self) -> bool:
        """Whether the file is to be written when all callbacks were told of the step."""
        return self._due

    def take(self) -> str:
        """Where the checkpoint that is due goes; none is due any more.

        Raises: OSError.
        """
        self._due = False
        if self.double_checkpoint and os.path.exists(self.path):
            os.replace(self.path, self.earlier)
        return self.path

    @control("epoch")
    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Removes the checkpoint, unless it is to stay."""
        if not self.delete_checkpoint:
            return
        for path in (self.path, self.earlier):
            with contextlib.suppress(FileNotFoundError):
                os.remove(path)
        with contextlib.suppress(OSError):  # other files stay, and so does the folder then
            os.rmdir(self.backup_dir)
