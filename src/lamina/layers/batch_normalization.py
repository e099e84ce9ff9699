"""BatchNormalization: each channel to mean 0 and variance 1 over the batch and space."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.errors import ArgumentError, ShapeError
from lamina.graph import dtypes
from lamina.graph.dtypes import epsilon as smallest
from lamina.layers.base import Layer
from lamina.layers.input_spec import InputSpec
from lamina.layers.renormalization import Renormalization
from lamina.layers.sizes import checked_axes
from lamina.layers.weight_options import add_weight, keep_options, options_config


class BatchNormalization(Layer):
    """y = gamma (x - mean) / sqrt(variance + epsilon) + beta for each entry of `axis`.

    While training (and `trainable`), mean and variance are those of the batch, where a mask counts
    only what it keeps, and moving statistics follow them: m <- momentum m + (1 - momentum) mean.
    Otherwise the moving statistics are used.

    Shapes: y as x; gamma, beta, moving_mean and moving_variance (C,).
    Args:
        renorm: correct by the moving statistics while training, within `renorm_clipping` ("rmin",
            "rmax", "dmax"); they move by `renorm_momentum` (Ioffe 2017).
    Raises: ArgumentError for `synchronized`, as in Keras on any backend but TensorFlow.
    Source: Ioffe & Szegedy 2015, "Batch normalization", algorithms 1 and 2.
    """

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: Any = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if synchronized:
            raise ArgumentError(
                "BatchNormalization", "runs on one machine", "synchronized=True", "leave it out"
            )
        self.axis = int(axis)
        self.momentum, self.epsilon = float(momentum), float(epsilon)
        self.center, self.scale = center, scale
        keep_options(self, "beta", beta_initializer, beta_regularizer, beta_constraint)
        keep_options(self, "gamma", gamma_initializer, gamma_regularizer, gamma_constraint)
        keep_options(self, "moving_mean", moving_mean_initializer)
        keep_options(self, "moving_variance", moving_variance_initializer)
        self.synchronized = synchronized
        self.renorm, self.renorm_momentum = renorm, renorm_momentum
        self.renorm_clipping = renorm_clipping or ({} if renorm else renorm_clipping)
        self._renormalization = Renormalization(self) if renorm else None
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Makes gamma, beta and the moving statistics, all (C,)."""
        (place,) = checked_axes(self, self.axis, input_shape)
        size = input_shape[place]
        self.gamma = add_weight(self, "gamma", (size,)) if self.scale else None
        self.beta = add_weight(self, "beta", (size,)) if self.center else None
        self.moving_mean = add_weight(self, "moving_mean", (size,), trainable=False)
        self.moving_variance = add_weight(self, "moving_variance", (size,), trainable=False)
        if self._renormalization:
            self._renormalization.build(size)
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: size})

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """The normalised inputs.

        Args:
            mask: of all axes of the inputs but the last; only what it keeps counts.
        """
        if mask is not None and mask.ndim != inputs.ndim - 1:
            raise ShapeError(
                f"BatchNormalization '{self.name}'", "needs a mask without the last axis",
                f"mask of shape {tuple(mask.shape)}, inputs of shape {tuple(inputs.shape)}",
                "pass one entry for each vector of channels",
            )  # fmt: skip
        x = ops.cast(inputs, dtypes.result_type(inputs.dtype, "float32"))
        mean, variance, gamma, beta = (
            None if w is None else ops.cast(w, x.dtype)
            for w in (self.moving_mean, self.moving_variance, self.gamma, self.beta)
        )
        if training and self.trainable:
            mean, variance = self._moments(x, mask)
            if self._renormalization:
                gamma, beta = self._renormalization.corrected(mean, variance, gamma, beta)
            else:
                self._follow(self.moving_mean, mean, self.momentum)
                self._follow(self.moving_variance, variance, self.momentum)
        y = ops.batch_normalization(x, mean, variance, self.axis, beta, gamma, self.epsilon)
        return ops.cast(y, self.compute_dtype)

    def _moments(self, x: Any, mask: Any) -> tuple[Any, Any]:
        """Mean and variance of each channel over everything else."""
        axes = [i for i in range(x.ndim) if i != self.axis % x.ndim]
        if mask is None:
            mean, variance = ops.moments(x, axes)
            return mean, variance
        kept = ops.broadcast_to(ops.expand_dims(ops.cast(mask, "bool"), -1), x.shape)
        # As in Keras, a little more than the count: where nothing is kept, both become 0.
        count = ops.add(ops.sum(ops.cast(kept, x.dtype), axes, keepdims=True), smallest())
        mean = ops.divide(ops.sum(ops.where(kept, x, 0.0), axes, keepdims=True), count)
        squares = ops.square(ops.where(kept, ops.subtract(x, mean), 0.0))
        variance = ops.divide(ops.sum(squares, axes, keepdims=True), count)
        return ops.reshape(mean, (-1,)), ops.reshape(variance, (-1,))

    @staticmethod
    def _follow(moving: Any, value: Any, momentum: float) -> Any:
        """moving <- momentum moving + (1 - momentum) value."""
        before = ops.cast(moving, value.dtype)
        after = ops.add(ops.multiply(before, momentum), ops.multiply(value, 1.0 - momentum))
        moving.assign(after)
        return after

    def compute_output_shape(self, input_shape: Any) -> Any:
        """That of the inputs."""
        checked_axes(self, self.axis, input_shape)
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        plain = (
            "axis", "momentum", "epsilon", "center", "scale", "synchronized", "renorm",
            "renorm_clipping", "renorm_momentum",
        )  # fmt: skip
        weights = ("beta", "gamma", "moving_mean", "moving_variance")
        config = {**super().get_config(), **options_config(self, *weights)}
        return {**config, **{name: getattr(self, name) for name in plain}}
