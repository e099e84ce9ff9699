"""clone_model: a model of the same layers with weights of its own; copies and pickles of models."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import lamina.custom_objects as own
from lamina.configurations import serialize_keras_object
from lamina.errors import ArgumentError, ArgumentTypeError
from lamina.graph import symbolic
from lamina.graph.structure import flatten, pack
from lamina.layers.base import Layer
from lamina.layers.input_layer import InputLayer
from lamina.models.functional import CallGraph
from lamina.models.model import Model
from lamina.models.sequential import Sequential


def clone_model(
    model: Any,
    input_tensors: Any = None,
    clone_function: Callable[[Any], Any] | None = None,
    call_function: Callable[..., Any] | None = None,
    recursive: bool = False,
    **kwargs: Any,
) -> Any:
    """A new model whose layers are made anew from their configurations, with fresh weights.

    Args:
        input_tensors: symbolic tensors, or a list of them, that the new model starts from.
        clone_function: makes the new layer of each layer but inputs; by default from its
            configuration.
        call_function: (layer, *args, **kwargs) calls a new layer on symbolic tensors.
        recursive: also clones the layers of models inside, each with `clone_function`.

    Raises: ArgumentTypeError for something that is no model; ArgumentError for arguments that do
        not go with its kind.
    """
    if kwargs:
        raise ArgumentTypeError(
            "clone_model", "does not know these arguments", ", ".join(kwargs), "leave them out"
        )
    if not isinstance(model, Model):
        raise ArgumentTypeError(
            "clone_model", "needs a model", f"{model!r:.60}", "pass a Sequential or a Model"
        )

    def cloned(layer: Any) -> Any:
        if recursive and isinstance(layer, Model) and (layer._graph is not None):
            return clone_model(layer, None, clone_function, call_function, True)
        return clone_function(layer) if clone_function is not None else _again(layer)

    if isinstance(model, Sequential):
        if call_function is not None:
            raise ArgumentError(
                "clone_model(call_function=...)", "is for functional models", f"{model!r}",
                "leave it out",
            )  # fmt: skip
        return _sequential(model, input_tensors, cloned)
    if model._graph is None:
        if input_tensors is not None or clone_function is not None or call_function is not None:
            raise ArgumentError(
                "clone_model", "copies a class of your own as a whole", f"{model!r}",
                "pass the model alone",
            )  # fmt: skip
        return _again(model)
    return _functional(model, model._graph, input_tensors, cloned, call_function)


def _again(layer: Any) -> Any:
    return type(layer).from_config(layer.get_config())


def _sequential(model: Sequential, input_tensors: Any, cloned: Callable[[Any], Any]) -> Any:
    layers = [cloned(layer) for layer in model._sequence if not isinstance(layer, InputLayer)]
    if input_tensors is not None:
        given = flatten(input_tensors)
        if len(given) != 1:
            raise ArgumentError(
                "clone_model(input_tensors=...)", "needs one tensor for a Sequential",
                f"{len(given)}", "pass keras.Input(shape)",
            )  # fmt: skip
        layers.insert(0, given[0])
    else:
        layers = [_again(x) for x in model._sequence if isinstance(x, InputLayer)] + layers
    new = Sequential(layers, name=model.name)
    new.trainable = model.trainable
    return new


def _functional(
    model: Model, graph: CallGraph, input_tensors: Any, cloned: Callable[[Any], Any],
    call_function: Callable[..., Any] | None,
) -> Any:  # fmt: skip
    if input_tensors is None:
        starts: list[Any] = [_again(layer).output for layer in graph.input_layers]
    else:
        starts = flatten(input_tensors)
        if len(starts) != len(graph.flat_inputs):
            raise ArgumentError(
                "clone_model(input_tensors=...)", f"needs {len(graph.flat_inputs)} tensors",
                f"{len(starts)}", "pass one keras.Input for each input",
            )  # fmt: skip
    new: dict[int, Any] = {}
    for layer in graph.layers():
        if not isinstance(layer, InputLayer):
            new[id(layer)] = cloned(layer)
    known = {id(old): x for old, x in zip(graph.flat_inputs, starts, strict=True)}

    def apply(call: symbolic.Call, args: Any, kwargs: Any) -> Any:
        function = call.function
        if not isinstance(function, Layer):
            return function(*args, **kwargs)
        layer = new[id(function)]
        if call_function is not None:
            return call_function(layer, *args, **kwargs)
        return layer(*args, **kwargs)

    results = symbolic.replay(graph.flat_outputs, known, apply)
    inputs = pack(graph.inputs, starts)
    made = type(model) if type(model).__init__ is Model.__init__ else Model
    copy = made(inputs, pack(graph.outputs, results), name=model.name)
    copy.trainable = model.trainable
    return copy


# ── copies and pickles ──


def packed(model: Model) -> tuple[Any, ...]:
    """What makes an equal model again, for `pickle` and `copy`: a file, and the user's classes."""
    from lamina.saving.model_files import write_keras

    content = io.BytesIO()
    write_keras(model, content)
    config = serialize_keras_object(model)
    return unpacked, (content.getvalue(), dict(_own_objects(config)))


def unpacked(content: bytes, objects: dict[str, Any]) -> Any:
    """The model of `packed`."""
    from lamina.saving.model_files import read_keras

    return read_keras(io.BytesIO(content), "a pickled model", objects, safe_mode=False)


def _own_objects(config: Any) -> Iterator[tuple[str, Any]]:
    """Classes and functions of the user's that stand in a configuration."""
    if isinstance(config, list | tuple):
        for item in config:
            yield from _own_objects(item)
    elif isinstance(config, Mapping):
        if isinstance(config.get("class_name"), str) and "config" in config:
            found = own.find(config)
            if found is not None:
                function = config["class_name"] == "function"
                yield config["config"] if function else config["class_name"], found
        for value in config.values():
            yield from _own_objects(value)
