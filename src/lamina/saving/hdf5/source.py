"""Source: the bytes of a file, each within bounds, and each for one purpose.

`take` claims what it reads: two things of a file that share bytes are a cycle, a bomb or damage.
"""

from __future__ import annotations

import bisect
import io
import os
from pathlib import Path
from typing import Any, BinaryIO

from lamina.errors import FileError
from lamina.saving.limits import Limits

UNDEFINED = (1 << 64) - 1
SIGNATURE = b"\x89HDF\r\n\x1a\n"
# Steps of reading (messages, links, nodes ...) for each member that a group may have.
STEPS_A_MEMBER = 50


class Source:
    """A file of HDF5's; addresses count from its signature.

    Args:
        origin: a path, the bytes themselves, or a binary file that can seek.
        limits: what reading may cost.

    Raises: FileError if it is no HDF5 file.
    """

    def __init__(self, origin: Any, limits: Limits) -> None:
        self.limits = limits
        self.own = isinstance(origin, str | os.PathLike | bytes | bytearray | memoryview)
        self.name, self._file = _opened(origin)
        self.base, self.end = 0, self._file.seek(0, os.SEEK_END)
        self._starts: list[int] = []
        self._ends: dict[int, int] = {}
        self.most_bytes = limits.most_bytes()
        self._steps = limits.members * STEPS_A_MEMBER
        self._find_signature()

    def close(self) -> None:
        """Closes the file if it was opened here."""
        if self.own:
            self._file.close()

    def _find_signature(self) -> None:
        """At 0, or behind a block of the user's, whose size is a power of two from 512."""
        at = 0
        while at + len(SIGNATURE) <= self.end:
            if self.read(at, len(SIGNATURE), "the signature") == SIGNATURE:
                self.base, self.end = at, self.end - at
                return
            at = max(512, 2 * at)
        raise self.refused(
            "is no HDF5 file", f"{self.end} bytes without HDF5's signature",
            "check that the file is the right one and came whole",
        )  # fmt: skip

    def end_at(self, end: int) -> None:
        """Bounds the file by the end that it states itself.

        Raises: FileError if it is longer than the bytes that there are.
        """
        if end > self.end:
            raise self.damaged("the file", f"{self.end} bytes of {end}: it is cut short")
        self.end = end

    # ── reading ──

    def read(self, at: int, size: int, what: str) -> bytes:
        """Bytes that may belong to more than one thing."""
        self._check(at, size, what)
        self._file.seek(self.base + at)
        found = self._file.read(size)
        if len(found) != size:
            raise self.damaged(what, f"{len(found)} bytes of {size} at {at}")
        return found

    def read_into(self, at: int, target: memoryview, what: str) -> None:
        """Fills `target` from here on."""
        self._check(at, len(target), what)
        self._file.seek(self.base + at)
        done = 0
        while done < len(target):
            piece = self._file.read(min(1 << 24, len(target) - done))
            if not piece:
                raise self.damaged(what, f"{done} bytes of {len(target)} at {at}")
            target[done : done + len(piece)] = piece
            done += len(piece)

    def take(self, at: int, size: int, what: str) -> bytes:
        """Bytes that belong to this one thing."""
        self.claim(at, size, what)
        return self.read(at, size, what)

    def claim(self, at: int, size: int, what: str) -> None:
        """Says that these bytes belong to one thing.

        Raises: FileError if they lie outside the file, or some belong to another thing.
        """
        self._check(at, size, what)
        if size == 0:
            return
        place = bisect.bisect_right(self._starts, at)
        before = self._ends[self._starts[place - 1]] if place else 0
        after = self._starts[place] if place < len(self._starts) else self.end
        if before > at or at + size > after:
            raise self.damaged(what, f"{size} bytes at {at} that belong to something else too")
        self._starts.insert(place, at)
        self._ends[at] = at + size

    def _check(self, at: int, size: int, what: str) -> None:
        if size < 0 or at < 0 or at + size > self.end:
            place = "at no address" if at == UNDEFINED else f"at {at}"
            raise self.damaged(what, f"{size} bytes {place} of a file of {self.end}")

    def spend(self, steps: int = 1) -> None:
        """Counts steps of reading.

        Raises: FileError when there were too many.
        """
        self._steps -= steps
        if self._steps < 0:
            raise self.too_much("members, messages and attributes", "members")

    # ── errors ──

    def damaged(self, what: str, received: str) -> FileError:
        """The error for something that cannot be so in a whole file."""
        return self.refused(
            f"cannot be read: {what} is damaged", received,
            "take an undamaged copy, or save the model again",
        )  # fmt: skip

    def unsupported(self, what: str, received: str) -> FileError:
        """The error for something of HDF5's that no file of Keras' has."""
        return self.refused(
            f"has {what}, which is not read", received,
            "write plain arrays and attributes, as h5py does by default",
        )  # fmt: skip

    def too_much(self, what: str, limit: str) -> FileError:
        """The error for a file beyond a limit."""
        return self.refused(
            f"has too many {what}", f"more than {getattr(self.limits, limit)} allow",
            f"if you trust it, pass limits=Limits({limit}=...)",
        )  # fmt: skip

    def too_much_data(self, received: str) -> FileError:
        """The error for arrays larger than may be read."""
        return self.refused(
            "has more data than may be read", received,
            f"at most {self.most_bytes} bytes; if you trust it, pass "
            "limits=Limits(bytes=...)",
        )  # fmt: skip

    def refused(self, what: str, received: str, mend: str) -> FileError:
        """An error about this file."""
        return FileError(f"HDF5 file {self.name}", what, received, mend)


def _opened(origin: Any) -> tuple[str, BinaryIO]:
    if isinstance(origin, bytes | bytearray | memoryview):
        return f"of {len(origin)} bytes", io.BytesIO(origin)
    if isinstance(origin, str | os.PathLike):
        path = Path(os.fsdecode(origin))
        if path.exists() and not path.is_file():
            raise FileError(
                f"HDF5 file {path.name!r}", "is no file", f"{path}", "pass the path of a file"
            )
        return repr(path.name), path.open("rb")
    return repr(getattr(origin, "name", "of a stream")), origin
