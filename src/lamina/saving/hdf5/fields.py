"""Fields: the numbers of one structure, read in order; little-endian, as all of HDF5's."""

from __future__ import annotations

from lamina.saving.hdf5.checksum import lookup3
from lamina.saving.hdf5.source import Source


class Fields:
    """A structure's bytes, and how far they are read.

    Args:
        source: the file, for errors.
        content: the bytes of the structure.
        what: its name in errors.
    """

    def __init__(self, source: Source, content: bytes, what: str) -> None:
        self.source, self.content, self.what = source, content, what
        self.at = 0

    @property
    def left(self) -> int:
        """How many bytes are not read yet."""
        return len(self.content) - self.at

    def raw(self, count: int) -> bytes:
        """The next bytes.

        Raises: FileError if there are not so many.
        """
        if not 0 <= count <= self.left:
            raise self.damaged(f"{self.left} bytes where {count} belong")
        self.at += count
        return self.content[self.at - count : self.at]

    def uint(self, size: int) -> int:
        """A number without sign, of `size` bytes."""
        return int.from_bytes(self.raw(size), "little")

    def address(self) -> int:
        """An address or a length: eight bytes, as the superblock was checked to say."""
        return self.uint(8)

    def text(self, size: int) -> str:
        """A name in UTF-8, up to a zero if it has one."""
        content = self.raw(size).split(b"\0", 1)[0]
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            raise self.damaged(f"a name that is no text: {content!r:.80}") from None

    def zero_ended(self) -> str:
        """A name that ends with a zero."""
        end = self.content.find(b"\0", self.at)
        if end < 0:
            raise self.damaged("a name without an end")
        return self.text(end + 1 - self.at)

    def skip_to(self, multiple: int) -> None:
        """Skips padding, as far as there is any."""
        self.at = min(len(self.content), -(-self.at // multiple) * multiple)

    def expect(self, found: object, legal: object, name: str) -> None:
        """Raises: FileError unless `found` is as it must be."""
        if found != legal:
            raise self.damaged(f"{name} {found!r}, not {legal!r}")

    def signature(self, text: bytes, version: int = 0) -> None:
        """Reads the four letters and the version with which a structure begins."""
        self.expect(self.raw(4), text, "the signature")
        self.expect(self.uint(1), version, "the version")

    def checksum(self) -> None:
        """Reads the checksum of all that came before it.

        Raises: FileError if it is another.
        """
        content = self.content[: self.at]
        self.source.spend(len(content) // 12)
        if self.uint(4) != lookup3(content):
            raise self.damaged("another checksum than its bytes have")

    def damaged(self, received: str) -> Exception:
        """The error for this structure."""
        return self.source.damaged(self.what, received)


def taken(source: Source, at: int, size: int, what: str) -> Fields:
    """The fields of a structure that begins here."""
    source.spend()
    return Fields(source, source.take(at, size, what), what)
