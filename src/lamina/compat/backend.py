"""`keras.backend` as Keras 1 and 2 had it (`K.mean`, `K.clip`, ...), over lamina.ops.

Most functions are those of lamina.ops, under their own name or another; below stand the few whose
defaults or meaning were others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina import layers, ops
from lamina.compat.spelling import DIM_ORDERINGS
from lamina.errors import ArgumentError, MissingNameError
from lamina.graph.data_format import image_data_format as image_data_format
from lamina.graph.data_format import set_image_data_format as set_image_data_format
from lamina.graph.data_format import standard_data_format
from lamina.graph.dtypes import epsilon as epsilon
from lamina.graph.dtypes import floatx
from lamina.graph.dtypes import set_floatx as set_floatx
from lamina.graph.tensor import Tensor
from lamina.graph.variable import Variable
from lamina.utils import clear_session as clear_session

SAME = (
    "abs", "all", "any", "arange", "binary_crossentropy", "cast", "categorical_crossentropy",
    "clip", "cos", "dot", "elu", "equal", "exp", "eye", "greater", "greater_equal",
    "hard_sigmoid", "in_top_k", "less", "less_equal", "log", "logsumexp", "max", "maximum",
    "mean", "min", "minimum", "not_equal", "one_hot", "ones", "ones_like", "prod", "relu",
    "reshape", "round", "shape", "sigmoid", "sign", "sin", "softmax", "softplus", "softsign",
    "sparse_categorical_crossentropy", "sqrt", "square", "squeeze", "stack", "std",
    "stop_gradient", "sum", "tanh", "tile", "transpose", "var", "zeros", "zeros_like",
)  # fmt: skip
RENAMED = {
    "conv1d": "conv",
    "conv2d": "conv",
    "conv3d": "conv",
    "depthwise_conv2d": "depthwise_conv",
    "separable_conv1d": "separable_conv",
    "separable_conv2d": "separable_conv",
    "constant": "convert_to_tensor",
    "flatten": "ravel",
    "get_value": "convert_to_numpy",
    "permute_dimensions": "transpose",
    "pow": "power",
    "repeat_elements": "repeat",
    "reverse": "flip",
    "switch": "where",
}
OWN = (
    "argmax", "argmin", "batch_flatten", "batch_normalization", "bias_add", "clear_session",
    "concatenate", "cumprod", "cumsum", "epsilon", "expand_dims", "floatx", "gather",
    "image_data_format", "image_dim_ordering", "int_shape", "l2_normalize", "ndim", "pool2d",
    "pool3d", "resize_images", "set_floatx", "set_image_data_format", "set_image_dim_ordering",
    "set_value", "spatial_2d_padding", "temporal_padding", "variable",
)  # fmt: skip
__all__ = sorted((*SAME, *RENAMED, *OWN))


def __getattr__(name: str) -> Any:
    if name in SAME or name in RENAMED:
        return getattr(ops, RENAMED.get(name, name))
    raise MissingNameError(
        "keras.backend", f"has no {name!r} in lamina", f"keras.backend.{name}",
        "use lamina.ops, which has the names of keras.ops",
    )  # fmt: skip


def argmax(x: Any, axis: int = -1) -> Tensor:
    """Places of the largest values, along the last axis by default."""
    return ops.argmax(x, axis)


def argmin(x: Any, axis: int = -1) -> Tensor:
    """Places of the smallest values, along the last axis by default."""
    return ops.argmin(x, axis)


def batch_normalization(
    x: Any, mean: Any, var: Any, beta: Any, gamma: Any, axis: int = -1, epsilon: float = 1e-3
) -> Tensor:
    """gamma (x - mean) / sqrt(var + epsilon) + beta."""
    return ops.batch_normalization(x, mean, var, axis, beta, gamma, epsilon)


def bias_add(x: Any, bias: Any, data_format: str | None = None) -> Tensor:
    """x plus a number for each channel."""
    if standard_data_format("bias_add", data_format) == "channels_first":
        bias = ops.reshape(bias, (-1, *[1] * (len(x.shape) - 2)))
    return ops.add(x, bias)


def pool2d(
    x: Any,
    pool_size: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    pool_mode: str = "max",
) -> Tensor:
    """The largest entry, or for "avg" the mean, of every window of images."""
    if pool_mode not in ("max", "avg"):
        raise ArgumentError(
            "pool2d", "knows 'max' and 'avg'", f"pool_mode={pool_mode!r}", "use one of them"
        )
    pool = ops.max_pool if pool_mode == "max" else ops.average_pool
    return pool(x, pool_size, strides, padding, data_format)


def pool3d(
    x: Any,
    pool_size: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    pool_mode: str = "max",
) -> Tensor:
    """The largest entry, or for "avg" the mean, of every window of volumes."""
    return pool2d(x, pool_size, strides, padding, data_format, pool_mode)


def resize_images(
    x: Any,
    height_factor: int,
    width_factor: int,
    data_format: str | None = None,
    interpolation: str = "nearest",
) -> Any:
    """Images some times as high and wide."""
    return layers.UpSampling2D((height_factor, width_factor), data_format, interpolation)(x)


def spatial_2d_padding(
    x: Any, padding: Any = ((1, 1), (1, 1)), data_format: str | None = None
) -> Any:
    """Images among zeros."""
    return layers.ZeroPadding2D(padding, data_format)(x)


def temporal_padding(x: Any, padding: Any = (1, 1)) -> Tensor:
    """Sequences (B, T, C) between zeros."""
    return ops.pad(x, ((0, 0), tuple(padding), (0, 0)))


def batch_flatten(x: Any) -> Tensor:
    """(B, ...) -> (B, product of the rest)."""
    return ops.reshape(x, (-1, int(np.prod(x.shape[1:]))))


def concatenate(tensors: Sequence[Any], axis: int = -1) -> Tensor:
    """The tensors one after another, along the last axis by default."""
    return ops.concatenate(tensors, axis)


def cumprod(x: Any, axis: int = 0) -> Tensor:
    """Running products, along the first axis by default."""
    return ops.cumprod(x, axis)


def cumsum(x: Any, axis: int = 0) -> Tensor:
    """Running sums, along the first axis by default."""
    return ops.cumsum(x, axis)


def expand_dims(x: Any, axis: int = -1) -> Tensor:
    """A new axis of size 1, the last by default."""
    return ops.expand_dims(x, axis)


def gather(reference: Any, indices: Any) -> Tensor:
    """The rows of `reference` with these numbers."""
    return ops.take(reference, indices, axis=0)


def image_dim_ordering() -> str:
    """Keras 1's name of the data format: "tf" (channels last) or "th" (first)."""
    return "tf" if image_data_format() == "channels_last" else "th"


