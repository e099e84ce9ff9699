"""Rows of transforms and of aligned labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from vocabulary import Spec, add, call, exactly, real, whole


def both(*shape: int) -> tuple[Spec, Spec]:
    """The two parts of complex numbers."""
    return real(*shape), real(*shape)


def lengths(*values: int) -> Any:
    return exactly(values, "int32")


SIGNALS = {
    "fft": [call(both(2, n)) for n in (1, 7, 12, 36, 64, 101)] + [call(both(2, 3, 4))],
    "fft2": [call(both(3, 5)), call(both(2, 4, 40))],
    "ifft2": [call(both(3, 5)), call(both(2, 4, 40))],
    "rfft": [
        call(real(3, 8)), call(real(2, 9)), call(real(5), 8), call(real(2, 40), fft_length=12),
    ],
    "irfft": [
        call(both(2, 5)), call(both(3, 6), 9), call(both(3, 4), fft_length=12), call(both(5), 4),
    ],
    "extract_sequences": [call(real(2, 10), 4, 2), call(real(9), 3, 4), call(real(2, 3, 7), 7, 1)],
    "stft": [
        call(real(2, 40), 8, 4, 16), call(real(30), 8, 3, 8, window="hamming", center=False),
        call(real(2, 25), 5, 5, 9, window=None),
        call(real(2, 25), 4, 2, 4, window=np.asarray([0.1, 0.7, 1.0, 0.5], "float32")),
    ],
    "istft": [
        call(both(2, 9, 9), 16, 4, 16), call(both(2, 11, 5), 8, 4, 8, length=30),
        call(both(7, 5), 8, 2, 8, window="hamming", center=False),
        call(both(6, 7), 8, 4, 12, window=None),
    ],
    "ctc_loss": [
        call(whole(3, 4, low=1, high=6), real(3, 9, 6), lengths(4, 2, 3), lengths(9, 6, 8)),
        call(whole(2, 3, low=0, high=4), real(2, 5, 5), lengths(3, 0), lengths(5, 4), mask_index=4),
        call(exactly([[1, 1, 2, 2]], "int32"), real(1, 8, 4), lengths(4), lengths(8)),
    ],
    "ctc_decode": [
        call(real(3, 9, 4), lengths(9, 5, 7)),
        call(real(3, 9, 4), lengths(9, 5, 7), merge_repeated=False, mask_index=3),
    ],
}  # fmt: skip
for _op, _rows in SIGNALS.items():
    add(_op, *_rows)
