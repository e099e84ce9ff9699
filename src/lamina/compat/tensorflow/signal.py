"""`tf.signal`: frames, windows, Fourier transforms and mel scales."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina import ops
from lamina.compat.tensorflow.complex_numbers import Complex, parts
from lamina.errors import ArgumentError
from lamina.graph.tensor import Array
from lamina.layers.preprocessing.mel_spectrogram import mel_bands
from lamina.ops.bells import bell
from lamina.ops.public import public

__all__ = [
    "dct", "fft", "frame", "hamming_window", "hann_window", "ifft", "inverse_stft", "irfft",
    "linear_to_mel_weight_matrix", "mfccs_from_log_mel_spectrograms", "overlap_and_add", "rfft",
    "stft",
]  # fmt: skip
Window = Callable[..., Any]


# ── windows and frames ──


def hann_window(
    window_length: Any, periodic: bool = True, dtype: Any = "float32", name: str | None = None
) -> Any:
    """Hann's bell; of an odd length it is never periodic, as TensorFlow has it."""
    return _bell("hann", window_length, periodic, dtype)


def hamming_window(
    window_length: Any, periodic: bool = True, dtype: Any = "float32", name: str | None = None
) -> Any:
    """Hamming's bell; of an odd length it is never periodic, as TensorFlow has it."""
    return _bell("hamming", window_length, periodic, dtype)


def _bell(name: str, length: Any, periodic: bool, dtype: Any) -> Any:
    n = int(length)
    return Array(bell("tf.signal", name, n, periodic and n % 2 == 0).astype(str(dtype)))


@public
def frame(
    signal: Any, frame_length: Any, frame_step: Any, pad_end: bool = False, pad_value: Any = 0,
    axis: int = -1, name: str | None = None,
) -> Any:  # fmt: skip
    """Overlapping pieces of an axis, which becomes two: pieces, entries of a piece."""
    x, length, step = ops.convert_to_tensor(signal), int(frame_length), int(frame_step)
    axis %= x.ndim
    n = int(tuple(x.shape)[axis])
    count = -(-n // step) if pad_end else max(0, 1 + (n - length) // step)
    missing = max(0, (count - 1) * step + length - n)
    if pad_end and missing:
        pads = [(0, missing if i == axis else 0) for i in range(x.ndim)]
        x = ops.pad(x, pads, constant_values=pad_value)
    places = np.arange(count)[:, None] * step + np.arange(length)
    return ops.take(x, places.astype("int32"), axis=axis)


@public
def overlap_and_add(signal: Any, frame_step: Any, name: str | None = None) -> Any:
    """Pieces (..., frames, length) laid over one another a step apart, and summed."""
    x, step = ops.convert_to_tensor(signal), int(frame_step)
    frames, length = (int(n) for n in tuple(x.shape)[-2:])
    whole = (frames - 1) * step + length
    place = np.zeros((frames, length, whole), "float32")
    at = np.arange(frames)[:, None] * step + np.arange(length)
    place[np.arange(frames)[:, None], np.arange(length), at] = 1
    flat = ops.reshape(x, (*tuple(x.shape)[:-2], frames * length))
    return ops.matmul(flat, place.reshape(frames * length, whole).astype(str(x.dtype)))


# ── transforms ──


@public
def fft(input: Any, name: str | None = None) -> Complex:
    """The discrete Fourier transform of the last axis."""
    return Complex(*ops.fft(parts(input)))


@public
def ifft(input: Any, name: str | None = None) -> Complex:
    """The inverse of `fft`."""
    re, im = parts(input)
    n = int(tuple(re.shape)[-1])
    mirrored = ops.fft((re, ops.negative(im)))
    return Complex(mirrored[0] / n, ops.negative(mirrored[1]) / n)


@public
def rfft(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Complex:
    """The first half of the transform of real numbers."""
    return Complex(*ops.rfft(input_tensor, _whole(fft_length)))


@public
def irfft(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Any:
    """The inverse of `rfft`."""
    return ops.irfft(parts(input_tensor), _whole(fft_length))


def _whole(length: Any) -> int | None:
    return None if length is None else int(np.asarray(length).reshape(-1)[0])


def _power(length: Any) -> int:
    return 1 << (int(length) - 1).bit_length()


@public
def stft(
    signals: Any, frame_length: Any, frame_step: Any, fft_length: Any = None,
    window_fn: Window | None = hann_window, pad_end: bool = False, name: str | None = None,
) -> Complex:  # fmt: skip
    """The transforms of windowed frames: (..., frames, fft_length / 2 + 1)."""
    pieces = frame(signals, frame_length, frame_step, pad_end)
    if window_fn is not None:
        pieces = ops.multiply(pieces, window_fn(int(frame_length), dtype=pieces.dtype))
    return rfft(pieces, _power(frame_length) if fft_length is None else fft_length)


@public
def inverse_stft(
    stfts: Any, frame_length: Any, frame_step: Any, fft_length: Any = None,
    window_fn: Window | None = hann_window, name: str | None = None,
) -> Any:  # fmt: skip
    """The signal of windowed, transformed frames that overlap."""
    length = int(frame_length)
    pieces = irfft(stfts, _power(length) if fft_length is None else fft_length)[..., :length]
    if window_fn is not None:
        pieces = ops.multiply(pieces, window_fn(length, dtype=pieces.dtype))
    return overlap_and_add(pieces, frame_step)


@public
def dct(
    input: Any, type: int = 2, n: Any = None, axis: int = -1, norm: str | None = None,
    name: str | None = None,
) -> Any:  # fmt: skip
    """The second discrete cosine transform of the last axis.

    Raises: ArgumentError for another type, axis or length.
    """
    if type != 2 or n is not None or axis != -1:
        raise ArgumentError(
            "tf.signal.dct", "computes the second type, of the last axis, at its length",
            f"type={type}, n={n}, axis={axis}", "use scipy.fft.dct",
        )  # fmt: skip
    x = ops.convert_to_tensor(input)
    size = int(tuple(x.shape)[-1])
    k, i = np.arange(size), np.arange(size)[:, None]
    table = 2 * np.cos(np.pi * k * (2 * i + 1) / (2 * size))
    if norm == "ortho":
        table *= np.where(k == 0, np.sqrt(1 / (4 * size)), np.sqrt(1 / (2 * size)))
    return ops.matmul(x, table.astype(str(x.dtype)))


# ── mel scales ──


def linear_to_mel_weight_matrix(
    num_mel_bins: int = 20, num_spectrogram_bins: int = 129, sample_rate: Any = 8000,
    lower_edge_hertz: float = 125.0, upper_edge_hertz: float = 3800.0, dtype: Any = "float32",
    name: str | None = None,
) -> Any:  # fmt: skip
    """(num_spectrogram_bins, num_mel_bins): see `layers.MelSpectrogram`."""
    bands = mel_bands(
        int(num_mel_bins), int(num_spectrogram_bins), float(np.asarray(sample_rate)),
        lower_edge_hertz, upper_edge_hertz,
    )  # fmt: skip
    return Array(bands.astype(str(dtype)))


@public
def mfccs_from_log_mel_spectrograms(log_mel_spectrograms: Any, name: str | None = None) -> Any:
    """The cosine transform of logarithms of mel spectrograms, divided by the root of 2 n."""
    x = ops.convert_to_tensor(log_mel_spectrograms)
    return ops.multiply(dct(x), (2.0 * int(tuple(x.shape)[-1])) ** -0.5)
