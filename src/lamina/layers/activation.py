"""Activations as layers: functions of single entries, or of those along an axis (softmax)."""

from __future__ import annotations

import warnings
from typing import Any

from lamina import activations, ops
from lamina.errors import ArgumentError, ShapeError
from lamina.layers.base import Layer
from lamina.layers.input_spec import InputSpec
from lamina.layers.weight_options import add_weight, keep_options, options_config


class Activation(Layer):
    """y = activation(x), in the shape of x.

    Args:
        activation: a name, such as "relu", or a function of one tensor.
    """

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.activation = activations.get(activation)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """y = activation(x)."""
        return self.activation(inputs)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "activation": activations.serialize(self.activation)}


class Elementwise(Layer):
    """Base of layers whose outputs have the shape of their inputs, and keep their mask."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.built = True

    def compute_output_shape(self, input_shape: Any) -> Any:
        """That of the inputs."""
        return tuple(input_shape)

    def _not_negative(self, **given: Any) -> None:
        for argument, value in given.items():
            if value is None or value < 0:
                raise ArgumentError(
                    f"{type(self).__name__}({argument}=...)", "needs a number from 0",
                    f"{argument}={value!r}", f"pass {argument}=0.1, for instance",
                )  # fmt: skip


class ReLU(Elementwise):
    """y = x above `threshold`, negative_slope (x - threshold) below, at most `max_value`."""

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._not_negative(negative_slope=negative_slope, threshold=threshold)
        if max_value is not None:
            self._not_negative(max_value=max_value)
        self.max_value, self.negative_slope, self.threshold = max_value, negative_slope, threshold

    def call(self, inputs: Any) -> Any:
        """The rectified inputs."""
        return activations.relu(inputs, self.negative_slope, self.max_value, self.threshold)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(), "max_value": self.max_value,
            "negative_slope": self.negative_slope, "threshold": self.threshold,
        }  # fmt: skip


class LeakyReLU(Elementwise):
    """y = x where x >= 0, negative_slope x below."""

    def __init__(self, negative_slope: float = 0.3, **kwargs: Any) -> None:
        if "alpha" in kwargs:  # Keras 3 still takes it
            warnings.warn("LeakyReLU(alpha=...) is deprecated; use negative_slope=")
            negative_slope = kwargs.pop("alpha")
        super().__init__(**kwargs)
        self._not_negative(negative_slope=negative_slope)
        self.negative_slope = negative_slope

    def call(self, inputs: Any) -> Any:
        """The rectified inputs."""
        return activations.leaky_relu(inputs, negative_slope=self.negative_slope)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "negative_slope": self.negative_slope}


class ELU(Elementwise):
    """y = x where x > 0, alpha (e^x - 1) below."""

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha = alpha

    def call(self, inputs: Any) -> Any:
        """The exponential linear unit of the inputs."""
        return activations.elu(inputs, alpha=self.alpha)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "alpha": self.alpha}


class PReLU(Layer):
    """y = x where x > 0, alpha x below, with a learnt alpha for every entry of a row.

    Shapes: y as x; alpha as a row of x, of size 1 on the axes among `shared_axes` (from 1).
    Source: He et al. 2015, "Delving deep into rectifiers".
    """

    def __init__(
        self,
        alpha_initializer: Any = "Zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        keep_options(self, "alpha", alpha_initializer, alpha_regularizer, alpha_constraint)
        several = isinstance(shared_axes, list | tuple)
        self.shared_axes = list(shared_axes) if several else shared_axes and [shared_axes]

    def build(self, input_shape: Any) -> None:
        """Makes alpha."""
        shared = self.shared_axes or []
        shape = [1 if i in shared else n for i, n in enumerate(input_shape)][1:]
        self.alpha = add_weight(self, "alpha", shape)
        fixed = {i: n for i, n in enumerate(input_shape) if i and i not in shared}
        self.input_spec = InputSpec(ndim=len(input_shape), axes=fixed if shared else {})

    def call(self, inputs: Any) -> Any:
        """relu(x) - alpha relu(-x)."""
        below = ops.multiply(ops.negative(self.alpha), ops.relu(ops.negative(inputs)))
        return ops.add(ops.relu(inputs), below)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """That of the inputs."""
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        config = {**super().get_config(), **options_config(self, "alpha")}
        return {**config, "shared_axes": self.shared_axes}


class Softmax(Elementwise):
    """y = e^x / sum of e^x along `axis`, an axis or several; masked entries become 0."""

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Probabilities.

        Args:
            mask: False where an entry counts for nothing; it broadcasts against the inputs.
        """
        if mask is None:
            return ops.softmax(inputs, axis=self.axis)
        self._check(tuple(inputs.shape), tuple(mask.shape))
        kept = mask if mask.dtype == "bool" else ops.greater(mask, 0.5)
        # A large number, not infinity: where all is masked, the mean is taken and then made 0.
        outputs = ops.softmax(ops.where(kept, inputs, -1e9), axis=self.axis)
        return ops.where(kept, outputs, 0.0)

    def _check(self, shape: tuple[Any, ...], mask: tuple[Any, ...]) -> None:
        pairs = zip(reversed(mask), reversed(shape), strict=False)
        if len(mask) > len(shape) or any(m not in (1, n) for m, n in pairs):
            raise ShapeError(
                f"Softmax '{self.name}'", "needs a mask that broadcasts against its inputs",
                f"mask of shape {mask}, inputs of shape {shape}", "add axes of size 1 to the mask",
            )  # fmt: skip

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "axis": self.axis}
