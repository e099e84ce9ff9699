"""RecurrentCell: what SimpleRNNCell, LSTMCell and GRUCell share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from lamina import activations, ops, random
from lamina.errors import ShapeError
from lamina.layers.base import Layer
from lamina.layers.recurrence import Stepper
from lamina.layers.sizes import count_of
from lamina.layers.weight_options import add_weight, keep_options, options_config

Step = Callable[[Any, list[Any]], tuple[Any, list[Any]]]


@dataclass(frozen=True)
class Noise:
    """Dropout of one batch, the same at every step: factors (B, n), none, one, or one a gate."""

    inputs: tuple[Any, ...] = ()
    states: tuple[Any, ...] = ()


class RecurrentCell(Layer):
    """One step of a recurrence whose gates lie side by side along the last axis.

    Shapes: x (B, inputs), states (B, units) each -> y (B, units); kernel (inputs, gates units),
        recurrent_kernel (units, gates units), bias (gates units,) for the inputs.

    A subclass says how many gates it has and defines `recurrence`.
    """

    gates: ClassVar[int] = 1
    # States beside each other, all of `units`: the first is the output.
    states: ClassVar[int] = 1
    activation: Any

    def _settle(
        self, units: Any, use_bias: bool, dropout: float, recurrent_dropout: float, seed: Any,
        argument: str = "units",
    ) -> None:  # fmt: skip
        """Keeps the arguments that all cells share; `argument` is what this one calls units."""
        self.units = count_of(type(self).__name__, argument, units)
        self.use_bias = use_bias
        self.dropout = min(1.0, max(0.0, dropout))
        self.recurrent_dropout = min(1.0, max(0.0, recurrent_dropout))
        self.seed = seed
        self.seed_generator = random.SeedGenerator(seed)
        self.state_size: Any = self.units if self.states == 1 else [self.units] * self.states
        self.output_size = self.units

    def _keep_options(self, kernel: Any, recurrent: Any, bias: Any) -> None:
        """Keeps what is asked of each weight: initializer, regularizer, constraint."""
        keep_options(self, "kernel", *kernel)
        keep_options(self, "recurrent", *recurrent)
        keep_options(self, "bias", *bias)

    def build(self, input_shape: Any) -> None:
        """Makes kernel (inputs, gates units), recurrent_kernel (units, gates units) and bias."""
        inputs, width = input_shape[-1], self.gates * self.units
        if inputs is None:
            raise ShapeError(
                f"{type(self).__name__} '{self.name}'", "needs to know the size of the last axis",
                f"input of shape {tuple(input_shape)}", "give that axis a fixed size",
            )  # fmt: skip
        self.kernel = add_weight(self, "kernel", (inputs, width))
        self.recurrent_kernel = add_weight(
            self, "recurrent", (self.units, width), name="recurrent_kernel"
        )
        self.bias = self._add_bias(width) if self.use_bias else None

    def _add_bias(self, width: int) -> Any:
        return add_weight(self, "bias", (width,))

    # ── one step ──

    def call(self, inputs: Any, states: Any, training: bool | None = False) -> Any:
        """(output, states) after a step, the states as a list where they came as one."""
        nested = isinstance(states, list | tuple)
        stepper = self._ready(inputs.shape[0], training)
        output, after = stepper.step(stepper.project(inputs), list(states) if nested else [states])
        return output, after if nested else after[0]

    def stepper(self, batch: Any, training: bool | None) -> Stepper | None:
        """The cell ready for a batch of so many rows; None where a subclass has its own call."""
        return self._ready(batch, training) if type(self).call is RecurrentCell.call else None

    def _ready(self, batch: Any, training: bool | None) -> Stepper:
        noise = self._noise(batch) if training else Noise()
        return Stepper(self.projection(noise.inputs), self.recurrence(noise.states), shows=True)

    def _noise(self, batch: Any) -> Noise:
        return Noise(
            self._draws((batch, int(self.kernel.shape[0])), self.dropout),
            self._draws((batch, self.units), self.recurrent_dropout),
        )

    def _draws(self, shape: tuple[Any, ...], rate: float) -> tuple[Any, ...]:
        """Factors 0 or 1 / (1 - rate); gates of their own where Keras' implementation is 1."""
        if not 0 < rate < 1:
            return ()
        ones = ops.ones(shape, self.compute_dtype)
        count = self.gates if getattr(self, "implementation", 2) == 1 else 1
        return tuple(random.dropout(ones, rate, seed=self.seed_generator) for _ in range(count))

    def projection(self, noise: tuple[Any, ...]) -> Callable[[Any], Any]:
        """x -> x W + b, of one step or of all: (..., inputs) -> (..., gates units)."""
        return affine(self.kernel, self.bias, noise)

    def recurrence(self, noise: tuple[Any, ...]) -> Step:
        """(projected x, states) -> (output, states), the first of which is the output.

        What is the same at every step is made here, the step itself inside.
        """
        raise NotImplementedError

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """Zeros (B, units) for each state."""
        return [ops.zeros((batch_size, self.units), self.compute_dtype) for _ in range(self.states)]

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "units": self.units,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            **options_config(self, "kernel", "recurrent", "bias"),
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
            "seed": self.seed,
        }


def times(w: Any, noise: tuple[Any, ...] = ()) -> Callable[[Any], Any]:
    """x -> x w with dropped entries of x: by one mask, or by one for each of the gates in w."""
    if len(noise) < 2:
        return lambda x: ops.matmul(ops.multiply(x, noise[0]) if noise else x, w)
    gates = list(zip(noise, ops.split(w, len(noise), axis=-1), strict=True))
    return lambda x: ops.concatenate(
        [ops.matmul(ops.multiply(x, n), part) for n, part in gates], axis=-1
    )


def affine(w: Any, b: Any, noise: tuple[Any, ...] = ()) -> Callable[[Any], Any]:
    """x -> x w + b, without b where there is none."""
    product = times(w, noise)
    return product if b is None else lambda x: ops.add(product(x), b)


def active(function: Any, x: Any) -> Any:
    """function(x), or x where there is none."""
    return x if function is None else function(x)