def set_image_dim_ordering(dim_ordering: str) -> None:
    """Sets the data format by Keras 1's name of it.

    Raises: ArgumentError for anything but "tf" and "th".
    """
    data_format = DIM_ORDERINGS.get(dim_ordering)
    if data_format is None:
        raise ArgumentError(
            "set_image_dim_ordering", "knows 'tf' and 'th'", repr(dim_ordering),
            "use 'tf' for channels last, 'th' for channels first",
        )  # fmt: skip
    set_image_data_format(data_format)


def int_shape(x: Any) -> tuple[int | None, ...]:
    """The shape, None where open."""
    return tuple(x.shape)


def l2_normalize(x: Any, axis: int | None = None) -> Tensor:
    """x / sqrt(max(sum x^2, 1e-12)), the sum along `axis`, by default over all of x."""
    total = ops.sum(ops.square(x), axis=axis, keepdims=True)
    return ops.multiply(x, ops.rsqrt(ops.maximum(total, 1e-12)))


def ndim(x: Any) -> int:
    """The number of axes."""
    return len(x.shape)


def set_value(x: Variable, value: Any) -> None:
    """Gives a variable a new value."""
    x.assign(value)


def variable(value: Any, dtype: Any = None, name: str = "variable") -> Variable:
    """A variable that starts with this value."""
    return Variable(np.asarray(value), dtype=dtype or floatx(), name=name)
