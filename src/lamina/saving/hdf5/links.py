"""Links: the names of a group's members, and where their headers are."""

from __future__ import annotations

from collections.abc import Iterator

from lamina.saving.hdf5 import headers, new_trees, trees
from lamina.saving.hdf5.fields import Fields, taken
from lamina.saving.hdf5.fractal_heap import FractalHeap
from lamina.saving.hdf5.headers import Header
from lamina.saving.hdf5.heaps import LocalHeap
from lamina.saving.hdf5.source import UNDEFINED, Source

HARD = 0
SOFT_ENTRY = 2  # of an old group
WHERE = {1: "a soft link", 64: "an external link"}

Link = tuple[str, int]


def read_links(header: Header) -> dict[str, int] | None:
    """The addresses of a group's members by name, in the order in which h5py lists them: by name,
    or as they were made where the group tracks that. None: it is no group.

    Raises: FileError for links to other files or names, for two members of one name.
    """
    if header.has(headers.SYMBOL_TABLE):
        found, tracked = list(_old(header)), False
    elif header.has(headers.LINK_INFO):
        found, tracked = _new(header)
    else:
        return None
    source = header.source
    if len(found) > source.limits.members:
        raise source.too_much("members of a group", "members")
    links = dict(found if tracked else sorted(found))
    if len(links) < len(found):
        raise source.damaged("a group", "two members of the same name")
    for name in links:
        if name in ("", ".", "..") or "/" in name:
            raise source.damaged("a group", f"a member named {name!r:.80}")
    return links


def _old(header: Header) -> Iterator[Link]:
    source, table = header.source, header.get(headers.SYMBOL_TABLE)
    tree, heap = table.address(), LocalHeap(header.source, table.address())
    for _, at in trees.leaves(source, tree, trees.GROUP, 8):
        yield from _symbols(source, at, heap)


def _symbols(source: Source, at: int, heap: LocalHeap) -> Iterator[Link]:
    what = "the symbols of a group"
    head = Fields(source, source.read(at, 8, what), what)
    head.signature(b"SNOD", 1)
    head.uint(1)
    count = head.uint(2)
    fields = taken(source, at, 8 + 40 * count, what)
    fields.raw(8)
    source.spend(count)
    for _ in range(count):
        name, address = heap.name(fields.address()), fields.address()
        if fields.uint(4) == SOFT_ENTRY:
            raise source.unsupported("a soft link", repr(name))
        fields.raw(20)
        yield name, address


def _new(header: Header) -> tuple[list[Link], bool]:
    """The links, and whether they are in the order in which they were made."""
    info = header.get(headers.LINK_INFO)
    info.expect(info.uint(1), 0, "the version")
    flags = info.uint(1)
    info.raw(8 if flags & 1 else 0)
    heap, by_name = info.address(), info.address()
    in_order = info.address() if flags & 2 else UNDEFINED
    found = [_link(fields) for fields in header.all(headers.LINK)]
    if heap != UNDEFINED:
        found += _dense(header.source, heap, by_name, in_order)
    if flags & 1:
        found.sort(key=lambda item: item[0])
    return [link for _, link in found], bool(flags & 1)


def _dense(source: Source, heap_at: int, by_name: int, in_order: int) -> list[tuple[int, Link]]:
    heap = FractalHeap(source, heap_at, "links")
    ordered = in_order != UNDEFINED
    kind, head = (new_trees.LINKS_IN_ORDER, 8) if ordered else (new_trees.LINKS_BY_NAME, 4)
    tree = in_order if ordered else by_name
    found = []
    for record in new_trees.records(source, tree, kind, head + heap.id_size):
        record.raw(head)
        found.append(_link(Fields(source, heap.find(record.raw(heap.id_size)), "a link")))
    return found


def _link(fields: Fields) -> tuple[int, Link]:
    """(which one it was to be made, the link)."""
    fields.expect(fields.uint(1), 1, "the version")
    flags = fields.uint(1)
    kind = fields.uint(1) if flags & 8 else HARD
    order = fields.uint(8) if flags & 4 else 0
    fields.raw(1 if flags & 16 else 0)
    name = fields.text(fields.uint(1 << (flags & 3)))
    if kind != HARD:
        raise fields.source.unsupported(WHERE.get(kind, "a strange link"), repr(name))
    return order, (name, fields.address())
