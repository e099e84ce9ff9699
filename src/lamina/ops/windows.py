"""Window functions of signal processing: bell-shaped weights of a given length."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.graph import dtypes
from lamina.graph.tensor import Tensor
from lamina.ops.dispatch import as_tensor

__all__ = ["bartlett", "blackman", "hamming", "hanning", "kaiser"]


def _window(name: str, formula: Callable[[int], np.ndarray], doc: str) -> Callable[[Any], Tensor]:
    def function(x: Any) -> Tensor:
        return as_tensor(formula(int(x)).astype(dtypes.floatx()))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


bartlett = _window("bartlett", np.bartlett, "A triangle over x points, 0 at both ends.")
blackman = _window("blackman", np.blackman, "Blackman's window of x points: three cosines.")
hamming = _window("hamming", np.hamming, "Hamming's window: 0.54 - 0.46 cos, of x points.")
hanning = _window("hanning", np.hanning, "Hann's window: 0.5 - 0.5 cos, of x points.")


def kaiser(x: Any, beta: Any) -> Tensor:
    """Kaiser's window of x points: I0(beta sqrt(1 - t^2)) / I0(beta)."""
    return as_tensor(np.kaiser(int(x), float(beta)).astype(dtypes.floatx()))
