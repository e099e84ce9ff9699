"""What layers of Keras 1 and 2 said of their calls, and how they took weights and updates."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from lamina.compat.backend.state import update
from lamina.compat.spelling import named_like
from lamina.errors import ArgumentError
from lamina.graph import symbolic
from lamina.graph.structure import flatten, map_structure
from lamina.graph.tensor import mask_of
from lamina.graph.variable import Variable
from lamina.layers.input_spec import check_inputs


class Node:
    """One symbolic call of a layer: Keras' `Node`."""

    def __init__(self, layer: Any, call: symbolic.Call) -> None:
        self.outbound_layer, self.layer, self.call = layer, layer, call

    @property
    def input_tensors(self) -> list[Any]:
        """The tensors that went in."""
        return list(self.call.inputs)

    @property
    def output_tensors(self) -> list[Any]:
        """The tensors that came out."""
        return flatten([self.call.outputs])

    @property
    def inbound_layers(self) -> list[Any]:
        """The layers that made the tensors that went in."""
        return [_maker(x) for x in self.input_tensors]

    @property
    def input_shapes(self) -> list[Any]:
        """The shapes of what went in."""
        return [x.shape for x in self.input_tensors]

    @property
    def output_shapes(self) -> list[Any]:
        """The shapes of what came out."""
        return [x.shape for x in self.output_tensors]


def _maker(x: Any) -> Any:
    return x.layer if x.history is None else x.history[0].function


def inbound_nodes(self: Any) -> list[Node]:
    """The layer's symbolic calls."""
    return [Node(self, call) for call in self._calls]


def _call(layer: Any, node_index: int) -> symbolic.Call:
    calls = layer._calls
    if not -len(calls) <= node_index < len(calls):
        raise ArgumentError(
            f"{type(layer).__name__} '{layer.name}'", "was not called on symbolic tensors so often",
            f"node {node_index} of {len(calls)}", f"ask for a node below {len(calls)}",
        )  # fmt: skip
    call: symbolic.Call = calls[node_index]
    return call


def get_input_at(self: Any, node_index: int) -> Any:
    """The symbolic input of one of the layer's calls.

    Raises: ArgumentError if there was no such call.
    """
    inputs = _call(self, node_index).inputs
    return inputs[0] if len(inputs) == 1 else inputs


def get_output_at(self: Any, node_index: int) -> Any:
    """The symbolic output of one of the layer's calls.

    Raises: ArgumentError if there was no such call.
    """
    return _call(self, node_index).outputs


def get_input_shape_at(self: Any, node_index: int) -> Any:
    """The shape of that input."""
    return map_structure(lambda x: x.shape, get_input_at(self, node_index))


def get_output_shape_at(self: Any, node_index: int) -> Any:
    """The shape of that output."""
    return map_structure(lambda x: x.shape, get_output_at(self, node_index))


def get_input_mask_at(self: Any, node_index: int) -> Any:
    """The mask of that input; None where there is none."""
    return map_structure(mask_of, get_input_at(self, node_index))


def get_output_mask_at(self: Any, node_index: int) -> Any:
    """The mask of that output; None where there is none."""
    return map_structure(mask_of, get_output_at(self, node_index))


def input_mask(self: Any) -> Any:
    """The mask of the input of the layer's first symbolic call; None where there is none."""
    return get_input_mask_at(self, 0)


def output_mask(self: Any) -> Any:
    """The mask of the output of the layer's first symbolic call; None where there is none."""
    return get_output_mask_at(self, 0)


def assert_input_compatibility(self: Any, inputs: Any) -> None:
    """Raises ShapeError for inputs that the layer's `input_spec` excludes."""
    check_inputs(self, inputs)


def get_output_shape_for(self: Any, input_shape: Any) -> Any:
    """The shape of the layer's output for inputs of this shape."""
    return self.compute_output_shape(input_shape)


def taking_states(reset_states: Callable[..., Any]) -> Callable[..., Any]:
    """`reset_states` of a recurrent layer that takes the states to begin with."""

    @named_like(reset_states)
    def reset(self: Any, states: Any = None) -> None:
        reset_states(self)
        if states is not None:
            put_states(self, states)

    return reset


