"""extract: the files of a tar or zip archive, into a folder and nowhere else.

Only plain files and folders with names below the folder are taken; an archive that holds anything
else is refused as a whole, as is one that grows beyond all proportion.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, Any

from lamina.errors import ArgumentError, DataError

FORMATS = ("tar", "zip")
# What an archive may grow to: a multiple of its size, but so many bytes anyway; and its members.
MOST_GROWTH, MOST_BYTES, MOST_MEMBERS = 100, 1 << 26, 1 << 20
CHUNK = 1 << 20
# What compressed streams begin with.
MAGIC = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\xfd7zXZ\x00": "lzma"}

# A member: its name, and what reads its bytes, None for a folder.
Member = tuple[str, Any]


def extract(archive: Path, folder: Path, formats: Sequence[str] = FORMATS) -> bool:
    """Unpacks an archive into `folder`; False if it is of none of these formats.

    Files appear under their names when all have been read; other files in the folder stay.

    Raises: DataError for an archive that is damaged, dangerous or too large; ArgumentError for an
    unknown format.
    """
    members = _reader(archive, formats)
    if members is None:
        return False
    fresh = folder.with_name(f"{folder.name}.{secrets.token_hex(4)}.part")
    try:
        fresh.mkdir(parents=True)
        _write_all(archive, members, fresh)
        _move(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return True


def _reader(archive: Path, formats: Sequence[str]) -> Iterator[Member] | None:
    import zipfile

    for name in formats:
        if name not in FORMATS:
            raise ArgumentError(
                "get_file(archive_format=...)", "knows tar and zip", repr(name),
                "leave it out: the format is found by looking",
            )  # fmt: skip
        if name == "tar" and _is_tar(archive):
            return _tar_members(archive)
        if name == "zip" and zipfile.is_zipfile(archive):
            return _zip_members(archive)
    return None


def _is_tar(archive: Path) -> bool:
    """Whether the first block is the header of a member, or the end of an empty tar file.

    `tarfile.is_tarfile` would read a first header of whatever size, before any limit holds.
    """
    import lzma
    import tarfile
    import zlib

    with archive.open("rb") as plain:
        try:
            head = _unpacked(plain).read(tarfile.BLOCKSIZE)
            tarfile.TarInfo.frombuf(head, tarfile.ENCODING, "surrogateescape")
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
            return True
        except (tarfile.TarError, OSError, EOFError, zlib.error, lzma.LZMAError):
            return False
    return True


def _write_all(archive: Path, members: Iterator[Member], folder: Path) -> None:
    import tarfile
    import zipfile
    import zlib

    left = _Allowance(archive)
    try:
        for count, (name, source) in enumerate(members):
            if count >= MOST_MEMBERS:
                raise _refused(archive, f"more than {MOST_MEMBERS} members")
            target = folder / _safe(archive, name)
            if source is None:
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as file:
                while chunk := source.read(CHUNK):
                    left.take(len(chunk))
                    file.write(chunk)
    except (
        tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, RuntimeError,
        FileExistsError, IsADirectoryError, NotADirectoryError,
    ) as error:  # fmt: skip
        raise _refused(archive, f"{type(error).__name__}: {error}") from None


class _Allowance:
    """The bytes that an archive may still give."""

    def __init__(self, archive: Path) -> None:
        self.archive = archive
        self.left = max(MOST_BYTES, MOST_GROWTH * archive.stat().st_size)

    def take(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise _refused(self.archive, f"more than {MOST_GROWTH} times its own size")


class _Stream:
    """The bytes of a tar file or of a member, no more than allowed: headers may tell any size."""

    def __init__(self, source: IO[bytes], left: _Allowance) -> None:
        self._source, self._left = source, left

    def read(self, size: int = -1) -> bytes:
        """The next bytes, so many at most."""
        import lzma
        import zlib

        bounded = self._left.left + 1 if size < 0 else min(size, self._left.left + 1)
        try:
            found = self._source.read(bounded)
        except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
            raise _refused(self._left.archive, f"{type(error).__name__}: {error}") from None
        self._left.take(len(found))
        return found


def _tar_members(archive: Path) -> Iterator[Member]:
    import tarfile

    with archive.open("rb") as plain:
        stream: Any = _Stream(_unpacked(plain), _Allowance(archive))
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for info in tar:
                if info.isdir():
                    yield info.name, None
                elif info.isreg():
                    yield info.name, tar.extractfile(info)
                else:
                    raise _refused(archive, f"the link or device {info.name!r}")
        while stream.read(CHUNK):
            pass  # to the end, where the checksum of the stream stands


def _unpacked(plain: IO[bytes]) -> Any:
    """The bytes that a file holds compressed, or its own."""
    import bz2
    import gzip
    import lzma

    head = plain.read(6)
    plain.seek(0)
    kind = next((kind for magic, kind in MAGIC.items() if head.startswith(magic)), None)
    opens: dict[str, Any] = {"gzip": gzip.open, "bz2": bz2.open, "lzma": lzma.open}
    return opens[kind](plain) if kind else plain


def _zip_members(archive: Path) -> Iterator[Member]:
    import stat
    import zipfile

    left = _Allowance(archive)
    with zipfile.ZipFile(archive) as found:
        for info in found.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise _refused(archive, f"the link or device {info.filename!r}")
            if info.is_dir():
                yield info.filename, None
            else:
                with found.open(info) as source:
                    yield info.filename, _Stream(source, left)


def _safe(archive: Path, name: str) -> PurePosixPath:
    """The name of a member, if it lies below the folder on every system."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in name or "\0" in name:
        raise _refused(archive, f"the name {name!r}")
    return path


def _move(fresh: Path, folder: Path) -> None:
    """The folder takes its name; into one that is there already, file by file."""
    if not folder.exists():
        os.replace(fresh, folder)
        return
    for path in sorted(fresh.rglob("*")):
        target = folder / path.relative_to(fresh)
        if path.is_dir():
            target.mkdir(exist_ok=True)
        else:
            os.replace(path, target)


def _refused(archive: Path, received: str) -> DataError:
    return DataError(
        "get_file(extract=True)", f"does not unpack {archive.name}: it is damaged or unsafe",
        received, "download it again, or look into it and unpack it by hand",
    )  # fmt: skip
