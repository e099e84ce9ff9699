"""Recurrent, the base of recurrent layers of one's own in Keras 1 and 2.0."""

from __future__ import annotations

import inspect
from typing import Any

from lamina import ops
from lamina.compat.backend.control import rnn
from lamina.errors import UnsupportedError
from lamina.layers.base import Layer


class Recurrent(Layer):
    """A subclass makes its weights in `build`, sets `states = [None, ...]` there, one for each
    state, and defines `step(x, states)`, which returns (output, new states) of a step.

    Shapes: x (B, T, D) -> y (B, units), of the last step, or (B, T, units).

    Args:
        return_sequences, return_state, go_backwards, unroll: as in `layers.RNN`.
        stateful: only False.
        implementation: changes no result.

    Raises: UnsupportedError for a stateful one, or a class without `step`.
    """

    def __init__(
        self,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        implementation: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if stateful:
            raise UnsupportedError(
                type(self).__name__, "keeps no states between batches", "stateful=True",
                "write it as a cell, and use RNN(cell, stateful=True)",
            )  # fmt: skip
        self.return_sequences, self.return_state = return_sequences, return_state
        self.go_backwards, self.stateful, self.unroll = go_backwards, stateful, unroll
        self.implementation = implementation
        self.supports_masking = True
        self.states: Any = [None]

    def step(self, inputs: Any, states: Any) -> Any:
        """The output of a step, and the states after it. Override it."""
        raise UnsupportedError(
            type(self).__name__, "does not say what a step computes", "a class without `step`",
            "define step(self, x, states)",
        )  # fmt: skip

    def get_constants(self, inputs: Any, training: Any = None) -> list[Any]:
        """What each step finds behind the states."""
        return []

    def preprocess_input(self, inputs: Any, training: Any = None) -> Any:
        """What the steps get in place of the inputs."""
        return inputs

    def get_initial_state(self, inputs: Any) -> list[Any]:
        """Zeros (B, units) for each state."""
        units = getattr(self, "units", None) or self.output_dim
        return [ops.zeros((ops.shape(inputs)[0], units), inputs.dtype) for _ in self.states]

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """The mask goes on with the outputs of all steps only."""
        mask = previous_mask[0] if isinstance(previous_mask, list) else previous_mask
        return mask if self.return_sequences else None

    def call(
        self, inputs: Any, mask: Any = None, training: Any = None, initial_state: Any = None
    ) -> Any:
        """The output, and with `return_state` the last states behind it."""
        if isinstance(inputs, list | tuple):
            initial_state, inputs = list(inputs[1:]), inputs[0]
        if initial_state is None:
            first = getattr(self, "get_initial_states", self.get_initial_state)  # Keras 1's name
            initial_state = first(inputs)
        constants = _called(self.get_constants, inputs, training)
        prepared = _called(self.preprocess_input, inputs, training)
        last, outputs, states = rnn(
            self.step, prepared, initial_state, self.go_backwards, mask, constants, self.unroll
        )
        y = outputs if self.return_sequences else last
        return [y, *states] if self.return_state else y

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        names = ("return_sequences", "return_state", "go_backwards", "stateful", "unroll",
                 "implementation")  # fmt: skip
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _called(method: Any, inputs: Any, training: Any) -> Any:
    """The method of a subclass, which may not take `training`."""
    takes = "training" in inspect.signature(method).parameters
    return method(inputs, training=training) if takes else method(inputs)


def time_distributed_dense(
    x: Any,
    w: Any,
    b: Any = None,
    dropout: Any = None,
    input_dim: int | None = None,
    output_dim: int | None = None,
    timesteps: int | None = None,
    training: Any = None,
) -> Any:
    """x w + b at each step: (B, T, D) -> (B, T, output_dim).

    Raises: UnsupportedError for dropout.
    """
    del input_dim, output_dim, timesteps, training
    if dropout:
        raise UnsupportedError(
            "time_distributed_dense", "drops nothing", f"dropout={dropout!r}", "put Dropout before"
        )
    y = ops.matmul(x, w)
    return y if b is None else ops.add(y, b)
