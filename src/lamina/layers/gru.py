"""GRU: gated recurrent unit, and its cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina import activations, ops
from lamina.layers.cell_layer import CellLayer, cell_options
from lamina.layers.recurrent_cell import RecurrentCell, Step, active, affine, times
from lamina.layers.weight_options import add_weight

# (parts of the projected x, h) -> (s(z), g)
Gates = Callable[[list[Any], Any], tuple[Any, Any]]


class GRUCell(RecurrentCell):
    """One step of a GRU, with p = x W + b and q = h U + d split into (z, r, g):

        y = h' = s(z) h + (1 - s(z)) a(g)
        z = p_z + q_z,   r = p_r + q_r
        g = p_g + s(r) q_g            if `reset_after`, else
        g = p_g + (s(r) h) U_g        without d

    with s = `recurrent_activation` and a = `activation`.

    Shapes: x (B, inputs), h (B, units) -> y (B, units); W (inputs, 3 units), U (units, 3 units);
        bias (2, 3 units), rows b and d, or (3 units,) without `reset_after`.
    Start:  W Glorot uniform, U orthogonal, bias zero.
    Keras:  `implementation` 1 draws dropout for each gate anew, as does `recurrent_dropout`.
    """

    gates = 3

    def __init__(
        self, units: int, activation: Any = "tanh", recurrent_activation: Any = "sigmoid",
        use_bias: bool = True, kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None, recurrent_regularizer: Any = None,
        bias_regularizer: Any = None, kernel_constraint: Any = None,
        recurrent_constraint: Any = None, bias_constraint: Any = None, dropout: float = 0.0,
        recurrent_dropout: float = 0.0, reset_after: bool = True, seed: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        self.implementation = kwargs.pop("implementation", 2)
        super().__init__(**kwargs)
        self._settle(units, use_bias, dropout, recurrent_dropout, seed)
        if self.recurrent_dropout:
            self.implementation = 1
        self.reset_after = reset_after
        self.activation = activations.get(activation)
        self.recurrent_activation = activations.get(recurrent_activation)
        self._keep_options(
            (kernel_initializer, kernel_regularizer, kernel_constraint),
            (recurrent_initializer, recurrent_regularizer, recurrent_constraint),
            (bias_initializer, bias_regularizer, bias_constraint),
        )

    def _add_bias(self, width: int) -> Any:
        return add_weight(self, "bias", (2, width) if self.reset_after else (width,))

    def projection(self, noise: tuple[Any, ...]) -> Callable[[Any], Any]:
        """x -> x W + b, of one step or of all: (..., inputs) -> (..., 3 units)."""
        b = self.bias
        return affine(self.kernel, b if b is None or not self.reset_after else b[0], noise)

    def recurrence(self, noise: tuple[Any, ...]) -> Step:
        """(h', [h']) of a step."""
        gates = self._after(noise) if self.reset_after else self._before(noise)

        def step(p: Any, states: list[Any]) -> tuple[Any, list[Any]]:
            h = states[0]
            z, g = gates(ops.split(p, 3, axis=-1), h)
            g = active(self.activation, g)
            h = ops.add(ops.multiply(z, h), ops.multiply(ops.subtract(1.0, z), g))
            return h, [h]

        return step

    def _after(self, noise: tuple[Any, ...]) -> Gates:
        """s(z) and g, the reset gate applied to h U + d."""
        product = affine(self.recurrent_kernel, None if self.bias is None else self.bias[1], noise)

        def gates(p: list[Any], h: Any) -> tuple[Any, Any]:
            q = ops.split(product(h), 3, axis=-1)
            z, r = (active(self.recurrent_activation, ops.add(p[i], q[i])) for i in (0, 1))
            return z, ops.add(p[2], ops.multiply(r, q[2]))

        return gates

    def _before(self, noise: tuple[Any, ...]) -> Gates:
        """s(z) and g, the reset gate applied to h."""
        u, split = self.recurrent_kernel, 2 * self.units
        both, last = times(u[:, :split], noise[:2]), times(u[:, split:], noise[2:])

        def gates(p: list[Any], h: Any) -> tuple[Any, Any]:
            q = ops.split(both(h), 2, axis=-1)
            z, r = (active(self.recurrent_activation, ops.add(p[i], q[i])) for i in (0, 1))
            return z, ops.add(p[2], last(ops.multiply(r, h)))

        return gates

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "recurrent_activation": activations.serialize(self.recurrent_activation),
            "reset_after": self.reset_after,
        }


class GRU(CellLayer):
    """Gated recurrent units over the steps of a sequence; see GRUCell for one step.

    Shapes: x (B, T, inputs) -> y (B, units), or (B, T, units) with return_sequences; with
        return_state also h (B, units). Weights as in GRUCell.
    Source: Cho et al. 2014; `reset_after` as in its first version, and in cuDNN.
    Keras:  `unroll` and `use_cudnn` as in LSTM.
    """

    cell_class = GRUCell

    def __init__(
        self, units: int, activation: Any = "tanh", recurrent_activation: Any = "sigmoid",
        use_bias: bool = True, kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None, recurrent_regularizer: Any = None,
        bias_regularizer: Any = None, activity_regularizer: Any = None,
        kernel_constraint: Any = None, recurrent_constraint: Any = None,
        bias_constraint: Any = None, dropout: float = 0.0, recurrent_dropout: float = 0.0,
        seed: Any = None, return_sequences: bool = False, return_state: bool = False,
        go_backwards: bool = False, stateful: bool = False, unroll: bool = False,
        reset_after: bool = True, use_cudnn: Any = "auto", **kwargs: Any,
    ) -> None:  # fmt: skip
        cell = GRUCell(
            units, activation, recurrent_activation, use_bias, kernel_initializer,
            recurrent_initializer, bias_initializer, kernel_regularizer, recurrent_regularizer,
            bias_regularizer, kernel_constraint, recurrent_constraint, bias_constraint, dropout,
            recurrent_dropout, reset_after, seed,
            **cell_options("gru_cell", kwargs, "implementation"),
        )  # fmt: skip
        super().__init__(
            cell, return_sequences, return_state, go_backwards, stateful, unroll,
            activity_regularizer=activity_regularizer, **kwargs,
        )  # fmt: skip
        self._keep_use_cudnn(use_cudnn)
