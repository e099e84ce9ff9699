"""Archive: a zip file whose members are read one by one, within limits; nothing is unpacked."""

from __future__ import annotations

import itertools
import stat
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import IO, Any

from lamina.errors import FileError, MissingMemberError
from lamina.saving.limits import DEFAULT, Limits

# What a member may unpack to whatever its size in the file.
_FREE = 64 << 20
_HEADER = 30  # bytes of a member's local header, its name apart


class Archive:
    """The members of a zip file, by name.

    Args:
        file: an open binary file, or the path of one.
        name: how errors call it.

    Raises: FileError for a file that is damaged or encrypted, for names that lead elsewhere, come
        twice or are links, for members that share bytes, are too many, or unpack to too much.
    """

    def __init__(self, file: str | IO[bytes], name: str, limits: Limits = DEFAULT) -> None:
        self.name, self.limits = name, limits
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, OSError) as error:
            if isinstance(error, FileNotFoundError):
                raise
            raise self._refused("is no zip archive, or a damaged one", str(error)) from None
        try:
            self._members = self._checked()
        except BaseException:
            self._zip.close()
            raise

    def _refused(self, what: str, received: str) -> FileError:
        return FileError(
            self.name, what, received[:200], "use a file that Keras or lamina has written"
        )

    def _checked(self) -> dict[str, zipfile.ZipInfo]:
        infos = self._zip.infolist()
        if len(infos) > self.limits.members:
            raise self._refused("has too many members", f"{len(infos):,}")
        found: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            self._check(info)
            if info.filename in found:
                raise self._refused("has two members of one name", repr(info.filename))
            found[info.filename] = info
        total = sum(info.file_size for info in infos)
        if total > self.limits.most_bytes():
            raise self._refused("unpacks to too much", f"{total:,} bytes")
        places = sorted((i.header_offset, i.header_offset + _HEADER + i.compress_size, i.filename)
                        for i in infos)  # fmt: skip
        if places and places[-1][1] > self._zip.start_dir:
            raise self._refused("has members that reach beyond it", repr(places[-1][2]))
        for (_, end, one), (start, _, other) in itertools.pairwise(places):
            if start < end:
                raise self._refused("has members that share bytes", f"{one!r} and {other!r}")
        return found

    def _check(self, info: zipfile.ZipInfo) -> None:
        name = info.filename
        path = PurePosixPath(name)
        if not name or path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
            raise self._refused("has a member whose name leads elsewhere", repr(name))
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise self._refused("has a member that is a link or a device", repr(name))
        if info.flag_bits & 0x1:
            raise self._refused("has an encrypted member", repr(name))
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self._refused("has a member that is compressed in an unknown way", repr(name))
        if info.file_size > max(_FREE, self.limits.growth * info.compress_size):
            raise self._refused("has a member that grows beyond measure", repr(name))

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def names(self) -> list[str]:
        """The names of the members."""
        return list(self._members)

    def size(self, name: str) -> int:
        """The bytes of a member, unpacked."""
        return self._members[name].file_size

    def read(self, name: str, most: int | None = None) -> bytes:
        """The bytes of a member, as many as the archive says; their checksum is verified.

        Raises: MissingMemberError, FileError.
        """
        if name not in self._members:
            raise MissingMemberError(
                self.name, f"has no member {name!r}", f"members {self.names()!r}"[:200],
                "use a file that Keras or lamina has written",
            )  # fmt: skip
        info = self._members[name]
        if most is not None and info.file_size > most:
            raise self._refused(f"has too large a {name}", f"{info.file_size:,} bytes")
        try:
            with self._zip.open(info) as member:
                content = member.read(info.file_size)
                rest = member.read(1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError,
                RuntimeError, ValueError) as error:  # fmt: skip
            raise self._refused(f"has a damaged {name}", str(error)) from None
        if len(content) != info.file_size or rest:
            raise self._refused(f"has a {name} of another size than it says", f"{len(content):,}")
        return content

    def close(self) -> None:
        """Closes the file."""
        self._zip.close()

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()
