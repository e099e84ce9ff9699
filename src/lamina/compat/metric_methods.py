"""What losses and metrics had in Keras 2, and `add_metric` of its layers and models."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from lamina.errors import ArgumentError
from lamina.graph.tensor import KerasTensor


def reset_states(self: Any) -> None:
    """`reset_state`."""
    self.reset_state()


def reading_reset_states(inherited: Any) -> classmethod[Any, Any, None]:
    """A metric of the user's own that defines `reset_states` is reset by it."""

    def init_subclass(cls: type[Any], /, **kwargs: Any) -> None:
        super(inherited.__self__, cls).__init_subclass__(**kwargs)
        own = vars(cls)
        if "reset_states" in own and "reset_state" not in own:
            cls.reset_state = own["reset_states"]

    return classmethod(init_subclass)


class Reduction:
    """Words for `reduction=`."""

    AUTO = SUM_OVER_BATCH_SIZE = "sum_over_batch_size"
    NONE = "none"
    SUM = "sum"


def with_auto_reduction(init: Callable[..., None]) -> Callable[..., None]:
    """`Loss.__init__` to which "auto" is the default reduction."""

    @functools.wraps(init)
    def read(self: Any, *args: Any, **kwargs: Any) -> None:
        args = tuple(Reduction.AUTO if value == "auto" else value for value in args)
        if kwargs.get("reduction") == "auto":
            kwargs["reduction"] = Reduction.AUTO
        init(self, *args, **kwargs)

    return read


def add_metric(
    self: Any, value: Any, name: str | None = None, aggregation: str | None = None, **kwargs: Any
) -> None:
    """Reports the mean of a value over the batches of an epoch.

    Args:
        self: a layer or model. value: computed in its `call`; or a symbolic tensor of the model.
        name: that of the metric; left out, the value is the result of a metric that is an attribute
            and reports itself.
        aggregation: "mean" or None.

    Raises: ArgumentError for another aggregation.
    """
    if aggregation not in (None, "mean") or kwargs:
        raise ArgumentError(
            f"{type(self).__name__}.add_metric", "knows aggregation='mean'",
            f"aggregation={aggregation!r}" if not kwargs else ", ".join(kwargs),
            "leave it out, or use a metric",
        )  # fmt: skip
    if name is None:
        return
    from lamina.compat.layers import Watch
    from lamina.metrics import Mean

    if not hasattr(self, "_added_metrics"):
        self._added_metrics = {}
    known = self._added_metrics
    if name not in known:
        self._added_metrics = {**known, name: Mean(name=name)}
    metric = self._added_metrics[name]
    if isinstance(value, KerasTensor) and hasattr(self, "fit"):
        self.add_loss(Watch(metric)(value))
    else:
        metric.update_state(value)
