"""HDF5's two checksums: of structures (Bob Jenkins' lookup3), and of chunks (Fletcher's)."""

from __future__ import annotations

import struct

import numpy as np

MASK = 0xFFFFFFFF
START = 0xDEADBEEF


def lookup3(content: bytes) -> int:
    """Bob Jenkins' hash `hashlittle` of 2006, from the seed 0."""
    a = b = c = (START + len(content)) & MASK
    whole = max(0, len(content) - 1) // 12 * 12
    for x, y, z in struct.iter_unpack("<3I", content[:whole]):
        a, b, c = _mix(a + x & MASK, b + y & MASK, c + z & MASK)
    if not content:
        return c
    x, y, z = struct.unpack("<3I", content[whole:].ljust(12, b"\0"))
    return _final(a + x & MASK, b + y & MASK, c + z & MASK)


def _mix(a: int, b: int, c: int) -> tuple[int, int, int]:
    a = (a - c & MASK) ^ _turned(c, 4)
    c = c + b & MASK
    b = (b - a & MASK) ^ _turned(a, 6)
    a = a + c & MASK
    c = (c - b & MASK) ^ _turned(b, 8)
    b = b + a & MASK
    a = (a - c & MASK) ^ _turned(c, 16)
    c = c + b & MASK
    b = (b - a & MASK) ^ _turned(a, 19)
    a = a + c & MASK
    c = (c - b & MASK) ^ _turned(b, 4)
    return a, b + a & MASK, c


def _final(a: int, b: int, c: int) -> int:
    c = (c ^ b) - _turned(b, 14) & MASK
    a = (a ^ c) - _turned(c, 11) & MASK
    b = (b ^ a) - _turned(a, 25) & MASK
    c = (c ^ b) - _turned(b, 16) & MASK
    a = (a ^ c) - _turned(c, 4) & MASK
    b = (b ^ a) - _turned(a, 14) & MASK
    return (c ^ b) - _turned(b, 24) & MASK


def _turned(x: int, places: int) -> int:
    return (x << places | x >> 32 - places) & MASK


def is_fletcher32(content: bytes, stored: int) -> bool:
    """Whether this is the checksum of a chunk: two sums of 16-bit words (the first byte is the
    high one), modulo 65535, where 0 and 65535 are the same.
    """
    words = np.frombuffer(content.ljust(-(-len(content) // 2) * 2, b"\0"), ">u2")
    low = high = 0
    for start in range(0, len(words), 1 << 16):
        block = words[start : start + (1 << 16)].astype("uint64")
        behind = np.arange(len(block), 0, -1, dtype="uint64")
        high = (high + low * len(block) + int(block @ behind)) % 65535
        low = (low + int(block.sum())) % 65535
    return stored % 65536 % 65535 == low and (stored >> 16) % 65535 == high
