"""Normalisation within each row: LayerNormalization, RMSNormalization, GroupNormalization,
UnitNormalization.
"""

from __future__ import annotations

import warnings
from typing import Any

from lamina import ops
from lamina.errors import ArgumentError, ArgumentTypeError, ShapeError
from lamina.graph import dtypes
from lamina.layers.base import Layer
from lamina.layers.input_spec import InputSpec
from lamina.layers.sizes import checked_axes
from lamina.layers.weight_options import add_weight, keep_options, options_config


class Normalizing(Layer):
    """Base of layers that normalise along `axis`: outputs have the shape of the inputs."""

    axis: Any

    def compute_output_shape(self, input_shape: Any) -> Any:
        """That of the inputs.

        Raises: ShapeError if they lack an axis.
        """
        checked_axes(self, self.axis, input_shape)
        return tuple(input_shape)

    def _axes(self, input_shape: Any) -> list[int]:
        """The axes as a list, in order, each with a known size."""
        several = isinstance(self.axis, list | tuple)
        axes = sorted(self.axis) if several else [self.axis]
        for place in checked_axes(self, axes, input_shape):
            if input_shape[place] is None:
                raise ShapeError(
                    f"{type(self).__name__} '{self.name}'",
                    "needs to know the size of the axes along which it has weights",
                    f"axis={self.axis}, inputs of shape {tuple(input_shape)}",
                    "give these axes fixed sizes",
                )  # fmt: skip
        return axes


