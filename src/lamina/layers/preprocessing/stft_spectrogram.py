"""STFTSpectrogram: which frequencies a signal has at which time, by kernels that can be trained."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.errors import ArgumentError, DtypeError
from lamina.graph import dtypes
from lamina.graph.data_format import standard_data_format
from lamina.initializers import STFT
from lamina.layers.base import Layer
from lamina.layers.input_spec import InputSpec
from lamina.layers.preprocessing.choosing import one_of
from lamina.layers.sizes import count_of, padding_of

MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")


class STFTSpectrogram(Layer):
    """The short-time Fourier transform of each channel, as a convolution.

    Shapes: x (B, T, C) -> y (B, frames, C bins), or (B, frames, bins, C) with `expand_dims`; with
        "channels_first" x (B, C, T) -> y (B, C bins, frames) or (B, C, frames, bins). Weights
        real_kernel, imag_kernel (frame_length, 1, fft_length // 2 + 1) each, without the one that
        the mode does not use; bins are fft_length // 2 + 1, twice that with "stft".
    Start:  initializers.STFT.
    Args:
        mode: "log" and "magnitude" of the amplitude, "psd" (its square, both sides together),
            "real", "imag", "angle", or "stft" (real, then imaginary).
        frame_length, frame_step: points of a frame, and from one to the next (half of that).
        fft_length: at least frame_length; by default the next power of 2.
        window, periodic, scaling: see initializers.STFT.
        padding: "valid" or "same".

    Raises: ArgumentError for sizes or words that are not these; DtypeError for whole numbers.
    """

    def __init__(
        self,
        mode: str = "log",
        frame_length: int = 256,
        frame_step: int | None = None,
        fft_length: int | None = None,
        window: Any = "hann",
        periodic: bool = False,
        scaling: str | None = "density",
        padding: str = "valid",
        expand_dims: bool = False,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        where = "STFTSpectrogram"
        self.mode = one_of(where, "mode", mode, MODES)
        self.frame_length = count_of(where, "frame_length", frame_length)
        self.frame_step, self.fft_length = frame_step, fft_length
        self._step = frame_length // 2 if frame_step is None else frame_step
        self._size = 1 << (frame_length - 1).bit_length() if fft_length is None else fft_length
        if not 1 <= self._step <= frame_length:
            raise ArgumentError(
                f"{where}(frame_step=...)", f"is from 1 to the frame's length, {frame_length}",
                f"frame_step={self._step}", "pass frame_length // 2",
            )  # fmt: skip
        if self._size < frame_length or self._size < 2:
            raise ArgumentError(
                f"{where}(fft_length=...)", f"is at least the frame's length, {frame_length}",
                f"fft_length={self._size}", "leave it out",
            )  # fmt: skip
        self.window, self.periodic, self.scaling = window, periodic, scaling
        self._starts = {side: STFT(side, window, scaling, periodic) for side in ("real", "imag")}
        self.padding = padding_of(where, padding)
        self.expand_dims = expand_dims
        self.data_format = standard_data_format(where, data_format)
        self.input_spec = InputSpec(ndim=3)

    def build(self, input_shape: Any) -> None:
        """Makes the kernels that the mode uses."""
        shape = (self.frame_length, 1, self._size // 2 + 1)
        sides = [
            side for side in ("real", "imag") if self.mode in (side, *set(MODES) - {"real", "imag"})
        ]
        for side in sides:
            weight = self.add_weight(
                name=f"{side}_kernel", shape=shape, initializer=self._starts[side]
            )
            setattr(self, f"{side}_kernel", weight)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The spectrogram."""
        if not dtypes.is_float(inputs.dtype):
            raise DtypeError(
                f"STFTSpectrogram '{self.name}'", "takes floats", str(inputs.dtype),
                "divide whole numbers by their largest, or cast them",
            )  # fmt: skip
        first = self.data_format == "channels_first"
        x = ops.transpose(inputs, (0, 2, 1)) if first else inputs
        y = self._in_mode(x)  # (B, frames, C, bins)
        if self.expand_dims:
            return ops.transpose(y, (0, 2, 1, 3) if first else (0, 1, 3, 2))
        y = ops.reshape(y, (-1, y.shape[1], y.shape[2] * y.shape[3]))
        return ops.transpose(y, (0, 2, 1)) if first else y

    def _in_mode(self, x: Any) -> Any:
        if self.mode in ("real", "imag"):
            return self._frames(x, getattr(self, f"{self.mode}_kernel"))
        real, imaginary = self._frames(x, self.real_kernel), self._frames(x, self.imag_kernel)
        if self.mode == "angle":
            return ops.arctan2(imaginary, real)
        if self.mode == "stft":
            return ops.concatenate([real, imaginary], axis=3)
        power = ops.add(ops.square(real), ops.square(imaginary))
        if self.mode == "psd":
            inner = ops.pad(power[:, :, :, 1:-1], ((0, 0), (0, 0), (0, 0), (1, 1)))
            return ops.add(power, inner)
        least = dtypes.epsilon()
        amplitude = ops.sqrt(ops.maximum(power, least))
        if self.mode == "magnitude":
            return amplitude
        return ops.log(ops.maximum(amplitude, least))

    def _frames(self, x: Any, kernel: Any) -> Any:
        """Each channel by the kernel: (B, T, C) -> (B, frames, C, bins)."""
        channels, bins = x.shape[2], kernel.shape[2]
        each = ops.tile(ops.cast(kernel, x.dtype), (1, 1, channels))
        y = ops.conv(x, each, self._step, self.padding, "channels_last")
        return ops.reshape(y, (-1, y.shape[1], channels, bins))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        window = self.window.tolist() if hasattr(self.window, "tolist") else self.window
        return {
            **super().get_config(), "mode": self.mode, "frame_length": self.frame_length,
            "frame_step": self.frame_step, "fft_length": self.fft_length, "window": window,
            "periodic": self.periodic, "scaling": self.scaling, "padding": self.padding,
            "data_format": self.data_format, "expand_dims": self.expand_dims,
        }  # fmt: skip
