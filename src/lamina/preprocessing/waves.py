"""WAV files as numbers: RIFF chunks, of which every size is checked against the file before use."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lamina.errors import FileError

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
_CHUNK = struct.Struct("<4sI")
_FORMAT = struct.Struct("<HHIIHH")


class Wave(NamedTuple):
    """A sound: samples (frames, channels) float32 within -1 to 1, and how many a second."""

    samples: np.ndarray
    rate: int


def read_wave(path: Any) -> Wave:
    """The sound of a file of whole numbers of 8, 16, 24 or 32 bits, or floats of 32 or 64.

    Raises: OSError; FileError for a file that is no such, or is shorter than it says.
    """
    return decode_wave(Path(path).read_bytes(), str(path))


def decode_wave(content: bytes, name: str) -> Wave:
    """The sound of a file's bytes. Raises: as `read_wave`."""
    if len(content) < 12 or content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise _wrong(name, "is no WAV file", f"beginning with {content[:12]!r}")
    chunks = _chunks(content, name)
    if b"fmt " not in chunks or b"data" not in chunks:
        raise _wrong(name, "lacks its format or its samples", f"chunks {sorted(chunks)!r:.100}")
    form = chunks[b"fmt "]
    if len(form) < _FORMAT.size:
        raise _wrong(name, "has a format that is cut off", f"{len(form)} bytes")
    kind, channels, rate, _, block, bits = _FORMAT.unpack(form[: _FORMAT.size])
    if kind == EXTENSIBLE and len(form) >= 26:
        kind = int.from_bytes(form[24:26], "little")
    told = f"format {kind}, {bits} bits, {channels} channels, {block} bytes a frame, {rate} Hz"
    known = bits in {PCM: (8, 16, 24, 32), FLOAT: (32, 64)}.get(kind, ())
    if not known or not channels or not rate or block != channels * bits // 8:
        raise _wrong(name, "is in a format that is not known", told)
    data = chunks[b"data"]
    if len(data) % block:
        raise _wrong(name, "ends within a frame", f"{len(data)} bytes of {block} a frame")
    return Wave(_numbers(data, kind, bits).reshape(-1, channels), rate)


def _chunks(content: bytes, name: str) -> dict[bytes, memoryview]:
    """The first chunk of each name.

    Raises: FileError for one that goes on behind the end of the file.
    """
    found: dict[bytes, memoryview] = {}
    whole, place = memoryview(content), 12
    while place + _CHUNK.size <= len(content):
        key, size = _CHUNK.unpack_from(content, place)
        place += _CHUNK.size
        if size > len(content) - place:
            raise _wrong(
                name, "is shorter than it says", f"{key!r} of {size} bytes, {len(content) - place}"
            )
        found.setdefault(key, whole[place : place + size])
        place += size + size % 2
    return found


def _numbers(data: memoryview, kind: int, bits: int) -> np.ndarray:
    """Samples as float32; whole numbers are divided by their largest size."""
    if kind == FLOAT:
        return np.frombuffer(data, f"<f{bits // 8}").astype("float32")
    if bits == 8:  # these alone have no sign
        return (np.frombuffer(data, "u1").astype("float32") - 128) / 128
    if bits == 24:
        wide = np.zeros((len(data) // 3, 4), "u1")
        wide[:, 1:] = np.frombuffer(data, "u1").reshape(-1, 3)
        return (wide.view("<i4")[:, 0] / 2.0**31).astype("float32")
    whole = np.frombuffer(data, f"<i{bits // 8}")
    return (whole / 2.0 ** (bits - 1)).astype("float32")


def _wrong(name: str, what: str, received: str) -> FileError:
    return FileError(name, what, received, "write it anew as WAV, 16 bits, PCM")
