"""MelSpectrogram: how loud a signal is in bands as the ear hears them, at which time."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina import ops
from lamina.errors import ArgumentError
from lamina.graph import dtypes
from lamina.graph.tensor import Tensor
from lamina.layers.base import Layer
from lamina.layers.sizes import count_of


def mel(hertz: Any) -> Any:
    """1127 ln(1 + f / 700): the pitch of a frequency (O'Shaughnessy 1987; HTK)."""
    return 1127.0 * np.log1p(np.asarray(hertz, "float64") / 700.0)


def mel_bands(
    num_bands: int, num_frequencies: int, rate: float, lowest: float, highest: float
) -> np.ndarray:
    """(num_frequencies, num_bands), float64: for each frequency, from 0 to half the `rate`, its
    part in each band: triangles of height 1 on the mel scale, between two frequencies in hertz;
    none at 0 Hz.
    """
    pitches = mel(np.linspace(0.0, rate / 2, num_frequencies))[:, None]
    edges = np.linspace(mel(lowest), mel(highest), num_bands + 2)
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (pitches - low) / (middle - low), (high - pitches) / (high - middle)
    bands = np.maximum(0.0, np.minimum(rising, falling))
    bands[0] = 0.0
    return bands


class MelSpectrogram(Layer):
    """The short-time Fourier transform's amplitude, to `mag_exp`, in triangular bands of the mel
    scale, in decibels.

    Shapes: x (n,) -> y (num_mel_bins, n // sequence_stride + 1); x (B, n) -> (B, ..., ...).
    Args:
        fft_length, sequence_stride, sequence_length, window: see ops.stft; pieces are centered.
        sampling_rate: points a second.
        num_mel_bins, min_freq, max_freq: how many bands, between which frequencies in hertz;
            max_freq by default half the sampling rate.
        power_to_db: 10 log10(y / ref_power), nothing below min_power, nor more than top_db below
            the loudest entry of the batch.
        mag_exp: 1 for amplitude, 2 for power.

    Raises: ArgumentError for a sequence longer than fft_length.
    """

    def __init__(
        self,
        fft_length: int = 2048,
        sequence_stride: int = 512,
        sequence_length: int | None = None,
        window: Any = "hann",
        sampling_rate: int = 16000,
        num_mel_bins: int = 128,
        min_freq: float = 20.0,
        max_freq: float | None = None,
        power_to_db: bool = True,
        top_db: float = 80.0,
        mag_exp: float = 2.0,
        min_power: float = 1e-10,
        ref_power: float = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        where = "MelSpectrogram"
        self.fft_length = count_of(where, "fft_length", fft_length)
        self.sequence_stride = count_of(where, "sequence_stride", sequence_stride)
        self.sequence_length = count_of(where, "sequence_length", sequence_length or fft_length)
        self.num_mel_bins = count_of(where, "num_mel_bins", num_mel_bins)
        if self.sequence_length > self.fft_length:
            raise ArgumentError(
                f"{where}(sequence_length=...)", f"is at most fft_length, {fft_length}",
                f"sequence_length={sequence_length}", "raise fft_length",
            )  # fmt: skip
        self.window, self.sampling_rate = window, sampling_rate
        self.min_freq, self.max_freq = min_freq, max_freq or sampling_rate // 2
        self.power_to_db, self.top_db, self.mag_exp = power_to_db, top_db, mag_exp
        self.min_power, self.ref_power = min_power, ref_power
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The bands by time."""
        dtype = self.compute_dtype if self.compute_dtype == "float64" else "float32"
        real, imaginary = ops.stft(
            ops.cast(inputs, dtype), self.sequence_length, self.sequence_stride, self.fft_length,
            self.window, center=True,
        )  # fmt: skip
        amplitude = ops.sqrt(ops.add(ops.square(real), ops.square(imaginary)))
        bins = self.fft_length // 2 + 1
        bands = self.linear_to_mel_weight_matrix(
            self.num_mel_bins, bins, self.sampling_rate, self.min_freq, self.max_freq, dtype
        )
        y = ops.matmul(ops.power(amplitude, self.mag_exp), bands)
        if self.power_to_db:
            y = self._decibels(y)
        return ops.cast(ops.swapaxes(y, -1, -2), self.compute_dtype)

    def _decibels(self, power: Any) -> Any:
        quiet = ops.multiply(10.0, ops.log10(ops.maximum(power, self.min_power)))
        level = 10.0 * float(np.log10(max(abs(self.ref_power), self.min_power)))
        y = ops.subtract(quiet, level)
        return ops.maximum(y, ops.subtract(ops.max(y), self.top_db))

    def linear_to_mel_weight_matrix(
        self,
        num_mel_bins: int = 20,
        num_spectrogram_bins: int = 129,
        sampling_rate: float = 8000,
        lower_edge_hertz: float = 125.0,
        upper_edge_hertz: float = 3800.0,
        dtype: str = "float32",
    ) -> Tensor:
        """(num_spectrogram_bins, num_mel_bins): see `mel_bands`."""
        bands = mel_bands(
            num_mel_bins, num_spectrogram_bins, sampling_rate, lower_edge_hertz, upper_edge_hertz
        )
        return ops.convert_to_tensor(bands, dtypes.standard(dtype))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        names = (
            "fft_length", "sequence_stride", "sequence_length", "window", "sampling_rate",
            "num_mel_bins", "min_freq", "max_freq", "power_to_db", "top_db", "mag_exp",
            "min_power", "ref_power",
        )  # fmt: skip
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
