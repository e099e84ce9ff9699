"""Filters: what was done to the bytes of a chunk, undone in the reverse order."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from lamina.saving.hdf5.checksum import is_fletcher32
from lamina.saving.hdf5.fields import Fields
from lamina.saving.hdf5.source import Source

DEFLATE, SHUFFLE, FLETCHER32 = 1, 2, 3
NAMES = {4: "szip", 5: "nbit", 6: "scaleoffset", 32000: "lzf", 32001: "blosc", 32015: "zstd"}
MOST_GROWTH = 1032  # what a byte of a deflated stream can become


@dataclass(frozen=True)
class Filters:
    """The filters of a data set, in the order in which they were applied."""

    source: Source
    kinds: tuple[int, ...] = ()

    def growth(self) -> int:
        """What a stored byte can become at most."""
        return MOST_GROWTH if DEFLATE in self.kinds else 1

    def undo(self, content: bytes, mask: int, size: int, item: int) -> bytes:
        """The `size` bytes of a chunk with elements of `item` bytes; the mask's bits say which
        filters were left out.

        Raises: FileError if they become fewer or more, or the checksum is another.
        """
        for place in reversed(range(len(self.kinds))):
            if not mask >> place & 1:
                content = self._undo_one(self.kinds[place], content, size, item)
        if len(content) != size:
            raise self._damaged(f"{len(content)} bytes of {size}")
        return content

    def _undo_one(self, kind: int, content: bytes, size: int, item: int) -> bytes:
        if kind == DEFLATE:
            return self._inflated(content, size + 4)  # a checksum may be inside
        if kind == SHUFFLE:
            return _unshuffled(content, item)
        if len(content) < 4 or not is_fletcher32(
            content[:-4], int.from_bytes(content[-4:], "little")
        ):
            raise self._damaged("another checksum than its bytes have")
        return content[:-4]

    def _inflated(self, content: bytes, most: int) -> bytes:
        inflating = zlib.decompressobj()
        try:
            found = inflating.decompress(content, most + 1)
        except zlib.error as error:
            raise self._damaged(str(error)) from None
        if len(found) > most or not inflating.eof:
            raise self._damaged(f"a deflated stream that is no {most} bytes long")
        return found

    def _damaged(self, received: str) -> Exception:
        return self.source.damaged("a chunk", received)


def read_filters(source: Source, fields: Fields | None) -> Filters:
    """The filters that a message lists; none without one.

    Raises: FileError for filters other than deflate, shuffle and Fletcher's checksum, or one
    twice.
    """
    if fields is None:
        return Filters(source)
    version, count = fields.uint(1), fields.uint(1)
    if version not in (1, 2):
        raise source.unsupported("filters of another kind", f"version {version}")
    fields.raw(6 if version == 1 else 0)
    kinds = tuple([_one(fields, version) for _ in range(count)])
    if len(set(kinds)) < len(kinds):
        raise source.unsupported("a filter that is applied twice", str(kinds))
    return Filters(source, kinds)


def _one(fields: Fields, version: int) -> int:
    kind = fields.uint(2)
    if kind not in (DEFLATE, SHUFFLE, FLETCHER32):
        raise fields.source.unsupported("an unknown filter", f"{kind} {NAMES.get(kind, '')}")
    name_size = fields.uint(2) if version == 1 else 0
    fields.uint(2)
    values = fields.uint(2)
    fields.raw(name_size)
    fields.raw(4 * (values + values % 2 if version == 1 else values))
    return kind


def _unshuffled(content: bytes, item: int) -> bytes:
    """All first bytes, all second bytes ... put together again; a rest stands as it is."""
    whole = len(content) // item * item
    mixed = np.frombuffer(content[:whole], "u1").reshape(item, -1)
    return mixed.T.tobytes() + content[whole:]
