"""SwapEMAWeights: evaluate, and save, with the moving averages of the weights."""

from __future__ import annotations

from typing import Any

from lamina.callbacks.base import Callback, control
from lamina.errors import ArgumentError


class SwapEMAWeights(Callback):
    """While the model is evaluated or predicts, its weights are the optimizer's moving averages.

    Args:
        swap_on_epoch: they are so also from the end of an epoch to the beginning of the next, so
            that callbacks after this one, such as ModelCheckpoint, see them.

    Raises: ArgumentError unless an optimizer of the model has use_ema=True.
    """

    def __init__(self, swap_on_epoch: bool = False) -> None:
        super().__init__()
        self.swap_on_epoch = swap_on_epoch
        self._swapped = False
        if swap_on_epoch:
            # Hooks without a mark: the engine stands at each epoch.
            self.on_epoch_begin = self._begin_epoch  # type: ignore[method-assign]
            self.on_epoch_end = self._end_epoch  # type: ignore[method-assign]

    def _pairs(self) -> list[tuple[Any, Any]]:
        """(weight, its average) of every optimizer that keeps averages."""
        optimizer = getattr(self.model, "optimizer", None)
        optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        several = getattr(optimizer, "optimizers", None)
        found = [o for o in several or [optimizer] if getattr(o, "use_ema", False)]
        if not found:
            raise ArgumentError(
                "SwapEMAWeights", "needs an optimizer that keeps moving averages",
                type(optimizer).__name__, "make the optimizer with use_ema=True",
            )  # fmt: skip
        return [pair for inner in found for pair in inner.averages()]

    def _swap(self, wanted: bool) -> None:
        if self._swapped == wanted:
            return
        for weight, average in self._pairs():
            held = weight.copied()
            weight.assign(average.copied())
            average.assign(held)
        self._swapped = wanted

    def _begin_epoch(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._swap(False)

    def _end_epoch(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._swap(True)
        if epoch == (self.params or {}).get("epochs", 0) - 1:
            # `fit` ends by putting the averages in the weights' place, where they are already.
            for weight, average in self._pairs():
                average.assign(weight.copied())

    @control("epoch")
    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Puts the averages in."""
        self._swap(True)

    @control("slice")
    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        """Puts the weights back."""
        self._swap(False)

    @control("slice")
    def on_predict_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Puts the averages in."""
        self._swap(True)

    @control("slice")
    def on_predict_end(self, logs: dict[str, Any] | None = None) -> None:
        """Puts the weights back."""
        self._swap(False)
