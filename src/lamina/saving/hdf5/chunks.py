"""Chunks: where the pieces of a data set are."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

from lamina.saving.hdf5 import trees
from lamina.saving.hdf5.fields import Fields, taken
from lamina.saving.hdf5.source import UNDEFINED, Source

TREE, SINGLE, IMPLICIT, FIXED_ARRAY = 0, 1, 2, 3
NAMES = {4: "an extensible array", 5: "a B-tree of version 2"}


@dataclass(frozen=True)
class Chunk:
    """One piece: the indices of its first element, its place, the filters that were left out."""

    offset: tuple[int, ...]
    at: int
    size: int
    mask: int = 0


@dataclass(frozen=True)
class Grid:
    """How a data set is cut: its shape, the shape up to which it may grow, that of a chunk."""

    shape: tuple[int, ...]
    most: tuple[int, ...]
    chunk: tuple[int, ...]
    item: int

    @property
    def chunk_size(self) -> int:
        """The bytes of a whole chunk; pieces at the border are stored whole too."""
        return math.prod(self.chunk) * self.item

    def count(self) -> int:
        """How many chunks there are."""
        return math.prod(-(-n // c) for n, c in zip(self.shape, self.chunk, strict=True))

    def places(self) -> Iterator[tuple[int, tuple[int, ...]]]:
        """(number in an index, offset) of each chunk that holds elements; indices count those
        that may yet come.
        """
        most = [-(-n // c) for n, c in zip(self.most, self.chunk, strict=True)]
        now = [range(-(-n // c)) for n, c in zip(self.shape, self.chunk, strict=True)]
        for place in itertools.product(*now):
            number = 0
            for index, count in zip(place, most, strict=True):
                number = number * count + index
            yield number, tuple([i * c for i, c in zip(place, self.chunk, strict=True)])


@dataclass(frozen=True)
class Index:
    """What finds the chunks: its kind, its address, and what the layout says beside."""

    kind: int
    at: int
    size: int = 0
    mask: int = 0


def find_chunks(source: Source, grid: Grid, index: Index, filtered: bool) -> Iterator[Chunk]:
    """The chunks that are stored, each within the shape and claimed once.

    Raises: FileError for other kinds of indices, and for damage.
    """
    if index.at == UNDEFINED:
        return
    seen: set[tuple[int, ...]] = set()
    for chunk in _found(source, grid, index, filtered):
        source.spend()
        inside = all(
            o < n and o % c == 0
            for o, n, c in zip(chunk.offset, grid.shape, grid.chunk, strict=True)
        )
        if not inside or chunk.offset in seen:
            raise source.damaged("a chunk", f"at {chunk.offset} of {grid.shape}")
        seen.add(chunk.offset)
        source.claim(chunk.at, chunk.size, "a chunk")
        yield chunk


def _found(source: Source, grid: Grid, index: Index, filtered: bool) -> Iterator[Chunk]:
    if index.kind == TREE:
        return _in_tree(source, grid, index)
    if index.kind == SINGLE:
        size = index.size if filtered else grid.chunk_size
        return iter([Chunk((0,) * len(grid.shape), index.at, size, index.mask)])
    if index.kind == IMPLICIT:
        size = grid.chunk_size
        return (Chunk(offset, index.at + n * size, size) for n, offset in grid.places())
    if index.kind == FIXED_ARRAY:
        return _in_array(source, grid, index, filtered)
    raise source.unsupported(
        f"chunks found by {NAMES.get(index.kind, 'a strange index')}", f"index {index.kind}"
    )


def _in_tree(source: Source, grid: Grid, index: Index) -> Iterator[Chunk]:
    rank = len(grid.shape)
    for key, at in trees.leaves(source, index.at, trees.CHUNKS, 16 + 8 * rank):
        fields = Fields(source, key, "a chunk")
        size, mask = fields.uint(4), fields.uint(4)
        yield Chunk(tuple([fields.address() for _ in range(rank)]), at, size, mask)


def _in_array(source: Source, grid: Grid, index: Index, filtered: bool) -> Iterator[Chunk]:
    head = taken(source, index.at, 28, "an array of chunks")
    head.signature(b"FAHD")
    head.expect(head.uint(1), int(filtered), "the kind")
    entry, page_bits, count, block = head.uint(1), head.uint(1), head.address(), head.address()
    head.checksum()
    head.expect(8 <= entry <= 24, True, "the size of an entry")
    if block == UNDEFINED:
        return
    entries = _entries(source, block, entry, page_bits, count)
    for number, offset in grid.places():
        if number >= len(entries):
            raise head.damaged(f"{len(entries)} chunks, not {number + 1}")
        fields = Fields(source, entries[number], "a chunk")
        at = fields.address()
        if at != UNDEFINED:
            size = fields.uint(entry - 12) if filtered else grid.chunk_size
            yield Chunk(offset, at, size, fields.uint(4) if filtered else 0)


def _entries(source: Source, at: int, entry: int, page_bits: int, count: int) -> list[bytes]:
    """The entries of a fixed array; a large one has pages, each with a checksum."""
    what = "an array of chunks"
    source.spend(count)
    head, page = 14, 1 << min(page_bits, 32)
    if count <= page:
        fields = taken(source, at, head + count * entry + 4, what)
        fields.signature(b"FADB")
        fields.raw(head - 5)
        found = [fields.raw(entry) for _ in range(count)]
        fields.checksum()
        return found
    pages = -(-count // page)
    used = -(-pages // 8)
    start = taken(source, at, head + used + 4, what)
    start.signature(b"FADB")
    start.raw(head - 5)
    bitmap = start.raw(used)
    start.checksum()
    found, place = [], at + head + used + 4
    for number in range(pages):
        held = min(page, count - number * page)
        found += _page(source, place, entry, held, bool(bitmap[number // 8] & 128 >> number % 8))
        place += held * entry + 4
    return found


def _page(source: Source, at: int, entry: int, count: int, used: bool) -> list[bytes]:
    if not used:
        return [b"\xff" * entry] * count
    fields = taken(source, at, count * entry + 4, "an array of chunks")
    found = [fields.raw(entry) for _ in range(count)]
    fields.checksum()
    return found
