"""ConvLSTM1D, ConvLSTM2D, ConvLSTM3D: LSTMs on images, whose products are convolutions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from lamina import activations, ops
from lamina.errors import ShapeError
from lamina.graph.data_format import standard_data_format
from lamina.layers.base import Layer
from lamina.layers.cell_layer import CellLayer, cell_options
from lamina.layers.input_spec import InputSpec
from lamina.layers.lstm import add_forgetting_bias, remember
from lamina.layers.recurrent_cell import Noise, RecurrentCell, Step
from lamina.layers.sizes import padding_of, refuse_strides_with_gaps, sizes_of
from lamina.layers.weight_options import add_weight, options_config
from lamina.layers.windows import windowed_shape, with_channels

Convolved = Callable[[Any], Any]


class ConvLSTMCell(RecurrentCell):
    """One step of a ConvLSTM of `rank` axes of space: an LSTM's, with z = W * x + U * h + b.

    Shapes: x (B, n1, .., nN, C), h and c (B, o1, .., oN, filters), or with the channels second;
        W (*kernel_size, C, 4 filters), U (*kernel_size, filters, 4 filters), b (4 filters,). U is
        applied with padding "same" and no strides.
    """

    gates = 4
    states = 2
    implementation = 1  # each gate has dropout of its own

    def __init__(
        self, rank: int, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid",
        data_format: str | None = None, dilation_rate: Any = 1, activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros", unit_forget_bias: bool = True,
        kernel_regularizer: Any = None, recurrent_regularizer: Any = None,
        bias_regularizer: Any = None, kernel_constraint: Any = None,
        recurrent_constraint: Any = None, bias_constraint: Any = None, dropout: float = 0.0,
        recurrent_dropout: float = 0.0, seed: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self._settle(filters, use_bias, dropout, recurrent_dropout, seed, "filters")
        where = f"ConvLSTM{rank}D"
        self.rank, self.filters = rank, self.units
        self.kernel_size = sizes_of(where, "kernel_size", kernel_size, rank)
        self.strides = sizes_of(where, "strides", strides, rank)
        self.dilation_rate = sizes_of(where, "dilation_rate", dilation_rate, rank)
        self.padding = padding_of(where, padding)
        self.data_format = standard_data_format(where, data_format)
        refuse_strides_with_gaps(where, self.strides, self.dilation_rate)
        self.activation = activations.get(activation)
        self.recurrent_activation = activations.get(recurrent_activation)
        self.unit_forget_bias = unit_forget_bias
        self._keep_options(
            (kernel_initializer, kernel_regularizer, kernel_constraint),
            (recurrent_initializer, recurrent_regularizer, recurrent_constraint),
            (bias_initializer, bias_regularizer, bias_constraint),
        )

    @property
    def _channels(self) -> int:
        """The axis of the channels of one step."""
        return 1 if self.data_format == "channels_first" else self.rank + 1

    def build(self, input_shape: Any) -> None:
        """Makes the kernels and the bias, and notes the shape of the states."""
        if None in input_shape[1:]:
            raise ShapeError(
                f"{type(self).__name__} '{self.name}'", "needs to know the sizes of its images",
                f"input of shape {tuple(input_shape)}", "give these axes fixed sizes",
            )  # fmt: skip
        counts = windowed_shape(self, input_shape, self.kernel_size, self.dilation_rate)
        sizes = tuple(counts.get(axis, n) for axis, n in enumerate(input_shape))
        self._state = with_channels(sizes, self.data_format, self.filters)[1:]
        self._image = tuple(input_shape[1:])
        channels, width = input_shape[self._channels], self.gates * self.filters
        self.kernel = add_weight(self, "kernel", (*self.kernel_size, channels, width))
        self.recurrent_kernel = add_weight(
            self, "recurrent", (*self.kernel_size, self.filters, width), name="recurrent_kernel"
        )
        self.bias = add_forgetting_bias(self, self.filters) if self.use_bias else None

    def _noise(self, batch: Any) -> Noise:
        return Noise(
            self._draws((batch, *self._image), self.dropout),
            self._draws((batch, *self._state), self.recurrent_dropout),
        )

    def projection(self, noise: tuple[Any, ...]) -> Convolved:
        """x -> W * x + b, of one step or, time first, of all."""
        convolved = self._convolved(
            self.kernel, noise, strides=self.strides, padding=self.padding,
            dilation_rate=self.dilation_rate,
        )  # fmt: skip
        bias = self.bias
        if bias is not None:
            sizes = [1] * (self.rank + 2)
            sizes[self._channels] = self.gates * self.filters
            bias = ops.reshape(bias, sizes)

        def project(x: Any) -> Any:
            y = convolved(x)
            return y if bias is None else ops.add(y, bias)

        return project

    def _convolved(self, kernel: Any, noise: tuple[Any, ...], **options: Any) -> Convolved:
        """x -> kernel * x with dropped entries of x, by a mask for each of the gates in kernel."""
        parts = ops.split(kernel, len(noise), axis=-1) if noise else [kernel]

        def convolve(x: Any) -> Any:
            given = [ops.multiply(x, n) for n in noise] if noise else [x]
            pairs = zip(given, parts, strict=True)
            found = [self._of_steps(x, w, options) for x, w in pairs]
            channels = self._channels + found[0].ndim - self.rank - 2
            return found[0] if not noise else ops.concatenate(found, axis=channels)

        return convolve

    def _of_steps(self, x: Any, kernel: Any, options: dict[str, Any]) -> Any:
        """The convolution of one step, or of all steps as the images of one long batch."""
        if x.ndim == self.rank + 2:
            return ops.conv(x, kernel, data_format=self.data_format, **options)
        steps = int(x.shape[0])
        images = ops.reshape(ops.swapaxes(x, 0, 1), (-1, *x.shape[2:]))
        y = ops.conv(images, kernel, data_format=self.data_format, **options)
        return ops.swapaxes(ops.reshape(y, (-1, steps, *y.shape[1:])), 0, 1)

    def recurrence(self, noise: tuple[Any, ...]) -> Step:
        """(h', [h', c']) of a step."""
        convolved = self._convolved(self.recurrent_kernel, noise, padding="same")

        def step(p: Any, states: list[Any]) -> tuple[Any, list[Any]]:
            h, c = states
            z = ops.split(ops.add(p, convolved(h)), 4, axis=self._channels)
            return remember(self, z, c)

        return step

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """Zeros for h and c."""
        return [ops.zeros((batch_size, *self._state), self.compute_dtype) for _ in range(2)]

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer, but for `rank`."""
        return {
            **Layer.get_config(self),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
            "dilation_rate": self.dilation_rate,
            "activation": activations.serialize(self.activation),
            "recurrent_activation": activations.serialize(self.recurrent_activation),
            "use_bias": self.use_bias,
            **options_config(self, "kernel", "recurrent", "bias"),
            "unit_forget_bias": self.unit_forget_bias,
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
            "seed": self.seed,
        }


class ConvLSTM(CellLayer):
    """Base of the three: ConvLSTMCell over the steps of a sequence of images.

    Shapes: x (B, T, n1, .., nN, C) -> y (B, o1, .., oN, filters), or with all T; with "channels_
        first" the channels stand before the axes of space.
    Source: Shi et al. 2015, without the peepholes.
    """

    cell_class = ConvLSTMCell
    rank: ClassVar[int] = 0

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid",
        data_format: str | None = None, dilation_rate: Any = 1, activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros", unit_forget_bias: bool = True,
        kernel_regularizer: Any = None, recurrent_regularizer: Any = None,
        bias_regularizer: Any = None, activity_regularizer: Any = None,
        kernel_constraint: Any = None, recurrent_constraint: Any = None,
        bias_constraint: Any = None, dropout: float = 0.0, recurrent_dropout: float = 0.0,
        seed: Any = None, return_sequences: bool = False, return_state: bool = False,
        go_backwards: bool = False, stateful: bool = False, **kwargs: Any,
    ) -> None:  # fmt: skip
        cell = ConvLSTMCell(
            self.rank, filters, kernel_size, strides, padding, data_format, dilation_rate,
            activation, recurrent_activation, use_bias, kernel_initializer,
            recurrent_initializer, bias_initializer, unit_forget_bias, kernel_regularizer,
            recurrent_regularizer, bias_regularizer, kernel_constraint, recurrent_constraint,
            bias_constraint, dropout, recurrent_dropout, seed,
            **cell_options("conv_lstm_cell", kwargs),
        )  # fmt: skip
        super().__init__(
            cell, return_sequences, return_state, go_backwards, stateful,
            activity_regularizer=activity_regularizer, **kwargs,
        )  # fmt: skip
        self.input_spec = InputSpec(ndim=self.rank + 3)

    def _check_states(self, states: list[Any]) -> None:
        found = [tuple(x.shape[1:]) for x in states]
        if found != [self.cell._state] * 2:
            raise ShapeError(
                f"{type(self).__name__} '{self.name}'",
                f"needs 2 initial states (batch, *{self.cell._state})",
                f"{len(states)} of the shapes {[tuple(x.shape) for x in states]}",
                "pass what the layer returns with return_state=True",
            )  # fmt: skip


class ConvLSTM1D(ConvLSTM):
    """An LSTM on sequences of lines: x (B, T, n, C) -> y (B, o, filters). See ConvLSTM."""

    rank = 1


class ConvLSTM2D(ConvLSTM):
    """An LSTM on sequences of images: x (B, T, n, m, C) -> y (B, o, p, filters). See ConvLSTM."""

    rank = 2


class ConvLSTM3D(ConvLSTM):
    """An LSTM on sequences of volumes. See ConvLSTM."""

    rank = 3
