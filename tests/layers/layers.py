"""Every layer, with the arguments and inputs on which the contract is checked: rows of a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Row:
    """A layer: `build(k)` makes it from real Keras or lamina; `shapes` are those of its inputs."""

    build: Callable[[Any], Any]
    shapes: tuple[tuple[int, ...], ...] = ((4, 3),)
    call: dict[str, Any] = field(default_factory=dict)

    def inputs(self) -> Any:
        """Standard normal inputs: an array, or a list of them."""
        stream = np.random.default_rng(7)
        arrays = [stream.normal(size=shape).astype("float32") for shape in self.shapes]
        return arrays[0] if len(arrays) == 1 else arrays


def _made(layer: str, *args: Any, **kwargs: Any) -> Callable[[Any], Any]:
    return lambda k: getattr(k.layers, layer)(*args, **kwargs)


_TWO, _WIDE = ((4, 3), (4, 3)), ((4, 2, 3), (4, 2, 3))
ROWS: dict[str, Row] = {
    "Dense": Row(_made("Dense", 5)),
    "Dense active": Row(_made("Dense", 5, "relu", name="d"), ((4, 2, 3),)),
    "Dense plain": Row(_made("Dense", 5, use_bias=False, kernel_initializer="ones")),
    "Dense kept": Row(
        _made("Dense", 2, kernel_regularizer="l2", bias_regularizer="l2", bias_constraint="non_neg")
    ),
    "Dense activity": Row(_made("Dense", 2, activity_regularizer="l2")),
    "Activation": Row(_made("Activation", "softmax")),
    "Activation own": Row(lambda k: k.layers.Activation(k.ops.tanh)),
    "Dropout": Row(_made("Dropout", 0.5, seed=3)),
    "Dropout 0": Row(_made("Dropout", 0.0, noise_shape=(None, 1)), call={"training": True}),
    "Flatten": Row(_made("Flatten"), ((4, 2, 3),)),
    "Flatten first": Row(_made("Flatten", data_format="channels_first"), ((4, 2, 3, 5),)),
    "Flatten rows": Row(_made("Flatten"), ((4,),)),
    "Reshape": Row(_made("Reshape", (3, 2)), ((4, 6),)),
    "Reshape rest": Row(_made("Reshape", (-1, 2)), ((4, 2, 3),)),
    **{name: Row(_made(name), _TWO) for name in ("Add", "Subtract", "Multiply", "Average")},
    **{name: Row(_made(name), ((4, 3), (4, 3), (4, 3))) for name in ("Maximum", "Minimum")},
    "Add spread": Row(_made("Add"), ((4, 2, 3), (4, 3))),
    "Add one": Row(_made("Add"), ((4, 3), (4, 1))),
    "Concatenate": Row(_made("Concatenate"), ((4, 3), (4, 2), (4, 1))),
    "Concatenate axis": Row(_made("Concatenate", 1), ((4, 2, 3), (4, 5, 3))),
    "Dot": Row(_made("Dot", 1), _TWO),
    "Dot axes": Row(_made("Dot", (2, 1)), ((4, 2, 3), (4, 3, 5))),
    "Dot normalized": Row(_made("Dot", -1, normalize=True), _WIDE),
}
OTHERS = {"Input", "InputLayer", "InputSpec", "Layer"}  # what no data go through
