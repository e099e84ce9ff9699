"""Dense: every output is computed from every input."""

from __future__ import annotations

from typing import Any

from lamina import activations, ops
from lamina.errors import ShapeError
from lamina.layers.base import Layer
from lamina.layers.input_spec import InputSpec
from lamina.layers.sizes import count_of
from lamina.layers.weight_options import add_weight, keep_options, options_config


class Dense(Layer):
    """Affine map of the last axis: y = x w + b, then `activation`.

    Shapes: x (B, ..., inputs) -> y (B, ..., units); w (inputs, units); b (units,).
    Start:  w Glorot uniform (Glorot & Bengio 2010, eq. 16), b zero.
    Raises: ShapeError if the last axis is unknown or differs from the one it was built for.
    Keras:  same arguments and weight order; `lora_rank` is not offered.
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.units = count_of("Dense", "units", units)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        keep_options(self, "kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        keep_options(self, "bias", bias_initializer, bias_regularizer, bias_constraint)
        self.supports_masking = True
        self.input_spec = InputSpec(min_ndim=2)

    def build(self, input_shape: Any) -> None:
        """Makes w (inputs, units) and b (units,)."""
        inputs = input_shape[-1]
        if inputs is None:
            raise ShapeError(
                f"Dense '{self.name}'", "needs to know the size of the last axis",
                f"input of shape {tuple(input_shape)}", "give that axis a fixed size",
            )  # fmt: skip
        self.kernel = add_weight(self, "kernel", (inputs, self.units))
        self.bias = add_weight(self, "bias", (self.units,)) if self.use_bias else None
        self.input_spec = InputSpec(min_ndim=2, axes={-1: inputs})

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """y = activation(x w + b)."""
        x = ops.matmul(inputs, self.kernel)
        if self.bias is not None:
            x = ops.add(x, self.bias)
        return x if self.activation is None else self.activation(x)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "units": self.units,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            **options_config(self, "kernel", "bias"),
        }
