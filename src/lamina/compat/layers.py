"""Layers that only Keras 1 and 2 had, made of those there are."""

from __future__ import annotations

from typing import Any

from lamina import activations, initializers, ops
from lamina.errors import UnsupportedError
from lamina.graph.structure import map_structure
from lamina.layers.activation import ReLU
from lamina.layers.base import Layer
from lamina.layers.weight_options import add_weight, keep_options, options_config


class ThresholdedReLU(ReLU):
    """y = x above theta, 0 below."""

    def __init__(self, theta: float = 1.0, **kwargs: Any) -> None:
        super().__init__(threshold=theta, **kwargs)
        self.theta = theta

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        config = super().get_config()
        for name in ("max_value", "negative_slope", "threshold"):
            del config[name]
        return {**config, "theta": self.theta}


class _Affine(Layer):
    """What both layers below have: a kernel, a bias, and their options."""

    kernel_initializer: Any

    def __init__(
        self,
        use_bias: bool,
        kernel: tuple[Any, Any, Any],
        bias: tuple[Any, Any],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.use_bias = use_bias
        keep_options(self, "kernel", *kernel)
        keep_options(self, "bias", "zeros", *bias)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        config = {**options_config(self, "kernel"), **options_config(self, "bias")}
        del config["bias_initializer"]
        return {**super().get_config(), "use_bias": self.use_bias, **config}


class MaxoutDense(_Affine):
    """y = max over n of (x w[n] + b[n]).

    Shapes: x (B, inputs) -> y (B, units); w (nb_feature, inputs, units); b (nb_feature, units).
    Source: Goodfellow et al. 2013, "Maxout Networks".
    """

    def __init__(
        self,
        units: int,
        nb_feature: int = 4,
        kernel_initializer: Any = "glorot_uniform",
        use_bias: bool = True,
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        kernel = (kernel_initializer, kernel_regularizer, kernel_constraint)
        super().__init__(use_bias, kernel, (bias_regularizer, bias_constraint), **kwargs)
        self.units, self.nb_feature = units, nb_feature

    def build(self, input_shape: Any) -> None:
        """Makes a kernel, and a bias, for each of the maps."""
        self.kernel = add_weight(self, "kernel", (self.nb_feature, input_shape[-1], self.units))
        if self.use_bias:
            self.bias = add_weight(self, "bias", (self.nb_feature, self.units))

    def call(self, x: Any) -> Any:
        """The largest of the affine maps."""
        y = ops.einsum("bi,nio->bno", x, self.kernel)
        return ops.max(ops.add(y, self.bias) if self.use_bias else y, axis=1)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "units": self.units, "nb_feature": self.nb_feature}


class Highway(_Affine):
    """y = t activation(x w + b) + (1 - t) x, with the gate t = sigmoid(x u + c).

    Shapes: x, y (B, n); w, u (n, n); b, c (n,).
    Start:  c is `transform_bias`: below 0, most of x goes through.
    Source: Srivastava et al. 2015, "Highway Networks".
    """

    def __init__(
        self,
        kernel_initializer: Any = "glorot_uniform",
        activation: Any = None,
        transform_bias: float = -2.0,
        use_bias: bool = True,
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        kernel = (kernel_initializer, kernel_regularizer, kernel_constraint)
        super().__init__(use_bias, kernel, (bias_regularizer, bias_constraint), **kwargs)
        self.activation = activations.get(activation)
        self.transform_bias = transform_bias

    def build(self, input_shape: Any) -> None:
        """Makes the kernels of the map and of the gate, then the biases of both."""
        n = input_shape[-1]
        self.kernel = add_weight(self, "kernel", (n, n))
        self.gate_kernel = self.add_weight(
            shape=(n, n), initializer=self.kernel_initializer, name="gate_kernel"
        )
        if self.use_bias:
            self.bias = add_weight(self, "bias", (n,))
            start = initializers.Constant(self.transform_bias)
            self.gate_bias = self.add_weight(shape=(n,), initializer=start, name="gate_bias")

    def call(self, x: Any) -> Any:
        """The map where the gate is open, x where it is shut."""
        y, gate = ops.matmul(x, self.kernel), ops.matmul(x, self.gate_kernel)
        if self.use_bias:
            y, gate = ops.add(y, self.bias), ops.add(gate, self.gate_bias)
        gate = ops.sigmoid(gate)
        return ops.add(
            ops.multiply(gate, self.activation(y)), ops.multiply(ops.subtract(1.0, gate), x)
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "activation": activations.serialize(self.activation),
            "transform_bias": self.transform_bias,
        }


class AbstractRNNCell(Layer):
    """Base of cells of one's own: a subclass has `state_size`, `output_size` and
    `call(inputs, states)`, which returns (output, new states).
    """

    @property
    def state_size(self) -> Any:
        """The size of each state. Override it."""
        raise _abstract(self, "state_size")

    @property
    def output_size(self) -> Any:
        """The size of the output. Override it."""
        raise _abstract(self, "output_size")

    def get_initial_state(
        self, inputs: Any = None, batch_size: Any = None, dtype: Any = None
    ) -> Any:
        """Zeros (B, size) for each state."""
        rows = ops.shape(inputs)[0] if inputs is not None else batch_size
        kind = dtype or self.compute_dtype
        return map_structure(lambda size: ops.zeros((rows, size), kind), self.state_size)


def _abstract(cell: Any, name: str) -> UnsupportedError:
    return UnsupportedError(
        type(cell).__name__, f"does not say its {name}", f"a class without `{name}`",
        f"define {name} as a property",
    )  # fmt: skip


class Watch(Layer):
    """Hands a value on to a metric; its own output is 0."""

    def __init__(self, metric: Any) -> None:
        super().__init__()
        self.metric = metric

    def call(self, value: Any) -> Any:
        """0, when the metric has the value."""
        self.metric.update_state(value)
        return ops.zeros(())


class ParametricSoftplus(Layer):
    """y = alpha log(1 + e^(beta x)), alpha and beta trained for each entry of a row."""

    def __init__(
        self,
        alpha_init: float = 0.2,
        beta_init: float = 5.0,
        shared_axes: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.alpha_init, self.beta_init, self.shared_axes = alpha_init, beta_init, shared_axes

    def build(self, input_shape: Any) -> None:
        """Makes alpha and beta."""
        shape = _shared(input_shape, self.shared_axes)
        self.alpha = self.add_weight(
            shape=shape, initializer=initializers.Constant(self.alpha_init), name="alpha"
        )
        self.beta = self.add_weight(
            shape=shape, initializer=initializers.Constant(self.beta_init), name="beta"
        )

    def call(self, x: Any) -> Any:
        """alpha log(1 + e^(beta x))."""
        return ops.softplus(self.beta * x) * self.alpha

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        names = ("alpha_init", "beta_init", "shared_axes")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


class SReLU(Layer):
    """y = x between two thresholds, with a slope of its own beyond each; all four are trained for
    each entry of a row: t_r + a_r (x - t_r) above t_r, t_l + a_l (x - t_l) below t_l.

    Jin et al. 2015.
    """

    def __init__(
        self, t_left_init: Any = "zero", a_left_init: Any = "glorot_uniform",
        t_right_init: Any = "glorot_uniform", a_right_init: Any = "one", shared_axes: Any = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.supports_masking = True
        self.shared_axes = shared_axes
        given = {"t_left": t_left_init, "a_left": a_left_init, "t_right": t_right_init,
                 "a_right": a_right_init}  # fmt: skip
        plain = {"one": "ones", "zero": "zeros"}
        self.firsts = {name: plain.get(first, first) for name, first in given.items()}

    def build(self, input_shape: Any) -> None:
        """Makes thresholds and slopes."""
        shape = _shared(input_shape, self.shared_axes)
        for name, first in self.firsts.items():
            weight = self.add_weight(shape=shape, initializer=initializers.get(first), name=name)
            setattr(self, name, weight)

    def call(self, x: Any) -> Any:
        """The three parts joined; the right threshold lies |t_right| beyond the left one."""
        left, right = self.t_left, self.t_left + ops.abs(self.t_right)
        low = ops.where(x < left, self.a_left * (x - left), ops.zeros_like(x))
        high = ops.where(x > right, self.a_right * (x - right), ops.zeros_like(x))
        return low + ops.clip(x, left, right) + high

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        firsts = {f"{name}_init": first for name, first in self.firsts.items()}
        return {**super().get_config(), **firsts, "shared_axes": self.shared_axes}


def _shared(input_shape: Any, axes: Any) -> list[Any]:
    """The shape of a row's weights, 1 along the axes that share them (the batch is axis 0)."""
    shape = list(input_shape[1:])
    for axis in axes or ():
        shape[axis - 1] = 1
    return shape
