"""Function: what lies between symbolic inputs and outputs, to be called on other values."""

from __future__ import annotations

from typing import Any

from lamina.graph.operation import Operation
from lamina.graph.structure import map_structure
from lamina.models.functional import CallGraph


class Function(Operation):
    """The recorded calls between symbolic inputs and outputs as one operation.

    Unlike a `Model` it has no weights of its own, no `fit`, and is not compiled.

    Args:
        inputs, outputs: symbolic tensors, or structures of them.
        name: default "function", numbered.
    """

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None) -> None:
        super().__init__(name)
        self._graph = CallGraph(inputs, outputs)

    @property
    def inputs(self) -> list[Any]:
        """The symbolic inputs in order."""
        return self._graph.flat_inputs

    @property
    def outputs(self) -> list[Any]:
        """The symbolic outputs in order."""
        return self._graph.flat_outputs

    @property
    def operations(self) -> list[Any]:
        """What is called, each once, in the order of the calls."""
        return list({id(c.function): c.function for c in self._graph.calls}.values())

    def call(self, inputs: Any) -> Any:
        """The outputs for these inputs."""
        from lamina import ops

        return self._graph.run(map_structure(ops.convert_to_tensor, inputs))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shapes of the outputs, which the symbolic outputs state."""
        return map_structure(lambda x: x.shape, self._graph.outputs)
