"""STFT: kernels with which a convolution is a short-time Fourier transform."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina import ops
from lamina.errors import ArgumentError, ShapeError
from lamina.graph import dtypes
from lamina.graph.tensor import Tensor
from lamina.initializers.base import Initializer
from lamina.ops.bells import bell, check_bell

SCALINGS = (None, "density", "spectrum")


class STFT(Initializer):
    """w[t, 0, f] = bell[t] cos(2 pi t f / F) / scale ("real"), or -sin ("imag"), F = 2 (bins - 1).

    Args:
        side: "real" or "imag".
        window: a name of SciPy's ("hann", "hamming", "blackman", ...), weights, or None.
        scaling: "density" (scale = the root of the sum of the squared weights), "spectrum" (the
            sum of the weights' sizes) or None (1).
        periodic: the window's first point would follow its last.

    Raises: ArgumentError for other words.
    """

    def __init__(
        self,
        side: str = "real",
        window: Any = "hann",
        scaling: str | None = "density",
        periodic: bool = False,
    ) -> None:
        for argument, value, legal in (
            ("side", side, ("real", "imag")), ("scaling", scaling, SCALINGS)
        ):  # fmt: skip
            if value not in legal:
                raise ArgumentError(
                    f"STFT({argument}=...)", f"is one of {', '.join(map(repr, legal))}",
                    repr(value), f"pass {legal[-1]!r}",
                )  # fmt: skip
        if isinstance(window, str):
            check_bell("STFT", window)
        self.side, self.window, self.scaling, self.periodic = side, window, scaling, periodic

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        """The kernel (frame length, 1, bins).

        Raises: ShapeError for another rank, and where the window has another length.
        """
        if len(shape) != 3 or shape[2] < 2:
            raise ShapeError(
                "STFT", "makes kernels (frame length, 1, bins), of 2 bins or more",
                f"shape {tuple(shape)}", "use it in a Conv1D of one channel",
            )  # fmt: skip
        length, _, bins = shape
        size = 2 * (bins - 1)
        # Reduced to one turn first, so that it is exact.
        angle = -2 * np.pi * (np.outer(np.arange(length), np.arange(bins)) % size) / size
        waves = np.cos(angle) if self.side == "real" else np.sin(angle)
        kernel = (waves * self._weights(length)[:, None])[:, None, :]
        return ops.broadcast_to(ops.cast(kernel, dtypes.standard(dtype)), tuple(shape))

    def _weights(self, length: int) -> np.ndarray:
        """The scaled window."""
        if self.window is None:
            return np.ones(length)
        if isinstance(self.window, str):
            weights = bell("STFT", self.window, length, self.periodic)
        else:
            weights = np.asarray(self.window, "float64")
        if weights.shape != (length,):
            raise ShapeError(
                "STFT(window=...)", f"needs {length} weights", f"shape {weights.shape}",
                "give one for each point of a frame",
            )  # fmt: skip
        if self.scaling == "density":
            return weights / np.sqrt(np.sum(weights**2))
        return weights / np.sum(np.abs(weights)) if self.scaling == "spectrum" else weights

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        window = self.window.tolist() if hasattr(self.window, "tolist") else self.window
        return {
            "side": self.side, "window": window, "periodic": self.periodic,
            "scaling": self.scaling,
        }  # fmt: skip
