"""Configurations of Keras 1 and 2 -> models.

What differs from today's: layers stand without their modules, the first has the shape of the input,
calls are lists of [layer, call, output, arguments], names of arguments are those of their time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lamina.compat.saved_arguments import arguments
from lamina.configurations import deserialize_keras_object, special_value
from lamina.errors import ArgumentError
from lamina.graph.structure import flatten
from lamina.graph.tensor import KerasTensor
from lamina.layers import serialization
from lamina.layers.base import Layer, tuples
from lamina.layers.input_layer import InputLayer
from lamina.layers.wrapper import Wrapper
from lamina.models import Functional, Model, Sequential
from lamina.models.graph_config import op_of

# Names of classes that Keras 3 has under another one.
_RENAMED = {
    "CuDNNLSTM": "LSTM", "CuDNNGRU": "GRU", "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization", "LSTMV2": "LSTM", "GRUV2": "GRU",
    "TimeDistributedDense": "Dense", "AtrousConvolution2D": "Conv2D",
    "AtrousConvolution1D": "Conv1D", "Deconvolution2D": "Conv2DTranspose",
}  # fmt: skip
# Arguments of `compile` that models of today do not take.
_COMPILE = {"loss", "loss_weights", "metrics", "weighted_metrics", "run_eagerly"}


def model_of(config: Mapping[str, Any]) -> Any:
    """The model of a configuration with its class.

    Raises: ArgumentError for a class that is not known.
    """
    if "module" in config:
        return deserialize_keras_object(config)
    name, inner = config.get("class_name"), config.get("config")
    if name == "Sequential" or isinstance(inner, list):
        return _sequential(inner)
    if isinstance(inner, Mapping) and (name in ("Model", "Functional") or _is_graph(inner)):
        plain = name in ("Model", "Functional")
        cls = Model if plain else serialization.class_of(config, None)
        return _functional(cls, inner)
    return layer_of(config)


def _is_graph(config: Any) -> bool:
    return isinstance(config, Mapping) and {"layers", "input_layers"} <= set(config)


def _sequential(config: Any) -> Any:
    entries = config if isinstance(config, list) else config["layers"]
    model = Sequential(name=None if isinstance(config, list) else config.get("name"))
    for entry in entries:
        model.add(layer_of(entry), rebuild=False)
    model._rebuild()
    shape = None if isinstance(config, list) else tuples(config.get("build_input_shape"))
    if model._graph is None and shape:
        model.build(shape)
    return model


def layer_of(entry: Mapping[str, Any]) -> Any:
    """The layer of an entry, arguments of its time read as such.

    Raises: ArgumentError for a class that is not known.
    """
    if not isinstance(entry, Mapping) or not {"class_name", "config"} <= set(entry):
        raise ArgumentError(
            "a configuration", "needs 'class_name' and 'config' of each layer", f"{entry!r:.80}",
            "use a file that Keras has written",
        )  # fmt: skip
    if "module" in entry:
        return deserialize_keras_object(entry)
    name, config = str(entry["class_name"]), entry["config"]
    if name in ("Sequential", "Model", "Functional") or isinstance(config, list):
        return model_of(entry)
    cls = serialization.class_of({**entry, "class_name": _RENAMED.get(name, name)}, None)
    if not cls.__module__.startswith("lamina."):
        return cls.from_config(dict(config))
    return _made(cls, serialization.offered(config))


def _made(cls: Any, config: dict[str, Any]) -> Any:
    shape = config.get("batch_input_shape")
    for key in ("layer", "backward_layer"):
        if issubclass(cls, Wrapper) and isinstance(config.get(key), Mapping):
            config[key] = serialization.serialize(layer_of(config[key]))
    dtype = config.get("dtype")
    if isinstance(dtype, Mapping) and "module" not in dtype:
        config["dtype"] = dtype.get("config", {}).get("name", "float32")
    if cls is InputLayer:
        shape = shape or config.get("batch_shape")
        return InputLayer(batch_shape=tuples(shape), dtype=config.get("dtype"),
                          name=config.get("name"))  # fmt: skip
    generation = 1 if {"init", "output_dim", "nb_filter", "W_regularizer", "p"} & set(config) else 2
    layer = cls.from_config(arguments(cls, config, generation))
    if shape is not None and isinstance(layer, Layer):
        layer._input_shape_arg = tuples(shape)
    return layer


# ── graphs ──


def _functional(cls: Any, config: Mapping[str, Any]) -> Any:
    reader = _Graph(config)
    inputs = reader.mapped(config["input_layers"])
    outputs = reader.mapped(config["output_layers"])
    return cls(inputs=inputs, outputs=outputs, name=config.get("name"))


class _Graph:
    """Makes layers and calls them as soon as what a call needs is there."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.made: dict[str, Any] = {}
        self.results: dict[tuple[str, int], list[Any]] = {}
        waiting: dict[tuple[str, int], Any] = {}
        for entry in config["layers"]:
            name = str(entry.get("name") or entry["config"]["name"])
            self.made[name] = layer = op_of(entry) or layer_of(entry)
            if isinstance(layer, InputLayer):
                self.results[name, 0] = [layer.output]
            for i, node in enumerate(entry.get("inbound_nodes") or []):
                waiting[name, i] = node
        self._run(waiting)

    def _run(self, waiting: dict[tuple[str, int], Any]) -> None:
        while waiting:
            ready = [key for key, node in waiting.items() if self._ready(key, node)]
            if not ready:
                raise ArgumentError(
                    "a configuration", "has layers that wait for each other, or for some that are "
                    "not there", ", ".join(sorted({name for name, _ in waiting}))[:200],
                    "use a file that Keras has written",
                )  # fmt: skip
            for name, i in ready:
                self._call(name, i, waiting.pop((name, i)))

    def _ready(self, key: tuple[str, int], node: Any) -> bool:
        name, i = key
        first = i == 0 or (name, i - 1 + self._offset(name)) in self.results
        return first and all((p[0], p[1]) in self.results for p in _places(node))

    def _offset(self, name: str) -> int:
        return 1 if isinstance(self.made[name], Functional | Sequential) else 0

    def _call(self, name: str, i: int, node: Any) -> None:
        layer = self.made[name]
        if isinstance(node, Mapping):
            args = [self._value(value) for value in node.get("args", [])]
            kwargs = {key: self._value(value) for key, value in node.get("kwargs", {}).items()}
        else:
            places = [node] if _is_place(node) else list(node)
            tensors = [self.tensor(place) for place in places]
            given = places[0][3] if places and len(places[0]) > 3 else {}
            kwargs = {key: self._value(value) for key, value in (given or {}).items()}
            args = [tensors[0] if len(tensors) == 1 else tensors]
        kwargs = {key: value for key, value in kwargs.items() if not _is_default(key, value)}
        outputs = layer(*args, **kwargs)
        self.results[name, i + self._offset(name)] = flatten(outputs)
        if self._offset(name):  # Keras 2 counts calls of a Sequential from 1, some files from 0
            self.results.setdefault((name, i), flatten(outputs))

    def _value(self, value: Any) -> Any:
        if isinstance(value, Mapping) and value.get("class_name") == "__keras_tensor__":
            return self.tensor(value["config"]["keras_history"])
        if isinstance(value, Mapping) and str(value.get("class_name", "")).startswith("__"):
            return special_value(value)
        if _is_place(value) and (value[0], value[1]) in self.results:
            return self.tensor(value)
        if isinstance(value, list | tuple):
            return [self._value(item) for item in value]
        return value

    def tensor(self, place: Any) -> KerasTensor:
        """The symbolic tensor at [name, call, output]."""
        return self.results[place[0], place[1]][place[2]]

    def mapped(self, structure: Any) -> Any:
        """A structure of places as one of symbolic tensors; of one place the tensor."""
        if _is_place(structure):
            return self.tensor(structure)
        if isinstance(structure, Mapping):
            return {key: self.mapped(value) for key, value in structure.items()}
        found = [self.mapped(entry) for entry in structure]
        return found[0] if len(found) == 1 else found