class ScaledNormalizing(Normalizing):
    """Base of those with weights: y = gamma (normalised x) + beta.

    Args:
        epsilon: added to the variance.
        center, scale: whether there is a beta, a gamma.
    """

    def __init__(
        self,
        axis: Any,
        epsilon: float,
        center: bool,
        scale: bool,
        beta: tuple[Any, Any, Any],
        gamma: tuple[Any, Any, Any],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.axis, self.epsilon, self.center, self.scale = axis, epsilon, center, scale
        keep_options(self, "beta", *beta)
        keep_options(self, "gamma", *gamma)
        self.supports_masking = True
        self.autocast = False

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        own = {name: getattr(self, name) for name in ("axis", "epsilon", "center", "scale")}
        return {**super().get_config(), **own, **options_config(self, "beta", "gamma")}


class LayerNormalization(ScaledNormalizing):
    """y = gamma (x - mean) / sqrt(variance + epsilon) + beta over `axis`, an axis or several.

    Shapes: y as x; gamma and beta as x along `axis`.
    Source: Ba, Kiros & Hinton 2016, "Layer normalization".
    Keras:  `rms_scaling` (divide by the deviation, keep the mean) is old there, and warns.
    """

    def __init__(
        self,
        axis: Any = -1,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        self_scaling = kwargs.pop("rms_scaling", False)
        _check_axis("LayerNormalization", axis)
        super().__init__(
            list(axis) if isinstance(axis, tuple) else axis, epsilon, center, scale,
            (beta_initializer, beta_regularizer, beta_constraint),
            (gamma_initializer, gamma_regularizer, gamma_constraint), **kwargs,
        )  # fmt: skip
        self.rms_scaling = self_scaling
        if self_scaling:
            warnings.warn(
                "LayerNormalization(rms_scaling=True) divides by the deviation and is deprecated; "
                "use RMSNormalization"
            )

    def build(self, input_shape: Any) -> None:
        """Makes gamma and beta."""
        self.axis = self._axes(input_shape)
        shape = tuple(input_shape[axis] for axis in self.axis)
        self.gamma = add_weight(self, "gamma", shape) if self.scale or self.rms_scaling else None
        centred = self.center and not self.rms_scaling
        self.beta = add_weight(self, "beta", shape) if centred else None

    def call(self, inputs: Any) -> Any:
        """The normalised inputs."""
        if self.rms_scaling:
            y = self._by_deviation(inputs)
        else:
            y = ops.layer_normalization(inputs, self.gamma, self.beta, self.axis, self.epsilon)
        return ops.cast(y, self.compute_dtype)

    def _by_deviation(self, x: Any) -> Any:
        variance = ops.var(x, self.axis, keepdims=True)
        y = ops.multiply(x, ops.rsqrt(ops.add(variance, self.epsilon)))
        places = [axis % x.ndim for axis in self.axis]
        shape = [x.shape[i] if i in places else 1 for i in range(x.ndim)]
        return ops.multiply(y, ops.reshape(self.gamma, shape))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "rms_scaling": self.rms_scaling}


class RMSNormalization(Normalizing):
    """y = scale x / sqrt(mean of x^2 + epsilon) over `axis`, an axis or several.

    Shapes: y as x; scale as x along `axis`.
    Source: Zhang & Sennrich 2019, "Root mean square layer normalization".
    """

    def __init__(self, axis: Any = -1, epsilon: float = 1e-06, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis, self.epsilon = axis, epsilon

    def build(self, input_shape: Any) -> None:
        """Makes scale, ones."""
        self.axis = self._axes(input_shape)
        shape = tuple(input_shape[axis] for axis in self.axis)
        self.scale = self.add_weight(shape=shape, initializer="ones", name="scale")

    def call(self, x: Any) -> Any:
        """The normalised inputs."""
        return ops.rms_normalization(x, self.scale, self.axis, self.epsilon)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "axis": self.axis, "epsilon": self.epsilon}


class GroupNormalization(ScaledNormalizing):
    """Each of `groups` groups of channels of a row to mean 0, variance 1; then gamma and beta.

    Shapes: y as x; gamma and beta (C,), C = size of `axis`.
    Args:
        groups: a divisor of C; -1: as many as channels (instance normalisation).
    Source: Wu & He 2018, "Group normalization".
    """

    def __init__(
        self,
        groups: int = 32,
        axis: int = -1,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        if not isinstance(groups, int) or (groups <= 0 and groups != -1):
            raise ArgumentError(
                "GroupNormalization", "needs a positive number of groups, or -1",
                f"groups={groups!r}", "pass groups=4, for instance",
            )  # fmt: skip
        super().__init__(
            axis, epsilon, center, scale, (beta_initializer, beta_regularizer, beta_constraint),
            (gamma_initializer, gamma_regularizer, gamma_constraint), **kwargs,
        )  # fmt: skip
        self.groups = groups

    def build(self, input_shape: Any) -> None:
        """Makes gamma and beta."""
        (axis,) = self._axes(input_shape)
        size = input_shape[axis]
        self.groups = size if self.groups == -1 else self.groups
        if size % self.groups:
            raise ShapeError(
                f"GroupNormalization '{self.name}'", "needs groups of equal size",
                f"groups={self.groups}, {size} channels", "choose a divisor of their number",
            )  # fmt: skip
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: size})
        self.gamma = add_weight(self, "gamma", (size,)) if self.scale else None
        self.beta = add_weight(self, "beta", (size,)) if self.center else None

    def call(self, inputs: Any) -> Any:
        """The normalised inputs."""
        dtype = dtypes.result_type(inputs.dtype, "float32")
        place, sizes = self.axis % inputs.ndim, list(inputs.shape)
        split = [self.groups, sizes[place] // self.groups]
        x = ops.reshape(ops.cast(inputs, dtype), [*sizes[:place], *split, *sizes[place + 1 :]])
        mean, variance = ops.moments(x, [i for i in range(1, x.ndim) if i != place], keepdims=True)
        ones = [1] * (x.ndim - 2)
        factor = ops.rsqrt(ops.add(variance, self.epsilon))
        along = [*ones[:place], *split, *ones[place:]]
        if self.gamma is not None:
            factor = ops.multiply(factor, ops.cast(ops.reshape(self.gamma, along), dtype))
        shift = ops.multiply(ops.negative(mean), factor)
        if self.beta is not None:
            shift = ops.add(shift, ops.cast(ops.reshape(self.beta, along), dtype))
        y = ops.add(ops.multiply(x, factor), shift)
        return ops.cast(ops.reshape(y, sizes), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "groups": self.groups}


class UnitNormalization(Normalizing):
    """y = x / |x|, the Euclidean norm over `axis`, an axis or several; 0 stays 0."""

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        _check_axis("UnitNormalization", axis)
        self.axis = list(axis) if isinstance(axis, tuple) else axis
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The rows, of norm 1."""
        return ops.normalize(inputs, axis=self.axis, order=2, epsilon=1e-12)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "axis": self.axis}


def _check_axis(where: str, axis: Any) -> None:
    if not isinstance(axis, int | list | tuple):
        raise ArgumentTypeError(
            where, "needs an axis, or a list of them", f"axis={axis!r}", "pass axis=-1"
        )
