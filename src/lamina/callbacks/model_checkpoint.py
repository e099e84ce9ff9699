"""ModelCheckpoint: the model, or its weights, in files as it trains."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from lamina.callbacks.base import control
from lamina.callbacks.logs import Logs
from lamina.callbacks.monitor import MonitorCallback
from lamina.callbacks.progress import say
from lamina.errors import ArgumentError


class ModelCheckpoint(MonitorCallback):
    """Saves the model after every epoch, or every so many batches.

    A file takes the place of an earlier one only when it is whole.

    Args:
        filepath: of the file; `{epoch:02d}`, `{batch}` and `{val_loss:.2f}` in it are filled in.
            Names that end in ".h5" are written in the format of Keras 2, or of Keras 3's weights
            if they end in ".weights.h5".
        monitor: the quantity that says which model is best.
        verbose: 1 tells of each file.
        save_best_only: saves only where `monitor` is better than ever before.
        save_weights_only: the weights alone.
        mode: "min", "max" or "auto": what is better.
        save_freq: "epoch", or a number of batches.
        initial_value_threshold: `monitor` must beat it from the start.

    Raises: ArgumentError for another `save_freq`, or a `filepath` that is no path; OSError before
        the first batch where its folder cannot be written to.
    """

    def __init__(
        self,
        filepath: Any,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: Any = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        super().__init__(monitor, mode, initial_value_threshold)
        if not isinstance(filepath, str | os.PathLike):
            raise ArgumentError(
                "ModelCheckpoint(filepath=...)", "needs the path of a file", f"{filepath!r:.60}",
                "pass 'best.keras', for instance",
            )  # fmt: skip
        whole = isinstance(save_freq, int | np.integer) and not isinstance(save_freq, bool)
        if save_freq != "epoch" and not (whole and save_freq > 0):
            raise ArgumentError(
                "ModelCheckpoint(save_freq=...)", "needs 'epoch' or a number of batches",
                repr(save_freq), "pass save_freq='epoch'",
            )  # fmt: skip
        self.filepath = os.fspath(filepath)
        self.verbose = verbose
        self.save_best_only, self.save_weights_only = save_best_only, save_weights_only
        self.save_freq = save_freq
        self._epoch = self._batches = 0
        self._last_batch = -1
        if whole:
            # Only so is control needed after each batch.
            self.on_train_batch_end = self._after_batch  # type: ignore[method-assign]

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Finds out before the first batch whether files can be written.

        Raises: OSError if not.
        """
        from lamina.callbacks.writable import check_writable

        check_writable(self.filepath.partition("{")[0])

    @control("epoch")
    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Notes the epoch, for the names of files."""
        self._epoch = epoch

    def _after_batch(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._batches += batch + 1 if batch <= self._last_batch else batch - self._last_batch
        self._last_batch = batch
        if self._batches >= self.save_freq:
            self._batches = 0
            self._save(self._epoch, batch, logs)

    @control("epoch")
    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Saves, if files are of epochs."""
        if self.save_freq == "epoch":
            self._save(epoch, None, logs)

    def _save(self, epoch: int, batch: int | None, logs: dict[str, Any] | None) -> None:
        path = self._path(epoch, batch, logs or {})
        if not self.save_best_only:
            self._tell(f"\nEpoch {epoch + 1}: saving model to {path}")
            self._write(path, epoch)
            return
        value = self.value_in(logs, "save the best model")
        if value is None:
            return
        if self.is_improvement(value, self.best):
            before = "None" if self.best is None else f"{self.best:.5f}"
            self._tell(
                f"\nEpoch {epoch + 1}: {self.monitor} improved from {before} to {value:.5f}, "
                f"saving model to {path}"
            )
            self.best = value
            self._write(path, epoch)
        else:
            self._tell(f"\nEpoch {epoch + 1}: {self.monitor} did not improve from {self.best:.5f}")

    def _tell(self, text: str) -> None:
        if self.verbose > 0:
            say(text)

    def _write(self, path: str, epoch: int) -> None:
        folder = os.path.dirname(path)
        if folder:
            os.makedirs(folder, exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)
        self._tell(f"\nEpoch {epoch + 1}: finished saving model to {path}")

    def _path(self, epoch: int, batch: int | None, logs: dict[str, Any]) -> str:
        known = {"epoch": epoch + 1, **({} if batch is None else {"batch": batch + 1})}
        try:
            return self.filepath.format_map(Logs({**known, **logs}))
        except KeyError as error:
            raise KeyError(
                f"ModelCheckpoint(filepath={self.filepath!r}) names {error}, which is not in the "
                f"logs: {', '.join([*known, *logs])}"
            ) from None
