"""What callbacks share that watch one quantity: its direction, and what counts as better."""

from __future__ import annotations

import warnings
from typing import Any

from lamina.callbacks.base import Callback
from lamina.callbacks.logs import Logs
from lamina.errors import ArgumentError

MODES = ("auto", "min", "max")


class MonitorCallback(Callback):
    """Watches `monitor` in the logs of each epoch.

    `mode` "min" or "max" says which way is better; "auto" takes "min" for a loss and asks the
    metric of that name otherwise. A change of less than `min_delta` is none.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        mode: str = "auto",
        baseline: float | None = None,
        min_delta: float = 0,
    ) -> None:
        super().__init__()
        if mode not in MODES:
            warnings.warn(
                f"{type(self).__name__}: mode {mode!r} is unknown, taken as 'auto'.",
                stacklevel=3,
            )
            mode = "auto"
        self.monitor = monitor
        self.mode = mode
        self.best = baseline
        self.min_delta = abs(min_delta)
        self._direction: str | None = None

    def is_improvement(self, value: float, reference: float | None) -> bool:
        """Whether `value` beats the reference by more than `min_delta`; anything beats None."""
        better = self._better()
        if reference is None:
            return True
        if better == "min":
            return bool(value + self.min_delta < reference)
        return bool(value - self.min_delta > reference)

    def value_in(self, logs: dict[str, Any] | None, action: str) -> Any:
        """The watched quantity, or None with a warning that says what will not happen."""
        logs = logs if logs is not None else {}
        value = logs.get(self.monitor)
        if value is None:
            warnings.warn(
                f"{type(self).__name__} cannot {action}: the logs have no {self.monitor!r}, "
                f"only {', '.join(logs) or 'nothing'}.",
                stacklevel=3,
            )
        return value

    def _better(self) -> str:
        if self._direction is None:
            self._direction = self.mode if self.mode != "auto" else self._infer()
        return self._direction

    def _infer(self) -> str:
        """The direction that the name or the metric gives, when the metrics are built."""
        name = self.monitor.removeprefix("val_")
        names = (name, *Logs.aliases.get(name, ()))
        for metric in _flat(getattr(self.model, "metrics", ())):
            direction = getattr(metric, "_direction", None)
            if metric.name in names and direction is not None:
                return "max" if direction == "up" else "min"
        if name == "loss":
            return "min"
        raise ArgumentError(
            type(self).__name__,
            f"cannot tell whether more or less {self.monitor!r} is better",
            f"monitor={self.monitor!r}, mode='auto'",
            "pass mode='max' or mode='min'",
        )


def _flat(metrics: Any) -> list[Any]:
    """The metrics, those in containers of metrics too."""
    found = []
    for metric in metrics or ():
        found += [metric, *_flat(getattr(metric, "metrics", ()))]
    return found
