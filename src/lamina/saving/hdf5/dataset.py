"""Dataset: an array of a file, read when it is asked for."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lamina.saving.hdf5 import headers
from lamina.saving.hdf5.attributes import Attributes
from lamina.saving.hdf5.chunks import Chunk, Grid, find_chunks
from lamina.saving.hdf5.dataspace import read_shape
from lamina.saving.hdf5.datatypes import read_datatype
from lamina.saving.hdf5.elements import decoded, size_of
from lamina.saving.hdf5.fields import Fields
from lamina.saving.hdf5.filters import read_filters
from lamina.saving.hdf5.headers import Header
from lamina.saving.hdf5.heaps import GlobalHeap
from lamina.saving.hdf5.layout import read_layout
from lamina.saving.hdf5.source import UNDEFINED

SPARE = 1 << 20  # bytes of an array that need not be in the file


class Dataset:
    """An array of a file.

    Attributes:
        name: the path from the root.
        attrs: its attributes.
        shape, dtype: of the array, known before any element is read.

    Raises: FileError if the file has not as many bytes as the shape needs.
    """

    def __init__(self, header: Header, heap: GlobalHeap, name: str) -> None:
        self.name = name
        self._source, self._heap = header.source, heap
        self.attrs = Attributes(header, heap)
        if header.has(headers.EXTERNAL_FILES):
            raise self._source.unsupported("data in other files", repr(name))
        self._type = read_datatype(header.get(headers.DATATYPE))
        self.dtype = self._type.dtype
        self.shape, self._most_shape = read_shape(header.get(headers.DATASPACE))
        item = self._type.stored.itemsize
        self._layout = read_layout(header.get(headers.LAYOUT), len(self.shape), item)
        self._filters = read_filters(self._source, header.find(headers.FILTERS))
        self._fill = _fill_value(header, item)
        self._chunks: list[Chunk] | None = None
        self._check_size()

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """The bytes of the array once it is read."""
        return self.size * self.dtype.itemsize

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> Any:
        return self._read()[index]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self._read(), dtype)

    def __repr__(self) -> str:
        return f"<HDF5 dataset {self.name!r}: shape {self.shape}, type {self.dtype.str!r}>"

    # ── size ──

    def _check_size(self) -> None:
        """That the file can hold what the shape says, before anything is read."""
        source, need = self._source, size_of(self._type, self.shape)
        there = source.end * self._filters.growth()
        what = f"the data set {self.name!r:.80}"
        if max(need, self.nbytes) > source.most_bytes:
            raise source.too_much_data(f"{need} bytes for {self.name!r:.80}")
        if self._layout.content is not None:
            there = len(self._layout.content)
        elif self._layout.place is not None and self._layout.place[0] != UNDEFINED:
            at, there = self._layout.place
            source.claim(at, there, what)
        else:
            there += SPARE
        if need > there:
            raise source.damaged(what, f"{there} bytes for the {need} of shape {self.shape}")

    # ── elements ──

    def _read(self) -> np.ndarray:
        layout = self._layout
        if layout.index is not None:
            content = self._assembled()
        elif layout.content is not None:
            content = memoryview(bytearray(layout.content))
        else:
            content = self._one_piece()
        need = size_of(self._type, self.shape)
        return decoded(self._source, self._type, self.shape, content[:need], self._heap)

    def _one_piece(self) -> memoryview:
        assert self._layout.place is not None
        need, at = size_of(self._type, self.shape), self._layout.place[0]
        if at == UNDEFINED:
            return memoryview(bytearray(self._fill * self.size))
        content = np.empty(need, "u1").data
        self._source.read_into(at, content, f"the data set {self.name!r:.80}")
        return content

    def _assembled(self) -> memoryview:
        """The array of all chunks; what none covers has the fill value."""
        grid = Grid(self.shape, self._most_shape, self._layout.chunk, self._type.stored.itemsize)
        chunks = self._find(grid)
        item = np.dtype(f"V{grid.item}")
        found = np.empty(self.shape, item)
        if len(chunks) < grid.count():
            found[...] = np.frombuffer(self._fill, item)[0]
        for chunk in chunks:
            content = self._source.read(chunk.at, chunk.size, "a chunk")
            whole = self._filters.undo(content, chunk.mask, grid.chunk_size, grid.item)
            kept = tuple([slice(o, o + c) for o, c in zip(chunk.offset, grid.chunk, strict=True)])
            inside = tuple([
                slice(0, n - o) for o, n in zip(chunk.offset, self.shape, strict=True)
            ])  # fmt: skip
            found[kept] = np.frombuffer(whole, item).reshape(grid.chunk)[inside]
        return found.reshape(-1).view("u1").data

    def _find(self, grid: Grid) -> list[Chunk]:
        """The stored chunks, which together must be able to become what the shape needs."""
        if self._chunks is None:
            assert self._layout.index is not None
            source, growth = self._source, self._filters.growth()
            filtered = bool(self._filters.kinds)
            found = list(find_chunks(source, grid, self._layout.index, filtered))
            for chunk in found:
                if chunk.size * growth + SPARE < grid.chunk_size:
                    raise source.damaged("a chunk", f"{chunk.size} bytes for {grid.chunk_size}")
            absent = size_of(self._type, self.shape) - len(found) * grid.chunk_size
            if absent > source.end + SPARE:
                raise source.damaged(
                    f"the data set {self.name!r:.80}", f"{len(found)} of {grid.count()} chunks"
                )
            self._chunks = found
        return self._chunks


def _fill_value(header: Header, item: int) -> bytes:
    """The bytes of an element that was never written."""
    fields = header.find(headers.FILL)
    if fields is None:
        return bytes(item)
    version = fields.uint(1)
    if version == 3:
        defined = fields.uint(1) & 0x20
    else:
        fields.raw(2)
        defined = fields.uint(1)
    size = fields.uint(4) if defined and fields.left else 0
    return _exact(fields, size, item) if size else bytes(item)


def _exact(fields: Fields, size: int, item: int) -> bytes:
    fields.expect(size, item, "the size of a fill value")
    return fields.raw(size)
