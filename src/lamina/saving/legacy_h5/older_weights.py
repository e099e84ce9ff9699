"""Weights of older Keras in the order and shapes that layers have today."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.layers.gru import GRU
from lamina.layers.lstm import LSTM


def fitted(layer: Any, arrays: Sequence[np.ndarray], root: Any) -> list[np.ndarray]:
    """The arrays of a layer as it has them now.

    Keras 1 wrote a row for each gate of recurrent layers, kernels of one dimension with an axis
    more, and with Theano kernels that are turned; GRU of cuDNN has its biases one after another.
    """
    found = [np.asarray(array) for array in arrays]
    wanted = [tuple(w.shape) for w in [*layer.trainable_weights, *layer.non_trainable_weights]]
    if [a.shape for a in found] == wanted:
        return _turned(layer, found, root)
    inner = getattr(layer, "layer", layer)
    if isinstance(inner, LSTM) and len(found) == 12:
        found = _gates(found, "icfo", "ifco")
    elif isinstance(inner, GRU) and len(found) == 9:
        found = _gates(found, "zrh", "zrh")
    fixed = []
    for array, shape in zip(found, wanted, strict=False):
        if array.size == int(np.prod(shape)) and array.shape != shape:
            array = _reshaped(array, shape)
        fixed.append(array)
    return _turned(layer, fixed + found[len(fixed) :], root)


def _gates(arrays: Sequence[np.ndarray], order: str, now: str) -> list[np.ndarray]:
    """W, U, b of each gate in turn -> the kernels and biases of all gates side by side."""
    of = {gate: arrays[3 * i : 3 * i + 3] for i, gate in enumerate(order)}
    return [np.concatenate([of[gate][part] for gate in now], axis=-1) for part in range(3)]


def _reshaped(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The same numbers where only axes of size 1, or the sizes of two biases, are told apart."""
    if [n for n in array.shape if n != 1] == [n for n in shape if n != 1]:
        return array.reshape(shape)
    if array.ndim == 1 and len(shape) == 2 and shape[0] == 2:
        return array.reshape(shape)
    if array.ndim == 4 and len(shape) == 4 and array.shape[::-1][:2] == shape[2:][::-1][:0:-1]:
        return array
    if array.ndim == 4 and len(shape) == 4 and np.transpose(array, (2, 3, 1, 0)).shape == shape:
        return np.transpose(array, (2, 3, 1, 0))
    return array


def _turned(layer: Any, arrays: list[np.ndarray], root: Any) -> list[np.ndarray]:
    """Kernels of Theano convolve; those of others correlate."""
    backend = root.attrs.get("backend")
    if isinstance(backend, bytes):
        backend = backend.decode("ascii", "replace")
    if str(backend) != "theano" or "Conv" not in type(layer).__name__:
        return arrays
    return [a[tuple(slice(None, None, -1) for _ in range(a.ndim - 2))] if a.ndim > 2 else a
            for a in arrays]  # fmt: skip
