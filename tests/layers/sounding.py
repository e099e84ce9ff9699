"""Rows of the layers of sound."""

from __future__ import annotations

from typing import Any

from tests.layers.row import Row, made

_SOUND = ((4, 33, 1),)
_STEREO = ((4, 23, 2),)
_SMALL = {"frame_length": 8, "frame_step": 5}


def _spectrogram(shapes: Any = _STEREO, **options: Any) -> Row:
    return Row(made("STFTSpectrogram", **{**_SMALL, **options}), shapes)


def _mel(loose: float, **options: Any) -> Row:
    sizes = {"fft_length": 16, "sequence_stride": 5, "sampling_rate": 100, "num_mel_bins": 4}
    # Keras makes the bands in float32, from differences of pitches: 9e-6 of their heights, which
    # decibels of quiet entries magnify, each row by what it was measured to need. test_sounds.py
    # has Keras' bands in place of ours, and a factor of 5.
    return Row(made("MelSpectrogram", **{**sizes, **options}), ((4, 61),), loose=loose)


SOUNDING: dict[str, Row] = {
    **{
        f"STFTSpectrogram {mode}": _spectrogram(mode=mode)
        for mode in ("log", "magnitude", "psd", "real", "imag", "angle", "stft")
    },
    "STFTSpectrogram one": _spectrogram(_SOUND, fft_length=16, frame_step=None),
    "STFTSpectrogram same": _spectrogram(mode="psd", padding="same", expand_dims=True),
    "STFTSpectrogram first": _spectrogram(((4, 2, 23),), mode="psd", data_format="channels_first"),
    "STFTSpectrogram first image": _spectrogram(
        ((4, 2, 23),), mode="stft", data_format="channels_first", expand_dims=True
    ),
    "STFTSpectrogram bare": _spectrogram(mode="real", window=None, trainable=False),
    "MelSpectrogram": _mel(60),
    "MelSpectrogram amplitude": _mel(10, mag_exp=1.0, power_to_db=False, window="hamming"),
    "MelSpectrogram short": _mel(
        32, sequence_length=11, ref_power=0.5, min_freq=5.0, max_freq=40.0
    ),
    "MelSpectrogram cut": _mel(3, top_db=3.0),
}
