"""ProgbarLogger: prints the progress of `fit`, `evaluate` and `predict`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from lamina.callbacks.base import Callback, control
from lamina.callbacks.progress import REDRAW_SECONDS, Progbar, say


class ProgbarLogger(Callback):
    """Draws a bar (verbose=1 or "auto") or prints a line an epoch (verbose=2).

    Validation within `fit` is silent: its numbers stand in the line of the epoch.
    """

    def __init__(self) -> None:
        super().__init__()
        self.verbose = 1
        self.epochs = 1
        self.target: int | None = None
        self.seen = 0
        self.progbar: Progbar | None = None
        self.clock: Callable[[], float] = time.perf_counter
        self._in_fit = False

    def set_params(self, params: Mapping[str, Any]) -> None:
        """Takes over "verbose", "epochs" and "steps"."""
        super().set_params(params)
        self.verbose = 1 if params["verbose"] == "auto" else int(params["verbose"])
        self.epochs = params["epochs"]
        self.target = params["steps"]

    @control("slice")
    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """From here on, tests are part of the training."""
        self._in_fit = True

    @control("slice")
    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Tests stand alone again."""
        self._in_fit = False

    @control("slice")
    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """A new bar, unless within `fit`."""
        if not self._in_fit:
            self._begin()

    @control("slice")
    def on_predict_begin(self, logs: dict[str, Any] | None = None) -> None:
        """A new bar."""
        self._begin()

    @control("slice")
    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """A new bar under its headline."""
        self._begin()
        if self.verbose and self.epochs > 1:
            say(f"Epoch {epoch + 1}/{self.epochs}")

    @control("slice")
    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Moves the bar."""
        self._update(batch, logs)

    @control("slice")
    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Moves the bar, unless within `fit`."""
        if not self._in_fit:
            self._update(batch, logs)

    @control("slice")
    def on_predict_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Moves the bar; what was predicted is not shown."""
        self._update(batch, None)

    @control("slice")
    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Ends the line with the numbers of the epoch."""
        self._finish(logs)

    @control("slice")
    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        """Ends the line, unless within `fit`."""
        if not self._in_fit:
            self._finish(logs)

    @control("slice")
    def on_predict_end(self, logs: dict[str, Any] | None = None) -> None:
        """Ends the line."""
        self._finish(None)

    def _begin(self) -> Progbar:
        self.seen = 0
        self.progbar = Progbar(
            self.target,
            verbose=self.verbose,
            interval=REDRAW_SECONDS,
            stateless_metrics=(),
            clock=self.clock,
        )
        return self.progbar

    def _update(self, batch: int, logs: dict[str, Any] | None) -> None:
        bar = self.progbar or self._begin()
        self.seen = batch + 1
        if self.verbose == 1:
            bar.update(self.seen, list((logs or {}).items()), finalize=False)

    def _finish(self, logs: dict[str, Any] | None) -> None:
        bar = self.progbar or self._begin()
        if self.target is None:
            self.target = bar.target = self.seen
        bar.update(self.target, list((logs or {}).items()), finalize=True)
