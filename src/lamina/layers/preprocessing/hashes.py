"""Hashes of strings: FarmHash's 64-bit fingerprint, and SipHash-2-4 under a key.

Buckets are stable: the same string falls into the same bucket in every process, as in Keras.
Sources: G. Pike 2014, "FarmHash", `farmhashna::Hash64`; Aumasson & Bernstein 2012, "SipHash: a fast
short-input PRF".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_MASK = (1 << 64) - 1
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F


def _word(s: bytes, at: int, size: int = 8) -> int:
    return int.from_bytes(s[at : at + size], "little")


def _rotate(x: int, by: int) -> int:
    """To the right."""
    x &= _MASK
    return (x >> by) | (x << (64 - by)) & _MASK


def _shift_mix(x: int) -> int:
    x &= _MASK
    return x ^ (x >> 47)


def _mixed(u: int, v: int, factor: int) -> int:
    a = _shift_mix((u ^ v) * factor)
    return _shift_mix((v ^ a) * factor) * factor & _MASK


def _up_to_16(s: bytes) -> int:
    n = len(s)
    factor = _K2 + n * 2
    if n >= 8:
        a, b = _word(s, 0) + _K2 & _MASK, _word(s, n - 8)
        c = _rotate(b, 37) * factor + a & _MASK
        d = (_rotate(a, 25) + b) * factor & _MASK
        return _mixed(c, d, factor)
    if n >= 4:
        return _mixed(n + (_word(s, 0, 4) << 3), _word(s, n - 4, 4), factor)
    if n == 0:
        return _K2
    y, z = s[0] + (s[n >> 1] << 8), n + (s[n - 1] << 2)
    return _shift_mix(y * _K2 ^ z * _K0) * _K2 & _MASK


def _four(s: bytes, first: int, factor: int) -> tuple[int, int, int]:
    """What strings of 17 to 64 bytes begin with: two words to mix, and the word at the front."""
    n = len(s)
    a, b = _word(s, 0) * first & _MASK, _word(s, 8)
    c, d = _word(s, n - 8) * factor & _MASK, _word(s, n - 16) * _K2 & _MASK
    y = _rotate(a + b, 43) + _rotate(c, 30) + d & _MASK
    return y, a + _rotate(b + _K2, 18) + c & _MASK, a


def _up_to_64(s: bytes) -> int:
    n = len(s)
    factor = _K2 + n * 2
    if n <= 32:
        y, z, _ = _four(s, _K1, factor)
        return _mixed(y, z, factor)
    y, z, a = _four(s, _K2, factor)
    z = _mixed(y, z, factor)
    e, f = _word(s, 16) * factor & _MASK, _word(s, 24)
    g = (y + _word(s, n - 32)) * factor & _MASK
    h = (z + _word(s, n - 24)) * factor & _MASK
    return _mixed(
        _rotate(e + f, 43) + _rotate(g, 30) + h & _MASK, e + _rotate(f + a, 18) + g & _MASK, factor
    )


def _weak(s: bytes, at: int, a: int, b: int) -> tuple[int, int]:
    w, x, y, z = (_word(s, at + i) for i in (0, 8, 16, 24))
    a += w
    b = _rotate(b + a + z, 21)
    c = a
    a += x + y
    b += _rotate(a, 44)
    return a + z & _MASK, b + c & _MASK


State = tuple[int, int, int, tuple[int, int], tuple[int, int]]


def _round(s: bytes, at: int, state: State, factor: int, last: bool) -> State:
    """64 bytes; those at the end are weighted otherwise."""
    x, y, z, v, w = state
    x = _rotate(x + y + v[0] + _word(s, at + 8), 37) * factor
    y = _rotate(y + v[1] + _word(s, at + 48), 42) * factor
    x ^= w[1] * (9 if last else 1) & _MASK
    y += v[0] * (9 if last else 1) + _word(s, at + 40)
    z = _rotate(z + w[0], 33) * factor
    v = _weak(s, at, v[1] * factor, x + w[0])
    w = _weak(s, at + 32, z + w[1], y + _word(s, at + 16))
    return z & _MASK, y & _MASK, x & _MASK, v, w


def _long(s: bytes) -> int:
    n, seed = len(s), 81
    x, y = seed, seed * _K1 + 113 & _MASK
    z = _shift_mix(y * _K2 + 113) * _K2 & _MASK
    state: State = (x * _K2 + _word(s, 0) & _MASK, y, z, (0, 0), (0, 0))
    for at in range(0, (n - 1) // 64 * 64, 64):
        state = _round(s, at, state, _K1, last=False)
    x, y, z, v, w = state
    factor = _K1 + ((z & 0xFF) << 1) & _MASK
    w = (w[0] + (n - 1 & 63) & _MASK, w[1])
    v = (v[0] + w[0] & _MASK, v[1])
    w = (w[0] + v[0] & _MASK, w[1])
    x, y, z, v, w = _round(s, n - 64, (x, y, z, v, w), factor, last=True)
    first = _mixed(v[0], w[0], factor) + _shift_mix(y) * _K0 + z & _MASK
    return _mixed(first, _mixed(v[1], w[1], factor) + x & _MASK, factor)


def fingerprint(s: bytes) -> int:
    """FarmHash's 64-bit fingerprint of a string."""
    if len(s) <= 16:
        return _up_to_16(s)
    return _up_to_64(s) if len(s) <= 64 else _long(s)


def combined(first: int, second: int) -> int:
    """One fingerprint of two, in their order (as TensorFlow's crossings combine them)."""
    factor = 0xC6A4A7935BD1E995
    result = first ^ factor
    result ^= _shift_mix(second * factor) * factor & _MASK
    result = result * factor & _MASK
    return _shift_mix(_shift_mix(result) * factor)


def _left(x: int, by: int) -> int:
    return (x << by | x >> (64 - by)) & _MASK


def _sip_round(v: list[int]) -> None:
    a, b, c, d = v
    a, c = a + b & _MASK, c + d & _MASK
    b, d = _left(b, 13) ^ a, _left(d, 16) ^ c
    a = _left(a, 32)
    c, a = c + b & _MASK, a + d & _MASK
    b, d = _left(b, 17) ^ c, _left(d, 21) ^ a
    v[:] = a, b, _left(c, 32), d


def keyed(s: bytes, key: Sequence[int]) -> int:
    """SipHash-2-4 of a string under a key of two words."""
    k0, k1 = (int(k) & _MASK for k in key)
    v = [
        k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D,
        k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573,
    ]  # fmt: skip
    end = len(s) // 8 * 8
    tail = int.from_bytes(s[end:], "little") | (len(s) & 0xFF) << 56
    for word in (*(_word(s, at) for at in range(0, end, 8)), tail):
        v[3] ^= word
        _sip_round(v)
        _sip_round(v)
        v[0] ^= word
    v[2] ^= 0xFF
    for _ in range(4):
        _sip_round(v)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def buckets(strings: np.ndarray, count: int, key: Sequence[int] | None = None) -> np.ndarray:
    """The bucket, from 0 below `count`, of each of the strings (an array of str): int64."""
    known: dict[str, int] = {}
    found = np.empty(strings.shape, "int64")
    for place, text in np.ndenumerate(strings):
        if text not in known:
            s = text.encode("utf-8")
            known[text] = (fingerprint(s) if key is None else keyed(s, key)) % count
        found[place] = known[text]
    return found
