"""Lambda: a function as a layer."""

from __future__ import annotations

import builtins
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from lamina.errors import ArgumentTypeError
from lamina.layers.base import Layer
from lamina.layers.function_configs import code_allowed, config_of, function_of

Function = Callable[..., Any]


class Lambda(Layer):
    """y = function(x, **arguments), written with lamina.ops, and compiled like any layer.

    Args:
        function: takes the inputs; if it has the parameters `mask` and `training`, these too.
        output_shape: of a row, or a function from the inputs' shape to that of the outputs; by
            default what the function gives.
        mask: the mask that goes on: a tensor, or a function (inputs, mask) -> mask.
        arguments: further arguments of the function by name.

    Raises: ArgumentTypeError if `function` is none.
    Keras:  same arguments. The code of a lambda is loaded from a file only with safe_mode=False.
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
        config: dict[str, Any] = {**super().get_config(), "function": config_of(self.function)}
        for name, value in (("output_shape", self._output_shape), ("mask", self.mask)):
            if value is not None:
                config[name] = config_of(value) if callable(value) else value
        return {**config, "arguments": dict(self.arguments)}

    @classmethod
    def from_config(
        cls,
        config: dict[str, Any],
        custom_objects: Mapping[str, Any] | None = None,
        safe_mode: bool | None = None,
    ) -> Any:
        """The layer that `get_config` describes.

        Args:
            safe_mode: False runs the code of a lambda that the configuration holds; True or None
                leave that to the file that is being loaded, if any.

        Raises: UnsupportedError for a function that this process does not know.
        """
        if safe_mode is False:
            with code_allowed({"__builtins__": builtins}):
                return cls.from_config(config, custom_objects)
        config = dict(config)
        for name in ("function", "output_shape", "mask"):
            if isinstance(config.get(name), Mapping):
                config[name] = function_of(config[name], custom_objects)
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
