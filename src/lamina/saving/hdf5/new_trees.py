"""B-trees of version 2: what finds the links and attributes of large new-style objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lamina.saving.hdf5.fields import Fields, taken
from lamina.saving.hdf5.source import Source

HUGE, LINKS_BY_NAME, LINKS_IN_ORDER, ATTRIBUTES_BY_NAME = 1, 5, 6, 8
PREFIX = 6  # signature, version, kind
MOST_LEVELS = 16


@dataclass(frozen=True)
class Tree:
    """What the header of a tree says: sizes of its nodes and records, its levels."""

    source: Source
    kind: int
    node_size: int
    record_size: int
    depth: int

    def sizes(self) -> list[tuple[int, int]]:
        """For each level: how many records a node may hold, and the bytes of their total count."""
        most = (self.node_size - PREFIX - 4) // self.record_size
        count_size, total, found = _bytes_of(most), most, [(most, 0)]
        for _ in range(self.depth):
            pointer = 8 + count_size + found[-1][1]
            most = (self.node_size - PREFIX - 4 - pointer) // (self.record_size + pointer)
            total = (most + 1) * total + most
            found.append((most, _bytes_of(total)))
        return found

    def below(self, at: int, count: int, level: int) -> Iterator[Fields]:
        """The records under a node with `count` of its own, in order."""
        source, sizes, what = self.source, self.sizes(), "a B-tree"
        if count > sizes[level][0]:
            raise source.damaged(what, f"{count} records where {sizes[level][0]} fit")
        counted, totalled = _bytes_of(sizes[0][0]), sizes[level - 1][1] if level > 1 else 0
        pointers = (count + 1) * (8 + counted + totalled) if level else 0
        size = PREFIX + count * self.record_size + pointers + 4
        fields = taken(source, at, size, what)
        fields.signature(b"BTIN" if level else b"BTLF")
        fields.expect(fields.uint(1), self.kind, "the kind")
        source.spend(count)
        records = [Fields(source, fields.raw(self.record_size), what) for _ in range(count)]
        children = []
        for _ in range(count + 1 if level else 0):
            children.append((fields.address(), fields.uint(counted)))
            fields.uint(totalled)
        fields.checksum()
        for place, record in enumerate(records):
            if level:
                yield from self.below(*children[place], level - 1)
            yield record
        if level:
            yield from self.below(*children[-1], level - 1)


def records(source: Source, at: int, kind: int, record_size: int) -> Iterator[Fields]:
    """The records of the tree at an address, in order.

    Raises: FileError if it is of another kind, or damaged.
    """
    head = taken(source, at, 38, "a B-tree")
    head.signature(b"BTHD")
    head.expect(head.uint(1), kind, "the kind")
    node_size = head.uint(4)
    head.expect(head.uint(2), record_size, "the size of a record")
    depth = head.uint(2)
    head.uint(2)  # when to split and to merge
    root, count = head.address(), head.uint(2)
    head.address()  # the number of all records
    head.checksum()
    if depth > MOST_LEVELS or not PREFIX + 4 + record_size <= node_size <= 1 << 20:
        raise head.damaged(f"{depth} levels of nodes of {node_size} bytes")
    if count:
        yield from Tree(source, kind, node_size, record_size, depth).below(root, count, depth)


def _bytes_of(most: int) -> int:
    """The bytes that numbers up to `most` take."""
    return (max(most, 1).bit_length() - 1) // 8 + 1
