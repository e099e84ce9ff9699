"""Heaps: the names of an old group's members, and texts of variable length."""

from __future__ import annotations

from lamina.saving.hdf5.fields import Fields, taken
from lamina.saving.hdf5.source import Source


class LocalHeap:
    """The names of a group's members, found by offsets."""

    def __init__(self, source: Source, at: int) -> None:
        head = taken(source, at, 32, "a local heap")
        head.signature(b"HEAP")
        head.raw(3)
        size = head.address()
        head.address()  # of free space
        self._content = source.take(head.address(), size, "the names of a group")
        self._source = source

    def name(self, offset: int) -> str:
        """The name that begins here."""
        fields = Fields(self._source, self._content, "the names of a group")
        fields.raw(offset)
        return fields.zero_ended()


class GlobalHeap:
    """Texts of variable length, in collections that objects share."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._collections: dict[int, dict[int, bytes]] = {}

    def find(self, at: int, index: int, size: int) -> bytes:
        """The object with this number in the collection at an address, cut to its size."""
        if at not in self._collections:
            self._collections[at] = self._read(at)
        found = self._collections[at].get(index)
        if found is None or len(found) < size:
            raise self._source.damaged("a text", f"{size} bytes of object {index} at {at}")
        return found[:size]

    def _read(self, at: int) -> dict[int, bytes]:
        what = "a global heap"
        head = Fields(self._source, self._source.read(at, 16, what), what)
        head.signature(b"GCOL", 1)
        head.raw(3)
        fields = taken(self._source, at, head.address(), what)
        fields.raw(16)
        found: dict[int, bytes] = {}
        while fields.left >= 16:
            self._source.spend()
            index = fields.uint(2)
            fields.raw(6)
            size = fields.address()
            if index == 0:  # what follows is free
                break
            if index in found:
                raise fields.damaged(f"two objects {index}")
            found[index] = fields.raw(size)
            fields.skip_to(8)
        return found
