"""`merge(tensors, mode=...)` and the layer `Merge` of Keras 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import layers, models, ops
from lamina.errors import ArgumentError, UnsupportedError
from lamina.graph.structure import flatten
from lamina.layers import merging
from lamina.layers.base import Layer

MODES = {
    "ave": "Average", "max": "Maximum", "mul": "Multiply", "sum": "Add",
}  # fmt: skip
ALL = sorted((*MODES, "concat", "cos", "dot"))


class Cosine(Layer):
    """The cosine of two tensors along an axis of each, as Keras 1 shapes it: (B, 1, ...)."""

    def __init__(self, axes: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dot = layers.Dot(tuple(axes))
        self.axes = axes

    def call(self, inputs: Sequence[Any]) -> Any:
        """x1 . x2 / |x1| |x2|."""
        a, b = inputs
        norms = ops.sqrt(ops.multiply(self.dot([a, a]), self.dot([b, b])))
        return ops.expand_dims(ops.divide(self.dot([a, b]), norms), 1)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "axes": self.axes}


class Joined(Layer):
    """What a function makes of a list of tensors."""

    def __init__(self, function: Any, arguments: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.function, self.arguments = function, arguments or {}

    def call(self, inputs: Sequence[Any]) -> Any:
        """function(inputs)."""
        return self.function(inputs, **self.arguments)


def merge(
    inputs: Sequence[Any],
    mode: Any = "sum",
    concat_axis: int = -1,
    dot_axes: Any = -1,
    output_shape: Any = None,
    output_mask: Any = None,
    arguments: Any = None,
    name: str | None = None,
) -> Any:
    """The tensors joined in this mode, or by a function of their list.

    Shapes follow from the tensors: `output_shape` and `output_mask` are not needed.
    """
    del output_shape, output_mask
    return _layer(mode, concat_axis, dot_axes, arguments, name, inputs)(list(inputs))


def _layer(
    mode: Any, concat_axis: int, dot_axes: Any, arguments: Any, name: Any, inputs: Sequence[Any]
) -> Layer:
    if callable(mode):
        return Joined(mode, arguments, name=name)
    if mode == "concat":
        return layers.Concatenate(axis=concat_axis, name=name)
    if mode in ("dot", "cos"):
        axes = [dot_axes] * 2 if isinstance(dot_axes, int) else list(flatten(dot_axes))
        axes = [axis % len(x.shape) for axis, x in zip(axes, inputs, strict=True)]
        return Cosine(axes, name=name) if mode == "cos" else layers.Dot(tuple(axes), name=name)
    if mode not in MODES:
        raise ArgumentError(
            "merge", f"knows the modes {', '.join(ALL)}", f"mode={mode!r}",
            "use one of them, or a function of the list of tensors",
        )  # fmt: skip
    cls: type[Layer] = getattr(layers, MODES[mode])
    return cls(name=name)


class Merge:
    """`Merge([model_1, model_2], mode=...)` is a model of the inputs of both, with which a
    `Sequential` can begin; without layers it joins the tensors that it is called on.
    """

    def __new__(
        cls,
        layers: Sequence[Any] | None = None,
        mode: Any = "sum",
        concat_axis: int = -1,
        dot_axes: Any = -1,
        output_shape: Any = None,
        output_mask: Any = None,
        arguments: Any = None,
        node_indices: Any = None,
        tensor_indices: Any = None,
        name: str | None = None,
    ) -> Any:
        """The model, or what joins tensors."""
        del node_indices, tensor_indices
        options = (mode, concat_axis, dot_axes, output_shape, output_mask, arguments)
        if not layers:
            return lambda inputs: merge(inputs, *options, name=name)
        outputs = [layer.output for layer in layers]
        inputs = [x for layer in layers for x in flatten([layer.input])]
        alike: dict[int, Any] = {id(x): x for x in inputs}
        return models.Model(list(alike.values()), merge(outputs, *options), name=name)


class MergeFunction(merging.Merge):
    """Keras 2's base of merging layers: a subclass defines `_merge_function(inputs)`."""

    def call(self, inputs: Any) -> Any:
        """What `_merge_function` makes of the inputs."""
        return self._merge_function(inputs)

    def _merge_function(self, inputs: Any) -> Any:
        raise UnsupportedError(
            type(self).__name__, "does not say how it merges", "a class without `_merge_function`",
            "define _merge_function(self, inputs)",
        )  # fmt: skip
