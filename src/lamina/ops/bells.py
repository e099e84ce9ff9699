"""Bells: the weights of the points of a piece of a signal, by the names of `scipy.signal.windows`.

F. J. Harris, "On the use of windows for harmonic analysis with the discrete Fourier transform",
Proc. IEEE 66, 1978; A. H. Nuttall 1981 (nuttall), D'Antona & Ferrero 2006 (flattop).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lamina.errors import ArgumentError

# Sums of cosines: the coefficient of cos(k u pi) for k = 0, 1, ..., u from -1 to 1.
COSINES = {
    "boxcar": (1.0,), "hann": (0.5, 0.5), "hamming": (0.54, 0.46), "blackman": (0.42, 0.5, 0.08),
    "nuttall": (0.3635819, 0.4891775, 0.1365995, 0.0106411),
    "blackmanharris": (0.35875, 0.48829, 0.14128, 0.01168),
    "flattop": (0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368),
}  # fmt: skip


def _parzen(u: np.ndarray) -> np.ndarray:
    # Here the ends are half a point outside.
    r = np.abs(u) * (len(u) - 1) / len(u)
    outer = 2 * (1 - r) ** 3
    return np.where(np.abs(u) <= 0.5, 1 - 6 * r**2 * (1 - r), outer)


def _triang(u: np.ndarray) -> np.ndarray:
    half = (len(u) + 1) // 2 if len(u) % 2 else len(u) / 2
    return 1 - np.abs(u) * (len(u) - 1) / 2 / half


def _bohman(u: np.ndarray) -> np.ndarray:
    r = np.abs(u)
    found = (1 - r) * np.cos(np.pi * r) + np.sin(np.pi * r) / np.pi
    return np.where(r == 1, 0.0, found)


OTHERS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "bartlett": lambda u: 1 - np.abs(u),
    "barthann": lambda u: 0.62 - 0.24 * np.abs(u) + 0.38 * np.cos(np.pi * u),
    "bohman": _bohman,
    "cosine": lambda u: np.sin(np.pi * (np.arange(len(u)) + 0.5) / len(u)),
    "lanczos": np.sinc,
    "parzen": _parzen,
    "triang": _triang,
}


def check_bell(where: str, name: str) -> None:
    """Raises: ArgumentError for a name that is not known."""
    if name not in COSINES and name not in OTHERS:
        raise ArgumentError(
            f"{where}(window=...)", "knows no such window", repr(name),
            f"use an array, or one of {', '.join(sorted([*COSINES, *OTHERS]))}",
        )  # fmt: skip


def bell(where: str, name: str, length: int, periodic: bool) -> np.ndarray:
    """The weights of `length` points, float64; periodic: the first would follow the last.

    Raises: ArgumentError for a name that is not known.
    """
    check_bell(where, name)
    if length <= 1:
        return np.ones(length)
    u = np.linspace(-1.0, 1.0, length + periodic)
    if name in OTHERS:
        return OTHERS[name](u)[:length]
    waves = (a * np.cos(k * np.pi * u) for k, a in enumerate(COSINES[name]))
    found: np.ndarray = sum(waves, start=np.zeros(len(u)))
    return found[:length]
