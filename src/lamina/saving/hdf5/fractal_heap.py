"""Fractal heaps: the links and attributes of large new-style objects, found by identifiers."""

from __future__ import annotations

from lamina.saving.hdf5 import new_trees
from lamina.saving.hdf5.fields import Fields, taken
from lamina.saving.hdf5.source import UNDEFINED, Source

MANAGED, HUGE = 0, 1
CHECKED = 2  # the flag of blocks with checksums


class FractalHeap:
    """A heap of blocks whose sizes double from row to row of a table.

    Args:
        source: the file.
        at: the address of the heap's header.
        what: what it holds, for errors.
    """

    def __init__(self, source: Source, at: int, what: str) -> None:
        self._source, self._at, self._what = source, at, what
        head = taken(source, at, 146, f"the heap of {what}")
        head.signature(b"FRHP")
        self.id_size = head.uint(2)
        if head.uint(2):
            raise source.unsupported("a filtered heap", what)
        self._flags, most = head.uint(1), head.uint(4)
        head.address()
        self._huge_tree = head.address()
        head.raw(10 * 8)  # free space, how much there is of what
        self._width, self._start, self._most_direct = head.uint(2), head.address(), head.address()
        bits = head.uint(2)
        head.uint(2)
        self._root, self._rows = head.address(), head.uint(2)
        head.checksum()
        self._check(head, bits)
        self._offset_size = -(-bits // 8)
        direct = -(-(self._most_direct.bit_length() - 1) // 8)
        self._length_size = min(direct, (max(most, 1).bit_length() - 1) // 8 + 1)
        self._blocks: dict[int, bytes] = {}
        self._tables: dict[int, list[int]] = {}
        self._huge: dict[int, tuple[int, int]] | None = None

    def _check(self, head: Fields, bits: int) -> None:
        start, most = self._start, self._most_direct
        powers = all(n.bit_count() == 1 for n in (start, most, self._width))
        if not powers or not start <= most <= 1 << 24 or self._width > 1 << 10 or bits > 64:
            raise head.damaged(f"blocks of {start} to {most} bytes, {self._width} in a row")
        if self._rows > 64:
            raise head.damaged(f"{self._rows} rows of blocks")

    def find(self, identifier: bytes) -> bytes:
        """The object of an identifier.

        Raises: FileError if there is none.
        """
        fields = Fields(self._source, identifier, f"an identifier of {self._what}")
        kind = fields.uint(1)
        if kind == HUGE << 4:
            return self._find_huge(fields.uint(fields.left))
        if kind != MANAGED << 4:
            raise fields.damaged(f"of the kind {kind:#x}")
        offset, size = fields.uint(self._offset_size), fields.uint(self._length_size)
        at, content = self._block(offset)
        if size == 0 or offset - at + size > len(content):
            raise fields.damaged(f"{size} bytes at {offset}")
        return content[offset - at : offset - at + size]

    # ── blocks ──

    def _block(self, offset: int) -> tuple[int, bytes]:
        """(offset, bytes) of the direct block that holds an offset."""
        address, rows, begin = self._root, self._rows, 0
        if not rows:
            return 0, self._direct(address, 0, self._start)
        while True:
            row, column, size, start = self._place(offset - begin, rows)
            table = self._table(address, rows)
            address = table[row * self._width + column]
            begin += start + column * size
            if size <= self._most_direct:
                return begin, self._direct(address, begin, size)
            # A block of that size is a table itself, with as many rows as fill it.
            rows = max(1, (size // (self._start * self._width)).bit_length())

    def _place(self, offset: int, rows: int) -> tuple[int, int, int, int]:
        """(row, column, size of a block there, offset of the row) of an offset in a table."""
        row, size, start = 0, self._start, 0
        while offset >= start + size * self._width:
            start += size * self._width
            row += 1
            size = self._start << max(0, row - 1)
            if row >= rows:
                raise self._source.damaged(f"the heap of {self._what}", f"an offset {offset}")
        return row, (offset - start) // size, size, start

    def _table(self, at: int, rows: int) -> list[int]:
        """The addresses in an indirect block."""
        if at not in self._tables:
            head = 13 + self._offset_size
            fields = taken(
                self._source, at, head + rows * self._width * 8 + 4, f"the heap of {self._what}"
            )
            self._begin(fields, b"FHIB")
            self._source.spend(rows * self._width)
            self._tables[at] = [fields.address() for _ in range(rows * self._width)]
            fields.checksum()
        return self._tables[at]

    def _direct(self, at: int, offset: int, size: int) -> bytes:
        if at not in self._blocks:
            fields = taken(self._source, at, size, f"the heap of {self._what}")
            fields.expect(self._begin(fields, b"FHDB"), offset, "the offset")
            if self._flags & CHECKED:
                self._check_block(fields)
            self._blocks[at] = fields.content
        return self._blocks[at]

    def _begin(self, fields: Fields, signature: bytes) -> int:
        fields.signature(signature)
        fields.expect(fields.address(), self._at, "the heap's address")
        return fields.uint(self._offset_size)

    def _check_block(self, fields: Fields) -> None:
        """The checksum stands within the block, and counts as zero in it."""
        place = fields.at
        stored = fields.raw(4)
        blank = fields.content[:place] + bytes(4) + fields.content[place + 4 :]
        whole = Fields(self._source, blank + stored, fields.what)
        whole.raw(len(blank))
        whole.checksum()

    # ── what is larger than a block ──

    def _find_huge(self, number: int) -> bytes:
        if self._huge is None:
            self._huge = {}
            if self._huge_tree != UNDEFINED:
                for record in new_trees.records(self._source, self._huge_tree, new_trees.HUGE, 24):
                    place = record.address(), record.address()
                    self._huge[record.address()] = place
        if number not in self._huge:
            raise self._source.damaged(f"the heap of {self._what}", f"no huge object {number}")
        return self._source.take(*self._huge[number], f"an object of {self._what}")
