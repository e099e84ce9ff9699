"""Sequential: layers one after another."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from lamina.custom_objects import CustomObjectScope
from lamina.errors import ArgumentError, ArgumentTypeError, StateError
from lamina.graph.strings import STRING
from lamina.graph.structure import flatten
from lamina.graph.tensor import KerasTensor
from lamina.layers.arguments import dtype_config
from lamina.layers.base import Layer, tuples
from lamina.layers.input_layer import InputLayer, input_layer_of
from lamina.layers.serialization import deserialize, serialize
from lamina.models.functional import CallGraph
from lamina.models.model import Model
from lamina.naming import scope


class Sequential(Model):
    """A stack of layers, each with one input and one output.

    It is built as soon as the shape of its input is known: from an `Input`, from `input_shape=` of
    its first layer, or from the first data. Until then it has no weights.

    Args:
        layers: the layers in their order; more can be added.
    """

    def __init__(
        self,
        layers: Sequence[Any] | None = None,
        trainable: bool = True,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name, trainable=trainable)
        self._sequence: list[Layer] = []
        if layers is not None and not isinstance(layers, list | tuple):
            layers = [layers]
        names: set[str] = set()
        for layer in layers or ():
            self._append(layer, names)
        self._rebuild()

    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Puts a layer on top.

        Raises: ArgumentTypeError if it is none, ArgumentError if one has its name, StateError for
            an Input that is not the first.
        """
        self._append(layer, {other.name for other in self._sequence})
        if rebuild:
            self._rebuild()

    def pop(self, rebuild: bool = True) -> Layer:
        """Takes the topmost layer off and returns it."""
        if not self._sequence:
            raise StateError(
                f"Sequential '{self.name}'", "has no layer to take off", "pop()", "add one first"
            )
        layer = self._sequence.pop()
        if rebuild:
            self._rebuild()
        return layer

    def _append(self, layer: Any, names: set[str]) -> None:
        """Puts a layer on top of those that have these names, and adds its own."""
        if isinstance(layer, KerasTensor) and layer.history is None:
            layer = input_layer_of(layer)
        if not isinstance(layer, Layer):
            if not callable(layer) or isinstance(layer, type):
                raise ArgumentTypeError(
                    f"Sequential '{self.name}'", "takes layers",
                    f"{layer!r:.60} of type {type(layer).__name__}",
                    "add Dense(16), for instance (an instance, not the class)",
                )  # fmt: skip
            raise ArgumentTypeError(
                f"Sequential '{self.name}'", "takes layers, not plain functions",
                f"{layer!r:.60}", "wrap the function in a Layer with a call method",
            )  # fmt: skip
        if layer.name in names:
            raise ArgumentError(
                f"Sequential '{self.name}'", "needs layers of different names",
                f"a second layer named '{layer.name}'", "pass name= to one of them",
            )  # fmt: skip
        if isinstance(layer, InputLayer) and self._sequence:
            raise StateError(
                f"Sequential '{self.name}'", "takes an Input only at the beginning",
                f"'{layer.name}' after {len(self._sequence)} layers", "put the Input first",
            )  # fmt: skip
        shape = layer._input_shape_arg
        if not self._sequence and shape is not None:
            self._sequence.append(InputLayer(batch_shape=shape, dtype=layer.dtype))
        self._sequence.append(layer)
        names.add(layer.name)

    def _rebuild(self) -> None:
        """Builds anew if the shape of the input is known, else waits for data."""
        self._graph = None
        self.built = False
        self._forget_programs()
        first = self._sequence[0] if self._sequence else None
        with scope(self.name):
            if isinstance(first, InputLayer) and len(self._sequence) > 1:
                self._build_on(first)
            elif first is not None and isinstance(first, Model) and first._graph is not None:
                # A model of several inputs may come first, and then the stack has as many.
                own = [InputLayer(batch_shape=x.shape, dtype=x.dtype) for x in first.inputs]
                self._build_on(*own)

    def _build_on(self, *starts: InputLayer) -> None:
        inputs = [start.output for start in starts]
        x: Any = inputs if len(inputs) > 1 else inputs[0]
        for layer in self._sequence:
            if layer not in starts:
                x = layer(x)
            if len(flatten(x)) != 1:
                raise ArgumentError(
                    f"Sequential '{self.name}'", "needs layers with one output each",
                    f"{len(flatten(x))} outputs of '{layer.name}'", "use a Functional Model",
                )  # fmt: skip
        self._graph = CallGraph(inputs if len(inputs) > 1 else inputs[0], x, any_size=True)
        self.built = True

    def build(self, input_shape: Any = None) -> None:
        """Builds the layers for inputs of this shape, the batch included."""
        with scope(self.name):
            self._build_for(input_shape)

    def _begins_on_host(self) -> bool:
        first = self._sequence[0] if self._sequence else None
        return getattr(first, "on_host", False)

    def _build_for(self, input_shape: Any, dtype: str | None = None) -> None:
        if self._graph is not None or not self._sequence:
            return
        if input_shape is None:
            raise ArgumentError(
                f"Sequential '{self.name}'", "needs a shape to be built for", "None",
                "pass build((None, 8)), for instance",
            )  # fmt: skip
        if dtype is None:
            dtype = STRING if self._begins_on_host() else self.compute_dtype
        self._build_on(InputLayer(batch_shape=(None, *tuple(input_shape)[1:]), dtype=dtype))

    def _build_with(self, shapes: list[Any], kwargs: dict[str, Any]) -> None:
        # The call that needs the weights stands below the model's name already.
        del kwargs
        self._build_for(shapes[0] if shapes else None)

    def _shown_layers(self) -> list[Layer]:
        return [layer for layer in self._sequence if not isinstance(layer, InputLayer)]

    @property
    def _layers(self) -> list[Layer]:
        return list(self._sequence)

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """The layers applied in turn."""
        if self._graph is None:
            self.build(tuple(inputs.shape))
        if self._graph is None:
            return inputs
        return self._graph.run(inputs, mask)

    def _runs_graph(self) -> bool:
        return type(self).call is Sequential.call

    # ── as a configuration ──

    def get_config(self) -> dict[str, Any]:
        """The layers, and the shape that the model was built for."""
        config: dict[str, Any] = {
            "name": self.name, "trainable": self.trainable, "dtype": dtype_config(self.dtype),
            "layers": [serialize(layer) for layer in self._sequence],
        }  # fmt: skip
        if self._graph is not None:
            config["build_input_shape"] = self._graph.flat_inputs[0].shape
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The model that `get_config` describes.

        Raises: ArgumentError for a configuration that is none.
        """
        from lamina.models.graph_config import entries

        if "layers" not in config:
            return super().from_config(config, custom_objects)
        parameters = inspect.signature(cls.__init__).parameters
        model = cls(name=config.get("name")) if "name" in parameters else cls()
        names = {layer.name for layer in model._sequence}
        with CustomObjectScope(custom_objects or {}):
            for entry in entries(config["layers"], model.name, "layers"):
                model._append(deserialize(entry), names)
        model._rebuild()
        shape = tuples(config.get("build_input_shape"))
        if model._graph is None and shape and not model._begins_on_host():
            model.build(shape)
        model.trainable = config.get("trainable", True)
        return model
