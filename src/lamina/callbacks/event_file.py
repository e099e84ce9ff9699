"""Event files as TensorBoard reads them: records with checksums, each a small message.

A record is its length (uint64), the masked CRC-32C of those bytes, the message and its masked CRC
(TensorFlow, "TFRecord"). A message is a protocol buffer `Event`: wall time, step, and a summary of
(tag, tensor, plugin). Only the few fields that are written stand here.
"""

from __future__ import annotations

import functools
import os
import socket
import struct
import time
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

POLYNOMIAL = 0x82F63B78  # Castagnoli's, bits reversed
MASK = 0xA282EAD8
BUCKETS = 30  # of a histogram
_FLOAT, _DOUBLE, _STRING = 1, 2, 7  # TensorFlow's numbers of dtypes
_SCALAR, _TENSOR, _BLOBS = 1, 2, 3  # and TensorBoard's of classes of data
_numbers = iter(range(1 << 62))


@functools.cache
def _table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (POLYNOMIAL if byte & 1 else 0)
        table.append(byte)
    return table


def masked_crc(data: bytes) -> int:
    """The CRC-32C of bytes, turned and shifted so that a checksum of checksums differs."""
    table, crc = _table(), 0xFFFFFFFF
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + MASK) & 0xFFFFFFFF


# ── protocol buffers ──


def _varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def _whole(field: int, number: int) -> bytes:
    return _varint(field << 3) + _varint(number)


def _bytes(field: int, data: bytes | str) -> bytes:
    data = data.encode() if isinstance(data, str) else data
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _tensor(dtype: int, shape: Sequence[int], content: bytes) -> bytes:
    sizes = b"".join(_bytes(2, _whole(1, size)) for size in shape)
    return _whole(1, dtype) + _bytes(2, sizes) + content


def _value(tag: str, tensor: bytes, plugin: str, kind: int, about: bytes = b"") -> bytes:
    data = _bytes(1, plugin) + (_bytes(2, about) if about else b"")
    metadata = _bytes(1, data) + (_whole(4, kind) if kind else b"")
    return _bytes(1, tag) + _bytes(8, tensor) + _bytes(9, metadata)


class EventFile:
    """A file of events in a folder; made when it is first written to.

    Args:
        folder: where it stands; made if it is missing.
    """

    def __init__(self, folder: str) -> None:
        os.makedirs(folder, exist_ok=True)
        place = f"{int(time.time())}.{socket.gethostname()}.{os.getpid()}.{next(_numbers)}"
        path = os.path.join(folder, f"events.out.tfevents.{place}.v2")
        self._file = open(path, "ab")  # noqa: SIM115
        self._write(_bytes(3, "brain.Event:2"))
        self.flush()

    def _write(self, event: bytes) -> None:
        message = struct.pack("<Bd", 1 << 3 | 1, time.time()) + event
        length = struct.pack("<Q", len(message))
        self._file.write(length + struct.pack("<I", masked_crc(length)))
        self._file.write(message + struct.pack("<I", masked_crc(message)))

    def _summary(self, step: int, value: bytes) -> None:
        self._write(_whole(2, step) + _bytes(5, _bytes(1, value)))

    def scalar(self, tag: str, value: Any, step: int) -> None:
        """One number."""
        tensor = _tensor(_FLOAT, (), _bytes(4, struct.pack("<f", float(np.asarray(value)))))
        self._summary(step, _value(tag, tensor, "scalars", _SCALAR))

    def histogram(self, tag: str, values: np.ndarray, step: int) -> None:
        """How many of the values lie in each of 30 equal intervals: (left, right, count)."""
        rows = _histogram(values)
        tensor = _tensor(_DOUBLE, rows.shape, _bytes(4, rows.tobytes()))
        self._summary(step, _value(tag, tensor, "histograms", _TENSOR))

    def pictures(self, tag: str, pictures: np.ndarray, step: int) -> None:
        """Pictures (n, height, width, channels) of floats in [0, 1] or bytes, at most three."""
        count, height, width, _ = pictures.shape
        sizes: list[bytes | str] = [str(width), str(height)]
        parts = [*sizes, *map(png, pictures[: min(count, 3)])]
        content = b"".join(_bytes(8, part) for part in parts)
        tensor = _tensor(_STRING, (len(parts),), content)
        self._summary(step, _value(tag, tensor, "images", _BLOBS))

    def text(self, tag: str, text: str, plugin: str, step: int) -> None:
        """A text for a plugin, whose version of data is 1."""
        tensor = _tensor(_STRING, (), _bytes(8, text))
        self._summary(step, _value(tag, tensor, plugin, 0, b"1"))

    def flush(self) -> None:
        """Hands what was written to the system."""
        self._file.flush()

    def close(self) -> None:
        """Ends the file."""
        self._file.close()


def _histogram(values: np.ndarray) -> np.ndarray:
    """Rows (left, right, count); of equal values one interval of width 1 has all."""
    flat = np.asarray(values, "float64").ravel()
    flat = flat[np.isfinite(flat)]
    if not flat.size:
        return np.zeros((BUCKETS, 3))
    low, high = float(flat.min()), float(flat.max())
    if low == high:
        edges = np.concatenate([np.full(BUCKETS, low - 0.5), [low + 0.5]])
        counts = np.concatenate([np.zeros(BUCKETS - 1), [flat.size]])
        return np.stack([edges[:-1], edges[1:], counts], axis=1)
    counts, edges = np.histogram(flat, BUCKETS, (low, high))
    return np.stack([edges[:-1], edges[1:], counts.astype("float64")], axis=1)


def png(picture: np.ndarray) -> bytes:
    """A picture (height, width, 1, 3 or 4) of floats in [0, 1], or bytes, as PNG (RFC 2083)."""
    if picture.dtype != np.uint8:
        scaled = np.nan_to_num(np.asarray(picture, "float64")) * 255.0 + 0.5
        picture = np.clip(scaled, 0, 255).astype("uint8")
    height, width, channels = picture.shape
    lines = picture.reshape(height, -1)
    data = np.concatenate([np.zeros((height, 1), "uint8"), lines], axis=1).tobytes()
    head = struct.pack(">IIBBBBB", width, height, 8, {1: 0, 3: 2, 4: 6}[channels], 0, 0, 0)
    chunks = (b"IHDR", head), (b"IDAT", zlib.compress(data)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
