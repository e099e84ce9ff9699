"""B-trees of version 1: the members of old groups, and the chunks of data sets."""

from __future__ import annotations

from collections.abc import Iterator

from lamina.saving.hdf5.fields import Fields, taken
from lamina.saving.hdf5.source import Source

GROUP, CHUNKS = 0, 1
HEAD = 24
MOST_LEVELS = 32


def leaves(source: Source, at: int, kind: int, key_size: int) -> Iterator[tuple[bytes, int]]:
    """(key, address) of all that a tree holds, in order.

    Raises: FileError if it is damaged; each level must be one below that which points to it.
    """
    yield from _below(source, at, kind, key_size, None)


def _below(
    source: Source, at: int, kind: int, key_size: int, expected: int | None
) -> Iterator[tuple[bytes, int]]:
    level, children = _node(source, at, kind, key_size)
    if level > MOST_LEVELS or (expected is not None and level != expected):
        raise source.damaged("a B-tree", f"level {level} at {at}")
    for key, child in children:
        if level:
            yield from _below(source, child, kind, key_size, level - 1)
        else:
            yield key, child


def _node(source: Source, at: int, kind: int, key_size: int) -> tuple[int, list[tuple[bytes, int]]]:
    what = "a B-tree"
    head = Fields(source, source.read(at, HEAD, what), what)
    head.signature(b"TREE", kind)
    level, used = head.uint(1), head.uint(2)
    fields = taken(source, at, HEAD + used * (key_size + 8) + key_size, what)
    fields.raw(HEAD)
    source.spend(used)
    return level, [(fields.raw(key_size), fields.address()) for _ in range(used)]
