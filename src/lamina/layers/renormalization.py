"""Batch renormalization: batches of few rows, corrected by the moving statistics."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.errors import ArgumentError

KEYS = ("rmax", "rmin", "dmax")


class Renormalization:
    """What BatchNormalization does with `renorm`.

    The batch's statistics normalise; then r = s / s' and d = (mean - mean') / s' take the result to
    where the moving mean' and deviation s' would have it: y = gamma (r x + d) + beta. r and d count
    as constants in the gradient and stay within the clipping.

    Source: Ioffe 2017, "Batch renormalization", algorithm 1.
    """

    def __init__(self, layer: Any) -> None:
        self._layer = layer
        clipping = layer.renorm_clipping
        low, high, shift = (clipping.get(name) for name in ("rmin", "rmax", "dmax"))
        unknown = sorted(set(clipping) - set(KEYS))
        crossed = low is not None and high is not None and high < low
        if unknown or crossed or (shift is not None and shift < 0):
            raise ArgumentError(
                "BatchNormalization(renorm_clipping=...)",
                "takes 'rmin' and 'rmax', the larger, and 'dmax', from 0", f"{clipping!r}",
                "pass renorm_clipping={'rmin': 0.5, 'rmax': 2, 'dmax': 1}, for instance",
            )  # fmt: skip

    def build(self, size: int) -> None:
        """Makes the deviations and means that move."""
        layer = self._layer

        def deviation(shape: Any, dtype: Any = None) -> Any:
            return ops.sqrt(layer.moving_variance_initializer(shape, dtype=dtype))

        starts = {
            "moving_stddev": deviation,
            "renorm_mean": layer.moving_mean_initializer,
            "renorm_stddev": deviation,
        }
        for name, start in starts.items():
            weight = layer.add_weight(shape=(size,), initializer=start, trainable=False, name=name)
            setattr(layer, name, weight)

    def corrected(self, mean: Any, variance: Any, gamma: Any, beta: Any) -> tuple[Any, Any]:
        """gamma and beta with the correction in them; the moving statistics follow."""
        r, d = self._correction(mean, ops.sqrt(ops.add(variance, self._layer.epsilon)))
        scale = r if gamma is None else ops.multiply(r, gamma)
        shift = d if gamma is None else ops.multiply(d, gamma)
        self._move(mean, variance)
        return scale, shift if beta is None else ops.add(shift, beta)

    def _correction(self, mean: Any, stddev: Any) -> tuple[Any, Any]:
        layer, clipping = self._layer, self._layer.renorm_clipping
        moving = ops.maximum(ops.cast(layer.renorm_stddev, mean.dtype), layer.epsilon**0.5)
        r = ops.divide(stddev, moving)
        d = ops.divide(ops.subtract(mean, ops.cast(layer.renorm_mean, mean.dtype)), moving)
        if clipping.get("rmin") is not None:
            r = ops.maximum(r, clipping["rmin"])
        if clipping.get("rmax") is not None:
            r = ops.minimum(r, clipping["rmax"])
        if clipping.get("dmax") is not None:
            d = ops.clip(d, -clipping["dmax"], clipping["dmax"])
        return ops.stop_gradient(r), ops.stop_gradient(d)

    def _move(self, mean: Any, variance: Any) -> None:
        layer, follow = self._layer, self._layer._follow
        stddev = ops.sqrt(ops.add(variance, layer.epsilon))
        follow(layer.renorm_mean, mean, layer.renorm_momentum)
        follow(layer.renorm_stddev, stddev, layer.renorm_momentum)
        follow(layer.moving_mean, mean, layer.momentum)
        after = follow(layer.moving_stddev, stddev, layer.momentum)
        layer.moving_variance.assign(ops.relu(ops.subtract(ops.square(after), layer.epsilon)))
