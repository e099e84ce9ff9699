"""LSTM: long short-term memory, and its cell."""

from __future__ import annotations

from typing import Any

from lamina import activations, initializers, ops
from lamina.layers.cell_layer import CellLayer, cell_options
from lamina.layers.recurrent_cell import RecurrentCell, Step, active, times


class LSTMCell(RecurrentCell):
    """One step of an LSTM, with z = x W + h U + b split into (i, f, g, o):

        c' = s(f) c + s(i) a(g),   y = h' = s(o) a(c')

    with s = `recurrent_activation` and a = `activation`.

    Shapes: x (B, inputs), h and c (B, units) -> y (B, units); W (inputs, 4 units), U (units, 4
        units), b (4 units,).
    Start:  W Glorot uniform, U orthogonal, b zero, but 1 for the forget gate f if
        `unit_forget_bias` (Jozefowicz et al. 2015).
    Keras:  `implementation` 1 draws dropout for each gate anew, as does `recurrent_dropout`.
    """

    gates = 4
    states = 2

    def __init__(
        self, units: int, activation: Any = "tanh", recurrent_activation: Any = "sigmoid",
        use_bias: bool = True, kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True, kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None, bias_regularizer: Any = None,
        kernel_constraint: Any = None, recurrent_constraint: Any = None,
        bias_constraint: Any = None, dropout: float = 0.0, recurrent_dropout: float = 0.0,
        seed: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        self.implementation = kwargs.pop("implementation", 2)
        super().__init__(**kwargs)
        self._settle(units, use_bias, dropout, recurrent_dropout, seed)
        if self.recurrent_dropout:
            self.implementation = 1
        self.activation = activations.get(activation)
        self.recurrent_activation = activations.get(recurrent_activation)
        self.unit_forget_bias = unit_forget_bias
        self._keep_options(
            (kernel_initializer, kernel_regularizer, kernel_constraint),
            (recurrent_initializer, recurrent_regularizer, recurrent_constraint),
            (bias_initializer, bias_regularizer, bias_constraint),
        )

    def _add_bias(self, width: int) -> Any:
        return add_forgetting_bias(self, self.units)

    def recurrence(self, noise: tuple[Any, ...]) -> Step:
        """(h', [h', c']) of a step."""
        product = times(self.recurrent_kernel, noise)

        def step(p: Any, states: list[Any]) -> tuple[Any, list[Any]]:
            h, c = states
            return remember(self, ops.split(ops.add(p, product(h)), 4, axis=-1), c)

        return step

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "recurrent_activation": activations.serialize(self.recurrent_activation),
            "unit_forget_bias": self.unit_forget_bias,
        }


def remember(cell: Any, z: list[Any], c: Any) -> tuple[Any, list[Any]]:
    """(h', [h', c']) of the four sums z and the old c, by the cell's activations."""
    i, f, o = (active(cell.recurrent_activation, z[k]) for k in (0, 1, 3))
    c = ops.add(ops.multiply(f, c), ops.multiply(i, active(cell.activation, z[2])))
    h = ops.multiply(o, active(cell.activation, c))
    return h, [h, c]


def add_forgetting_bias(cell: Any, units: int) -> Any:
    """A bias (4 units,): by its initializer, ones for the forget gate with `unit_forget_bias`."""
    plain = cell.bias_initializer

    def start(shape: Any, dtype: Any = None) -> Any:
        del shape
        ones = initializers.get("ones")((units,), dtype=dtype)
        parts = plain((units,), dtype=dtype), ones, plain((2 * units,), dtype=dtype)
        return ops.concatenate(parts)

    return cell.add_weight(
        shape=(4 * units,), initializer=start if cell.unit_forget_bias else plain, name="bias",
        regularizer=cell.bias_regularizer, constraint=cell.bias_constraint,
    )  # fmt: skip


class LSTM(CellLayer):
    """Long short-term memory over the steps of a sequence; see LSTMCell for one step.

    Shapes: x (B, T, inputs) -> y (B, units), or (B, T, units) with return_sequences; with
        return_state also h and c (B, units). Weights as in LSTMCell.
    Source: Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000.
    Keras:  `unroll` changes what a masked step shows before the first step that counts, and
        nothing else. `use_cudnn=True` is legal for what cuDNN can compute; the numbers are the
        same.
    """

    cell_class = LSTMCell

    def __init__(
        self, units: int, activation: Any = "tanh", recurrent_activation: Any = "sigmoid",
        use_bias: bool = True, kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True, kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None, bias_regularizer: Any = None,
        activity_regularizer: Any = None, kernel_constraint: Any = None,
        recurrent_constraint: Any = None, bias_constraint: Any = None, dropout: float = 0.0,
        recurrent_dropout: float = 0.0, seed: Any = None, return_sequences: bool = False,
        return_state: bool = False, go_backwards: bool = False, stateful: bool = False,
        unroll: bool = False, use_cudnn: Any = "auto", **kwargs: Any,
    ) -> None:  # fmt: skip
        cell = LSTMCell(
            units, activation, recurrent_activation, use_bias, kernel_initializer,
            recurrent_initializer, bias_initializer, unit_forget_bias, kernel_regularizer,
            recurrent_regularizer, bias_regularizer, kernel_constraint, recurrent_constraint,
            bias_constraint, dropout, recurrent_dropout, seed,
            **cell_options("lstm_cell", kwargs, "implementation"),
        )  # fmt: skip
        super().__init__(
            cell, return_sequences, return_state, go_backwards, stateful, unroll,
            activity_regularizer=activity_regularizer, **kwargs,
        )  # fmt: skip
        self._keep_use_cudnn(use_cudnn)