def _is_default(key: str, value: Any) -> bool:
    return key in ("mask", "training") and value in (None, False)


def _is_place(value: Any) -> bool:
    return (
        isinstance(value, list | tuple) and len(value) >= 3 and isinstance(value[0], str)
        and all(isinstance(n, int) for n in value[1:3])
    )  # fmt: skip


def _places(value: Any) -> list[Any]:
    """All places in a call."""
    if isinstance(value, Mapping):
        if value.get("class_name") == "__keras_tensor__":
            return [value["config"]["keras_history"]]
        return [p for item in value.values() for p in _places(item)]
    if _is_place(value):
        return [value, *(_places(value[3]) if len(value) > 3 else [])]
    if isinstance(value, list | tuple):
        return [p for item in value for p in _places(item)]
    return []


# ── compile ──


def compile_arguments(config: Any) -> dict[str, Any]:
    """The arguments of `compile` from a training configuration."""
    if not isinstance(config, Mapping):
        raise ArgumentError(
            "a training configuration", "needs a dictionary", f"{config!r:.80}",
            "use a file that Keras has written",
        )  # fmt: skip
    found = {key: _known(value) for key, value in config.items() if key in _COMPILE}
    if config.get("sample_weight_mode"):
        found.pop("sample_weight_mode", None)
    return {**found, "optimizer": _optimizer(config.get("optimizer_config"))}


def _known(value: Any) -> Any:
    return deserialize_keras_object(value)


def _optimizer(config: Any) -> Any:
    from lamina import optimizers

    if config is None:
        return None
    if not isinstance(config, Mapping) or "module" in config:
        return deserialize_keras_object(config)
    inner = dict(config.get("config") or {})
    rate = inner.pop("lr", None)
    if rate is not None:
        inner.setdefault("learning_rate", rate)
    name = str(config.get("class_name"))
    cls: Any = optimizers.REGISTRY.find(name)
    if isinstance(inner.get("learning_rate"), Mapping):
        inner["learning_rate"] = optimizers.schedules.deserialize(inner["learning_rate"])
    return cls.from_config(arguments(cls, inner, 2))
