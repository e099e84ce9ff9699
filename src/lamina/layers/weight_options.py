"""What a layer's arguments say of each of its weights: initializer, regularizer, constraint.

The options of a weight "bias" are kept as `bias_initializer`, `bias_regularizer` and
`bias_constraint`, as in Keras; these three functions keep them, use them and write them down.
"""

from __future__ import annotations

from typing import Any

from lamina import constraints, initializers, regularizers
from lamina.graph.variable import Variable
from lamina.layers.base import Layer

_VOCABULARIES: dict[str, Any] = {
    "initializer": initializers,
    "regularizer": regularizers,
    "constraint": constraints,
}


def keep_options(layer: Layer, weight: str, *options: Any) -> None:
    """Keeps the initializer and, where they are given, the regularizer and the constraint."""
    for (kind, vocabulary), option in zip(_VOCABULARIES.items(), options, strict=False):
        setattr(layer, f"{weight}_{kind}", vocabulary.get(option))


def add_weight(
    layer: Layer, weight: str, shape: Any, name: str | None = None, **others: Any
) -> Variable:
    """A weight of the layer, by its options; named as they are unless `name` is given.

    Args:
        others: arguments of `Layer.add_weight`, before the options.
    """
    options = {kind: getattr(layer, f"{weight}_{kind}", None) for kind in _VOCABULARIES}
    return layer.add_weight(shape=shape, name=name or weight, **{**options, **others})


def options_config(layer: Layer, *weights: str) -> dict[str, Any]:
    """The options of these weights as configuration."""
    return {
        name: vocabulary.serialize(getattr(layer, name))
        for weight in weights
        for kind, vocabulary in _VOCABULARIES.items()
        if hasattr(layer, name := f"{weight}_{kind}")
    }
