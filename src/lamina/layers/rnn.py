"""RNN: any cell run over the steps of a sequence."""

from __future__ import annotations

from typing import Any, ClassVar

from lamina import ops
from lamina.errors import ShapeError
from lamina.graph import trace
from lamina.graph.structure import flatten, map_structure
from lamina.graph.tensor import Traced
from lamina.graph.variable import Variable
from lamina.layers import serialization
from lamina.layers.base import Layer
from lamina.layers.recurrence import Stepper, Way, check_cell, recur, stepper_of
from lamina.layers.stacked_rnn_cells import StackedRNNCells
from lamina.naming import path_of


class RNN(Layer):
    """A cell run over the steps of a sequence, its state handed from step to step.

    Shapes: x (B, T, ...) -> y (B, ...), the output of the last step, or (B, T, ...), those of all.
    Args:
        cell: a layer, or any object, with `state_size` (a number, or a list of them) and a call
            (inputs of a step, states) -> (output, states); it may have `output_size` and
            `get_initial_state(batch_size)`. A list of cells is stacked.
        return_sequences: give the outputs of all steps.
        return_state: give the last states too, after the output.
        go_backwards: run from the last step to the first; outputs in the order in which they ran.
        stateful: begin each batch with the states the last one ended with (`reset_state`). The
            batch must be of one size.
        unroll: for cells that are not lamina's, repeat the step in the graph instead of looping.
        zero_output_for_mask: masked steps give zeros, not the output before them.
    Raises: ShapeError for a batch of another size where `stateful`, or initial states that do not
        fit.
    Keras:  same arguments. Lamina's own cells are looped over whatever `unroll` says: it changes
        no number but the output of masked steps before the first that counts. States are kept in
        `fit` and `predict` too, where Keras on JAX loses them.
    """

    _untracked: ClassVar[frozenset[str]] = Layer._untracked | {"states"}

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        **kwargs: Any,
    ) -> None:
        if isinstance(cell, list | tuple):
            cell = StackedRNNCells(cell)
        check_cell("RNN", cell)
        super().__init__(**kwargs)
        self.cell = cell
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.unroll = unroll
        self.zero_output_for_mask = zero_output_for_mask
        self.supports_masking = True
        self.states: Any = None
        size = cell.state_size
        self.single_state = isinstance(size, int)
        self.state_size = [size] if isinstance(size, int) else list(size)

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        """Builds the cell for one step, and the states if they are kept."""
        if isinstance(self.cell, Layer):
            self.cell.build_inside((sequences_shape[0], *sequences_shape[2:]))
        if self.stateful:
            if sequences_shape[0] is None:
                raise ShapeError(
                    f"{type(self).__name__} '{self.name}'",
                    "needs to know the size of the batch to keep its states (stateful=True)",
                    f"input of shape {tuple(sequences_shape)}",
                    "give the Input a batch_size, or batch_shape=",
                )  # fmt: skip
            self._make_states(sequences_shape[0])

    def _make_states(self, batch: int) -> None:
        path = path_of("rnn_state")
        self.states = map_structure(
            lambda value: Variable(value, None, None, False, name="rnn_state", path=path),
            self.get_initial_state(batch),
        )

    def get_initial_state(self, batch_size: Any) -> list[Any]:
        """The states with which a batch of so many rows begins: the cell's own, or zeros."""
        own = getattr(self.cell, "get_initial_state", None)
        if own is None:
            dtype = getattr(self.cell, "compute_dtype", self.compute_dtype)
            return [ops.zeros((batch_size, size), dtype) for size in self.state_size]
        found = own(batch_size=batch_size)
        return list(found) if isinstance(found, list | tuple) else [found]

    def reset_state(self) -> None:
        """Sets the states that were kept to zero."""
        for state in flatten(self.states):
            if state is not None:
                state.assign(ops.zeros(state.shape, state.dtype))

    reset_states = reset_state

    # ── a batch ──

    def call(
        self, sequences: Any, initial_state: Any = None, mask: Any = None,
        training: bool | None = False,
    ) -> Any:  # fmt: skip
        """The output, and with `return_state` the last states after it."""
        states = self._first_states(sequences, initial_state)
        final, outputs, last = self.inner_loop(sequences, states, mask, training)
        output = outputs if self.return_sequences else final
        output, last = map_structure(lambda x: ops.cast(x, self.compute_dtype), [output, last])
        if self.stateful:
            for kept, state in zip(flatten(self.states), flatten(last), strict=True):
                kept.assign(state)
        return (output, *last) if self.return_state else output

    def inner_loop(
        self, sequences: Any, initial_state: Any, mask: Any, training: bool | None = False
    ) -> tuple[Any, Any, Any]:
        """The steps, which `call` runs: the output of the last, those of all (the last alone
        without `return_sequences`), and the last states. Override it for a loop of your own.

        Shapes: sequences (B, T, ...) -> (B, ...), (B, T, ...) or (B, 1, ...), (B, ...) each.
        """
        given = isinstance(initial_state, list | tuple)
        states = list(initial_state) if given else [initial_state]
        stepper = self._stepper(sequences.shape[0], training)
        way = Way(self.return_sequences, self.go_backwards, self.unroll, self.zero_output_for_mask)
        output, last = recur(stepper, sequences, states, flatten(mask)[0], way)
        if self.return_sequences:
            return output[:, -1], output, last
        return output, ops.expand_dims(output, 1), last

    def _first_states(self, sequences: Any, given: Any) -> list[Any]:
        if self.stateful:
            self._check_batch(sequences)
        if given is None:
            given = self.states if self.stateful else self.get_initial_state(sequences.shape[0])
        states = list(given) if isinstance(given, list | tuple) else [given]
        dtype = getattr(self.cell, "compute_dtype", self.compute_dtype)
        self._check_states(states)
        return map_structure(lambda x: ops.cast(ops.convert_to_tensor(x), dtype), states)

    def _check_batch(self, sequences: Any) -> None:
        current = trace.current()
        if current is not None and isinstance(sequences, Traced):
            current.require_exact("states that are kept belong to rows that are there")
        kept, rows = flatten(self.states)[0].shape[0], int(sequences.shape[0])
        if rows != kept:
            raise ShapeError(
                f"{type(self).__name__} '{self.name}'",
                f"keeps its states between batches of {kept} rows", f"a batch of {rows} rows",
                "use batches of one size (drop the rows that are left), or stateful=False",
            )  # fmt: skip

    def _check_states(self, states: list[Any]) -> None:
        sizes = self.state_size
        plain = all(isinstance(size, int) and size >= 0 for size in sizes)
        found = [tuple(x.shape) for x in flatten(states)]
        if len(states) != len(sizes) or (
            plain and any(s[-1] != n for s, n in zip(found, sizes, strict=True))
        ):
            raise ShapeError(
                f"{type(self).__name__} '{self.name}'",
                f"needs {len(sizes)} initial states of the sizes {sizes}",
                f"{len(states)} of the shapes {found}",
                "pass a list with one tensor (batch, size) for each state of the cell",
            )  # fmt: skip

    def _stepper(self, batch: Any, training: bool | None) -> Stepper:
        with trace.scoped(getattr(self.cell, "name", type(self.cell).__name__)):
            return stepper_of(self.cell, batch, training)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """That of the sequences if the outputs are a sequence; states have none."""
        own = flatten(previous_mask)[0] if self.return_sequences else None
        return [own, *(None for _ in self.state_size)] if self.return_state else own

    # ── configuration ──

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(),
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
            "go_backwards": self.go_backwards,
            "stateful": self.stateful,
            "unroll": self.unroll,
            "zero_output_for_mask": self.zero_output_for_mask,
            "cell": serialization.serialize(self.cell),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The layer that `get_config` describes."""
        cell = serialization.deserialize(config["cell"], custom_objects)
        return cls(cell, **{key: value for key, value in config.items() if key != "cell"})
