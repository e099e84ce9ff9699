"""SimpleRNN: h' = activation(x W + h U + b), and its cell."""

from __future__ import annotations

from typing import Any

from lamina import activations, ops
from lamina.layers.cell_layer import CellLayer, cell_options
from lamina.layers.recurrent_cell import RecurrentCell, Step, active, times


class SimpleRNNCell(RecurrentCell):
    """One step of a SimpleRNN: y = h' = activation(x W + h U + b).

    Shapes: x (B, inputs), h (B, units) -> y (B, units); W (inputs, units), U (units, units),
        b (units,).
    Start:  W Glorot uniform, U orthogonal, b zero.
    """

    def __init__(
        self, units: int, activation: Any = "tanh", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros", kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None, bias_regularizer: Any = None,
        kernel_constraint: Any = None, recurrent_constraint: Any = None,
        bias_constraint: Any = None, dropout: float = 0.0, recurrent_dropout: float = 0.0,
        seed: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self._settle(units, use_bias, dropout, recurrent_dropout, seed)
        self.activation = activations.get(activation)
        self._keep_options(
            (kernel_initializer, kernel_regularizer, kernel_constraint),
            (recurrent_initializer, recurrent_regularizer, recurrent_constraint),
            (bias_initializer, bias_regularizer, bias_constraint),
        )

    def recurrence(self, noise: tuple[Any, ...]) -> Step:
        """h' = activation(p + h U)."""
        product = times(self.recurrent_kernel, noise)

        def step(p: Any, states: list[Any]) -> tuple[Any, list[Any]]:
            h = active(self.activation, ops.add(p, product(states[0])))
            return h, [h]

        return step


class SimpleRNN(CellLayer):
    """The recurrence h' = activation(x W + h U + b) over the steps of a sequence.

    Shapes: x (B, T, inputs) -> y (B, units), or (B, T, units) with return_sequences; with
        return_state also h (B, units). Weights as in SimpleRNNCell.
    Source: Elman 1990, "Finding structure in time".
    Keras:  3.15 forgets `activity_regularizer` here; lamina does not.
    """

    cell_class = SimpleRNNCell

    def __init__(
        self, units: int, activation: Any = "tanh", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros", kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None, bias_regularizer: Any = None,
        activity_regularizer: Any = None, kernel_constraint: Any = None,
        recurrent_constraint: Any = None, bias_constraint: Any = None, dropout: float = 0.0,
        recurrent_dropout: float = 0.0, return_sequences: bool = False,
        return_state: bool = False, go_backwards: bool = False, stateful: bool = False,
        unroll: bool = False, seed: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        cell = SimpleRNNCell(
            units, activation, use_bias, kernel_initializer, recurrent_initializer,
            bias_initializer, kernel_regularizer, recurrent_regularizer, bias_regularizer,
            kernel_constraint, recurrent_constraint, bias_constraint, dropout, recurrent_dropout,
            seed, **cell_options("simple_rnn_cell", kwargs),
        )  # fmt: skip
        super().__init__(
            cell, return_sequences, return_state, go_backwards, stateful, unroll,
            activity_regularizer=activity_regularizer, **kwargs,
        )  # fmt: skip

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer, but for the seed, as in Keras."""
        config = super().get_config()
        del config["seed"]
        return config
