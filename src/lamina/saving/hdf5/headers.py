"""Object headers: the messages that say what a group or a data set is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lamina.saving.hdf5.fields import Fields, taken
from lamina.saving.hdf5.source import Source

# Kinds of messages.
DATASPACE, LINK_INFO, DATATYPE, OLD_FILL, FILL, LINK, EXTERNAL_FILES = range(1, 8)
LAYOUT, FILTERS, ATTRIBUTE, CONTINUATION, SYMBOL_TABLE = 8, 0xB, 0xC, 0x10, 0x11
ATTRIBUTE_INFO = 0x15
UNREAD = {0, 0xA, 0xD, 0xE, 0x12, 0x13, 0x16}  # nothing, sizes of groups, comments, times, counts
SHARED, MUST_KNOW = 0x02, 0x80


@dataclass(frozen=True)
class Message:
    """One message: its kind, and its bytes."""

    kind: int
    content: bytes


class Header:
    """The messages of the object at an address.

    Raises: FileError if the header is damaged, or has messages that Keras' files do not have.
    """

    def __init__(self, source: Source, at: int) -> None:
        self.source = source
        new = source.read(at, 4, "an object header") == b"OHDR"
        self.messages = list(_new(source, at) if new else _old(source, at))

    def all(self, kind: int) -> list[Fields]:
        """The fields of each message of a kind."""
        return [self._fields(message) for message in self.messages if message.kind == kind]

    def find(self, kind: int) -> Fields | None:
        """The fields of the only message of a kind, or None.

        Raises: FileError if there are several.
        """
        found = self.all(kind)
        if len(found) > 1:
            raise self.source.damaged("an object header", f"{len(found)} messages of kind {kind}")
        return found[0] if found else None

    def get(self, kind: int) -> Fields:
        """The fields of the only message of a kind, which must be there."""
        found = self.find(kind)
        if found is None:
            raise self.source.damaged("an object header", f"no message of kind {kind}")
        return found

    def has(self, kind: int) -> bool:
        """Whether there is a message of this kind."""
        return any(message.kind == kind for message in self.messages)

    def _fields(self, message: Message) -> Fields:
        return Fields(self.source, message.content, f"a message of kind {message.kind}")


def _old(source: Source, at: int) -> Iterator[Message]:
    """Version 1: a count of messages, each padded to eight bytes."""
    head = Fields(source, source.take(at, 16, "an object header"), "an object header")
    head.expect(head.uint(1), 1, "the version")
    head.uint(1)
    count = head.uint(2)
    head.uint(4)
    blocks = [(at + 16, head.uint(4))]
    while blocks:
        fields = taken(source, *blocks.pop(), "an object header")
        while fields.left >= 8 and count:
            kind, size, flags = fields.uint(2), fields.uint(2), fields.uint(1)
            fields.raw(3)
            count -= 1
            yield from _message(source, kind, flags, fields.raw(size), blocks)


def _new(source: Source, at: int) -> Iterator[Message]:
    """Version 2: messages to the end of each block, whose checksum follows."""
    head = Fields(source, source.read(at, min(34, source.end - at), "an object header"), "a header")
    head.signature(b"OHDR", 2)
    flags = head.uint(1)
    head.raw((16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0))
    size = head.uint(1 << (flags & 3))
    first = taken(source, at, head.at + size + 4, "an object header")
    first.raw(head.at)
    blocks = [first]
    while blocks:
        fields = blocks.pop()
        places: list[tuple[int, int]] = []
        ordered = bool(flags & 4)
        while fields.left >= 4 + (6 if ordered else 4):
            kind, size, how = fields.uint(1), fields.uint(2), fields.uint(1)
            fields.raw(2 if ordered else 0)
            yield from _message(source, kind, how, fields.raw(size), places)
        fields.raw(fields.left - 4)
        fields.checksum()
        for place in places:
            blocks.append(taken(source, *place, "an object header"))
            blocks[-1].expect(blocks[-1].raw(4), b"OCHK", "the signature")


def _message(
    source: Source, kind: int, flags: int, content: bytes, blocks: list[tuple[int, int]]
) -> Iterator[Message]:
    """The message, if it says something; a continuation is added to the blocks to read."""
    source.spend()
    known = kind <= LAYOUT or kind in (FILTERS, ATTRIBUTE, SYMBOL_TABLE, ATTRIBUTE_INFO)
    if kind == CONTINUATION:
        fields = Fields(source, content, "a continuation")
        blocks.append((fields.address(), fields.address()))
    elif kind in UNREAD:
        pass
    elif flags & SHARED:
        raise source.unsupported("a shared message", f"kind {kind}")
    elif known:
        yield Message(kind, content)
    elif flags & MUST_KNOW:
        raise source.unsupported("an unknown message", f"kind {kind}")
