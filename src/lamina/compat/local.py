"""Locally connected layers, which Keras 3 dropped: convolutions with a kernel for each place."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from lamina import activations, ops
from lamina.layers.base import Shape
from lamina.layers.sliding import SlidingKernel
from lamina.layers.weight_options import add_weight, keep_options
from lamina.layers.windows import windowed_shape, with_channels
from lamina.ops import primitives as p


class LocallyConnected(SlidingKernel):
    """Base: y[place] = activation(window of x at the place . kernel[place] + b[place]).

    Shapes: x (B, *sizes, C) -> y (B, *places, filters); kernel (product of places, product of
        kernel_size and C, filters); bias (*places, filters). With channels first a window's
        entries are in the order C, *kernel_size.
    """

    paddings: ClassVar[tuple[str, ...]] = ("valid",)
    plain: ClassVar[tuple[str, ...]] = ("filters",)

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
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
        super().__init__(
            kernel_size, strides, padding, data_format, 1, activations.get(activation), use_bias,
            activity_regularizer=activity_regularizer, **kwargs,
        )  # fmt: skip
        self.filters = filters
        keep_options(self, "kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        keep_options(self, "bias", bias_initializer, bias_regularizer, bias_constraint)

    def _places(self, input_shape: Any) -> Shape:
        found = windowed_shape(self, input_shape, self.kernel_size, self.dilation_rate)
        return tuple(found.values())

    def build(self, input_shape: Any) -> None:
        """Makes the kernels and biases of all places."""
        places: Any = self._places(input_shape)
        entries = int(np.prod(self.kernel_size)) * self._fixed_channels(input_shape)
        self.kernel = add_weight(self, "kernel", (int(np.prod(places)), entries, self.filters))
        self.bias = add_weight(self, "bias", (*places, self.filters)) if self.use_bias else None

    def call(self, x: Any) -> Any:
        """Each window with its own kernel."""
        rank, last = self.rank, self.data_format == "channels_last"
        axes = tuple(range(1, rank + 1) if last else range(2, rank + 2))
        seen = p.windows(x, axes, self.kernel_size, self.strides, self.dilation_rate)
        at = tuple(axes[0] + 2 * i for i in range(rank))
        inside = tuple(axis + 1 for axis in at)
        within = (*inside, 2 * rank + 1) if last else (1, *inside)
        places = tuple(int(seen.shape[axis]) for axis in at)
        flat = ops.reshape(
            ops.transpose(seen, (0, *at, *within)),
            (-1, int(np.prod(places)), int(self.kernel.shape[1])),
        )
        y = ops.reshape(ops.einsum("bpk,pkf->bpf", flat, self.kernel), (-1, *places, self.filters))
        if self.bias is not None:
            y = ops.add(y, self.bias)
        return self.activation(y if last else ops.moveaxis(y, -1, 1))

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """One entry a place on each axis of space, and a channel a filter."""
        places = (input_shape[0], *self._places(input_shape), None)
        last = self.data_format == "channels_last"
        whole = places if last else (places[0], None, *places[1:-1])
        return with_channels(whole, self.data_format, self.filters)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        config = super().get_config()
        del config["dilation_rate"]
        return config


class LocallyConnected1D(LocallyConnected):
    """A kernel for each place of a sequence."""

    rank = 1


class LocallyConnected2D(LocallyConnected):
    """A kernel for each place of an image."""

    rank = 2
