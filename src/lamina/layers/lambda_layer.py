"""Lambda: a function as a layer.

A configuration names the function, or holds a lambda's code as Keras writes it. Code is never run
from a configuration: one that this process wrote gives back the function it was written for, any
other must be found in `custom_objects`, by its name.
"""

from __future__ import annotations

import base64
import inspect
import marshal
import types
from collections.abc import Callable, Mapping
from typing import Any

from lamina.errors import ArgumentTypeError, UnsupportedError
from lamina.graph.structure import map_structure
from lamina.layers.base import Layer

Function = Callable[..., Any]
# The functions whose configuration was asked for in this process, by that configuration.
_written: dict[str, Function] = {}


class Lambda(Layer):
    """y = function(x, **arguments), written with lamina.ops, and compiled like any layer.

    Args:
        function: takes the inputs; if it has the parameters `mask` and `training`, these too.
        output_shape: of a row, or a function from the inputs' shape to that of the outputs; by
            default what the function gives.
        mask: the mask that goes on: a tensor, or a function (inputs, mask) -> mask.
        arguments: further arguments of the function by name.

    Raises: ArgumentTypeError if `function` is none.
    Keras:  same arguments. The code of lambdas is not loaded from files.
    """

    def __init__(
        self, function: Function, output_shape: Any = None, mask: Any = None,
        arguments: Mapping[str, Any] | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        if not callable(function):
            raise ArgumentTypeError(
                "Lambda(function=...)", "needs a function", repr(function),
                "pass lambda x: x ** 2, for instance",
            )  # fmt: skip
        super().__init__(**kwargs)
        self.function, self.arguments = function, dict(arguments or {})
        self.mask, self._output_shape = mask, output_shape
        self.supports_masking = mask is not None
        self._takes_now = [name for name in ("mask", "training") if name in _names(function)]

    def call(self, inputs: Any, mask: Any = None, training: Any = None) -> Any:
        """What the function makes of the inputs."""
        known = {"mask": mask, "training": training}
        now = {name: known[name] for name in self._takes_now}
        return self.function(inputs, **self.arguments, **now)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """The mask that goes on."""
        return self.mask(inputs, previous_mask) if callable(self.mask) else self.mask

    def _states_spec(self) -> bool:
        return self._output_shape is not None

    def compute_output_shape(self, input_shape: Any) -> Any:
        """What was stated, or what the function gives for inputs of this shape."""
        if self._output_shape is None:
            return super().compute_output_shape(input_shape)
        if callable(self._output_shape):
            return self._output_shape(input_shape)
        batch = _first_size(input_shape)
        if _is_shape(self._output_shape):
            return (batch, *self._output_shape)
        return [(batch, *shape) for shape in self._output_shape]

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        config: dict[str, Any] = {**super().get_config(), "function": written(self.function)}
        for name, value in (("output_shape", self._output_shape), ("mask", self.mask)):
            if value is not None:
                config[name] = written(value) if callable(value) else value
        return {**config, "arguments": dict(self.arguments)}

    @classmethod
    def from_config(
        cls,
        config: dict[str, Any],
        custom_objects: Mapping[str, Any] | None = None,
        safe_mode: bool | None = None,
    ) -> Any:
        """The layer that `get_config` describes; of `safe_mode` either way no code is run.

        Raises: UnsupportedError for a function that this process does not know.
        """
        config = dict(config)
        for name in ("function", "output_shape", "mask"):
            if isinstance(config.get(name), Mapping):
                config[name] = _known(config[name], custom_objects or {})
        shape = config.get("output_shape")
        if isinstance(shape, list) and _is_shape(shape):
            config["output_shape"] = tuple(shape)
        return cls(**config)


def _names(function: Function) -> list[str]:
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # some builtins do not say
        return []


def _is_shape(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(n is None or isinstance(n, int) for n in value)


def _first_size(shape: Any) -> int | None:
    """The batch of a shape, or of the first of several."""
    if isinstance(shape, Mapping):
        shape = next(iter(shape.values()))
    while isinstance(shape[0], list | tuple):
        shape = shape[0]
    return shape[0]


def written(function: Function) -> dict[str, Any]:
    """The configuration of a function; that of a lambda holds its code, for Keras to load."""
    if isinstance(function, types.FunctionType) and function.__name__ == "<lambda>":
        code = base64.b64encode(marshal.dumps(function.__code__)).decode("ascii")
        closure = tuple(_plain(cell.cell_contents) for cell in function.__closure__ or ())
        defaults = function.__defaults__
        config: dict[str, Any] = {
            "class_name": "__lambda__",
            "config": {
                "code": f"{code}\n",
                "defaults": None if defaults is None else map_structure(_plain, defaults),
                "closure": closure or None,
            },
        }
    else:
        name = getattr(function, "__name__", type(function).__name__)
        config = {
            "module": getattr(function, "__module__", None), "class_name": "function",
            "config": name, "registered_name": name,
        }  # fmt: skip
    _written[repr(config)] = function
    return config


def _plain(value: Any) -> Any:
    """A value as JSON holds it; of anything else its description."""
    return value if isinstance(value, bool | int | float | str | None) else repr(value)


def _known(config: Mapping[str, Any], custom_objects: Mapping[str, Any]) -> Function:
    """The function of a configuration."""
    name = config.get("config")
    if isinstance(name, str):
        if name in custom_objects:
            return custom_objects[name]
        if config.get("module") in ("keras.activations", "builtins", "keras.ops"):
            from lamina import activations

            if name in activations.REGISTRY.table:
                return activations.REGISTRY.table[name]
    if repr(dict(config)) in _written:
        return _written[repr(dict(config))]
    raise UnsupportedError(
        "Lambda", "runs no code from a file or a configuration",
        f"the function {name!r}" if isinstance(name, str) else "the code of a lambda",
        "build the model by its own code and load its weights; a function with a name is found "
        "in custom_objects",
    )  # fmt: skip
