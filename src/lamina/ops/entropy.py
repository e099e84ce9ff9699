"""Cross-entropies, with Keras' meaning: probabilities are normalised, clipped at 1e-7, and
logged.
"""

from __future__ import annotations

from typing import Any

from lamina.errors import ShapeError
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.activation import log_sigmoid, log_softmax
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.public import as_float, axis_of, public

__all__ = ["binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"]


EPSILON = 1e-7


def _log_probabilities(output: Tensor, from_logits: bool, axis: int) -> Tensor:
    if from_logits:
        return as_tensor(log_softmax(output, axis))
    scaled = p.div(output, p.reduce_sum(output, (axis,), keepdims=True))
    return p.log(p.min_(p.max_(scaled, EPSILON), 1.0 - EPSILON))


@public
def categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """-sum target log p along `axis`, for targets in the shape of the output."""
    output = as_float(output)
    target = p.cast(as_tensor(target), output.dtype)
    _check_shapes("categorical_crossentropy", target, output)
    place = axis_of("categorical_crossentropy", axis, output.ndim)
    logs = _log_probabilities(output, from_logits, place)
    return p.neg(p.reduce_sum(p.mul(target, logs), (place,)))


@public
def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """-log p of the class that the target names; the target lacks `axis`, or has it with size 1."""
    output = as_float(output)
    target = as_tensor(target)
    place = axis_of("sparse_categorical_crossentropy", axis, output.ndim)
    if target.ndim == output.ndim and shape_of(target)[-1] == 1:
        target = p.reshape(target, shape_of(target)[:-1])
    sizes = shape_of(output)
    rest = tuple(n for i, n in enumerate(sizes) if i != place)
    if shape_of(target) != rest:
        raise ShapeError(
            "ops.sparse_categorical_crossentropy", "needs one class for each row of the output",
            f"target {shape_of(target)} for output {sizes}", f"pass a target of shape {rest}",
        )  # fmt: skip
    logs = _log_probabilities(output, from_logits, place)
    line = [sizes[place] if i == place else 1 for i in range(len(sizes))]
    wide = p.reshape(p.cast(target, "int32"), [1 if i == place else n for i, n in enumerate(sizes)])
    chosen = p.cast(p.eq(wide, p.iota(line, place, "int32")), output.dtype)
    return p.neg(p.reduce_sum(p.mul(chosen, logs), (place,)))


@public
def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Tensor:
    """-(t log p + (1 - t) log(1 - p)), entry by entry."""
    output = as_float(output)
    target = p.cast(as_tensor(target), output.dtype)
    _check_shapes("binary_crossentropy", target, output)
    if from_logits:
        hit = p.mul(target, as_tensor(log_sigmoid(output)))
        return p.neg(p.add(hit, p.mul(p.sub(1.0, target), as_tensor(log_sigmoid(p.neg(output))))))
    output = p.min_(p.max_(output, EPSILON), 1.0 - EPSILON)
    hit = p.mul(target, p.log(output))
    miss = p.mul(p.sub(1.0, target), p.log(p.sub(1.0, output)))
    return p.neg(p.add(hit, miss))


def _check_shapes(name: str, target: Tensor, output: Tensor) -> None:
    if shape_of(target) != shape_of(output):
        raise ShapeError(
            f"ops.{name}", "needs targets in the shape of the outputs",
            f"target {shape_of(target)}, output {shape_of(output)}",
            "one-hot encode the labels, or give the last layer as many units",
        )  # fmt: skip
