"""Layouts: where the elements of a data set are."""

from __future__ import annotations

from dataclasses import dataclass

from lamina.saving.hdf5.chunks import FIXED_ARRAY, IMPLICIT, SINGLE, TREE, Index
from lamina.saving.hdf5.fields import Fields

COMPACT, CONTIGUOUS, CHUNKED, VIRTUAL = range(4)


@dataclass(frozen=True)
class Layout:
    """One of three: the bytes themselves; one place; or the shape of chunks and their index."""

    content: bytes | None = None
    place: tuple[int, int] | None = None
    chunk: tuple[int, ...] = ()
    index: Index | None = None


def read_layout(fields: Fields, rank: int, item: int) -> Layout:
    """The layout that a message describes, of a data set with so many axes, and bytes an element.

    Raises: FileError for virtual data sets and for layouts older than h5py.
    """
    version, kind = fields.uint(1), fields.uint(1)
    if version not in (3, 4):
        raise fields.source.unsupported("a layout of another kind", f"version {version}")
    if kind == COMPACT:
        return Layout(content=fields.raw(fields.uint(2)))
    if kind == CONTIGUOUS:
        return Layout(place=(fields.address(), fields.address()))
    if kind == VIRTUAL:
        raise fields.source.unsupported("a virtual data set", "a map into other files")
    if kind != CHUNKED:
        raise fields.damaged(f"a layout of class {kind}")
    return _old_chunks(fields, rank, item) if version == 3 else _new_chunks(fields, rank, item)


def _old_chunks(fields: Fields, rank: int, item: int) -> Layout:
    fields.expect(fields.uint(1), rank + 1, "the number of axes")
    index = Index(TREE, fields.address())
    return Layout(chunk=_chunk(fields, rank, item, 4), index=index)


def _new_chunks(fields: Fields, rank: int, item: int) -> Layout:
    flags = fields.uint(1)
    fields.expect(fields.uint(1), rank + 1, "the number of axes")
    if flags & 1:
        raise fields.source.unsupported("chunks without filters at the border", f"flags {flags}")
    chunk = _chunk(fields, rank, item, fields.uint(1))
    kind, size, mask = fields.uint(1), 0, 0
    if kind == SINGLE and flags & 2:
        size, mask = fields.address(), fields.uint(4)
    elif kind == FIXED_ARRAY:
        fields.uint(1)
    elif kind not in (SINGLE, IMPLICIT):
        return Layout(chunk=chunk, index=Index(kind, 0))  # refused when it is read
    return Layout(chunk=chunk, index=Index(kind, fields.address(), size, mask))


def _chunk(fields: Fields, rank: int, item: int, size: int) -> tuple[int, ...]:
    fields.expect(1 <= size <= 8, True, "the size of a length")
    chunk = tuple([fields.uint(size) for _ in range(rank)])
    fields.expect(fields.uint(size), item, "the size of an element")
    if rank == 0 or 0 in chunk:
        raise fields.damaged(f"chunks of shape {chunk}")
    return chunk
