"""`tf.audio`: WAV files."""

from __future__ import annotations

import io
import wave
from collections import namedtuple
from typing import Any

import numpy as np

from lamina.compat.tensorflow.meeting import strings
from lamina.graph.strings import StringTensor
from lamina.graph.tensor import Array
from lamina.preprocessing.waves import decode_wave

__all__ = ["decode_wav", "encode_wav"]
DecodeWav = namedtuple("DecodeWav", ["audio", "sample_rate"])


def decode_wav(
    contents: Any, desired_channels: int = -1, desired_samples: int = -1, name: str | None = None
) -> DecodeWav:
    """Samples (n, channels) between -1 and 1 of the bytes of a WAV file, and how many a second.

    Raises: FileError for anything else.
    """
    data = bytes(contents.numpy() if isinstance(contents, StringTensor) else contents)
    samples, rate = decode_wave(data, "tf.audio.decode_wav(contents=...)")
    if desired_channels > 0:
        samples = samples[:, np.arange(desired_channels) % samples.shape[1]]
    if desired_samples > 0:
        samples = samples[:desired_samples]
        samples = np.pad(samples, ((0, desired_samples - len(samples)), (0, 0)))
    return DecodeWav(Array(samples), Array(np.asarray(rate, "int32")))


def encode_wav(audio: Any, sample_rate: Any, name: str | None = None) -> Any:
    """A WAV file of 16 bits of samples (n, channels) between -1 and 1."""
    samples = np.asarray(audio)
    raw = np.clip(np.round(samples * 32767), -32768, 32767).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(int(np.asarray(sample_rate)))
        file.writeframes(raw.tobytes())
    return strings(buffer.getvalue())