def put_states(self: Any, states: Any) -> None:
    """Sets the states that a recurrent layer keeps.

    Raises: ArgumentError for another number of states.
    """
    halves = [getattr(self, name, None) for name in ("forward_layer", "backward_layer")]
    kept = [s for layer in halves if layer is not None for s in flatten(layer.states)]
    kept = kept or flatten(self.states)
    given = list(states) if isinstance(states, list | tuple) else [states]
    if len(given) != len(kept):
        raise ArgumentError(
            f"{type(self).__name__} '{self.name}'", f"keeps {len(kept)} states",
            f"{len(given)} values", "pass one for each state",
        )  # fmt: skip
    for state, value in zip(kept, given, strict=True):
        state.assign(value)


def input_shape(self: Any) -> Any:
    """The shape of the input of the layer's first symbolic call."""
    return map_structure(lambda x: tuple(x.shape), self.input)


def output_shape(self: Any) -> Any:
    """The shape of the output of the layer's first symbolic call."""
    return map_structure(lambda x: tuple(x.shape), self.output)


def uses_learning_phase(self: Any) -> bool:
    """Whether training and prediction differ in it."""
    return any(layer._takes("training") for layer in self._flatten_layers(include_self=True)
               if not hasattr(layer, "fit"))  # fmt: skip


def set_trainable_weights(self: Any, weights: Sequence[Variable]) -> None:
    """Says which of the variables that the layer holds are trained: these."""
    for variable in self._children(Variable):
        variable.trainable = False
    for variable in weights:
        variable.trainable = True
    self._weights_trainable[:] = list(weights)


def set_non_trainable_weights(self: Any, weights: Sequence[Variable]) -> None:
    """Says which of the variables that the layer holds are not trained: these."""
    for variable in weights:
        variable.trainable = False
    self._weights_fixed[:] = list(weights)


def add_update(self: Any, updates: Any, inputs: Any = None) -> None:
    """Makes updates, (variable, value) or several, in training. One of the backend is made where it
    stands.
    """
    given = [updates] if isinstance(updates, tuple) else updates
    for one in given if isinstance(given, list) else ():
        if isinstance(one, tuple) and isinstance(one[0], Variable):
            update(*one)


def no_updates(self: Any, inputs: Any = None) -> list[Any]:
    """Updates are made where they stand, so that there is no list of them."""
    return []


def like_add_weight(add_variable: Callable[..., Any]) -> Callable[..., Any]:
    """`Layer.add_variable` that takes the name first, too, as `add_weight` does."""

    @functools.wraps(add_variable)
    def added(self: Any, *args: Any, **kwargs: Any) -> Variable:
        made: Variable = self.add_weight(*args, **kwargs)
        return made

    return added


def _keras_shape(self: Any) -> Any:
    """The shape of a symbolic tensor."""
    return tuple(self.shape)


def _keras_history(self: Any) -> tuple[Any, int, int]:
    """(layer, number of its call, number of the output) that made a symbolic tensor."""
    if self.history is None:
        return self.layer, 0, 0
    call, index = self.history
    calls = getattr(call.function, "_calls", [call])
    return call.function, calls.index(call) if call in calls else 0, index


def apply(self: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
    """A call."""
    return self(inputs, *args, **kwargs)


def set_param(self: Any, p: Any) -> None:
    """Keras 1: the weight that is regularised."""
    p.regularizer = self


def set_layer(self: Any, layer: Any) -> None:
    """Keras 1: the layer whose outputs are regularised."""
    layer.activity_regularizer = self


def reading_constraints(build: Callable[..., Any]) -> Callable[..., Any]:
    """`Layer`'s building that reads `constraints` of Keras 1: {weight: constraint}."""

    @functools.wraps(build)
    def built(self: Any, *args: Any, **kwargs: Any) -> None:
        build(self, *args, **kwargs)
        given = vars(self).get("constraints")
        for weight, constraint in given.items() if isinstance(given, dict) else ():
            if isinstance(weight, Variable):
                weight.constraint = constraint

    return built


def keeping_activity_regularizer(init: Callable[..., None]) -> Callable[..., None]:
    """`Layer.__init__` that leaves an `activity_regularizer` which was set before it."""

    @functools.wraps(init)
    def begin(self: Any, *args: Any, **kwargs: Any) -> None:
        before = vars(self).get("activity_regularizer")
        init(self, *args, **kwargs)
        if before is not None and self.activity_regularizer is None:
            self.activity_regularizer = before

    return begin
