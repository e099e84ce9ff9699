"""StackedRNNCells: several cells, one upon another, as one cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.graph import trace
from lamina.graph.structure import flatten
from lamina.layers import serialization
from lamina.layers.base import Layer
from lamina.layers.recurrence import Stepper, check_cell, stepper_of


class StackedRNNCells(Layer):
    """Cells of which each takes the output of the one before it as its inputs.

    Shapes: x (B, inputs) -> y (B, output_size of the last); states: a list for each cell.
    """

    def __init__(self, cells: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for cell in cells:
            check_cell("StackedRNNCells", cell)
        self.cells = list(cells)

    @property
    def state_size(self) -> list[Any]:
        """The sizes of the states, cell by cell."""
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self) -> Any:
        """The size of the last cell's output."""
        return _output_size(self.cells[-1])

    def build(self, input_shape: Any) -> None:
        """Builds each cell for the outputs of the one before it."""
        for cell in self.cells:
            if isinstance(cell, Layer):
                cell.build_inside(tuple(input_shape))
            input_shape = (input_shape[0], _output_size(cell))

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """The states with which each cell begins: its own, or zeros."""
        return [self._first(cell, batch_size) for cell in self.cells]

    def _first(self, cell: Any, batch: Any) -> Any:
        if hasattr(cell, "get_initial_state"):
            return cell.get_initial_state(batch_size=batch)
        size = cell.state_size
        if isinstance(size, int):
            return ops.zeros((batch, size), self.compute_dtype)
        return [ops.zeros((batch, n), self.compute_dtype) for n in size]

    def call(self, inputs: Any, states: Any, training: bool | None = False) -> Any:
        """(output of the last cell, the states of all) after a step."""
        stepper = self._ready(inputs.shape[0], training)
        return stepper.step(stepper.project(inputs), states)

    def stepper(self, batch: Any, training: bool | None) -> Stepper | None:
        """The cells ready for a batch of so many rows; None where a subclass has its own call."""
        own = type(self).call is StackedRNNCells.call
        return self._ready(batch, training) if own else None

    def _ready(self, batch: Any, training: bool | None) -> Stepper:
        steppers = [stepper_of(cell, batch, training) for cell in self.cells]
        names = [getattr(cell, "name", type(cell).__name__) for cell in self.cells]

        def step(x: Any, states: Any) -> tuple[Any, list[Any]]:
            after = []
            for i, (name, stepper, own) in enumerate(zip(names, steppers, states, strict=True)):
                several = isinstance(own, list | tuple)
                with trace.scoped(name):
                    x = stepper.project(x) if i else x
                    x, new = stepper.step(x, list(own) if several else [own])
                after.append(new if several else new[0])
            return x, after

        below = sum(len(flatten(cell.state_size)) for cell in self.cells[:-1])
        shows = all(stepper.shows for stepper in steppers)
        return Stepper(steppers[0].project, step, below + steppers[-1].shown, shows)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        cells = [serialization.serialize(cell) for cell in self.cells]
        return {**super().get_config(), "cells": cells}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The layer that `get_config` describes."""
        cells = [serialization.deserialize(cell, custom_objects) for cell in config["cells"]]
        return cls(cells, **{key: value for key, value in config.items() if key != "cells"})


def _output_size(cell: Any) -> Any:
    size = getattr(cell, "output_size", None)
    if size is not None:
        return size
    return cell.state_size[0] if isinstance(cell.state_size, list | tuple) else cell.state_size
