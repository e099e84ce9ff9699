"""Hostile archives for `get_file(extract=True)`."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from torture.hostile.cases import Case

Make = Callable[[Path, Path], Path]


def tar(mode: str, *entries: tuple[str, bytes, str], size: int | None = None) -> Make:
    """A tar file of (type, name, target or content)."""

    def make(place: Path, folder: Path) -> Path:
        path = place / "a.tar"
        with tarfile.open(path, f"w:{mode}") as archive:
            for name, kind, content in entries:
                info = tarfile.TarInfo(name)
                info.type = kind
                if kind == tarfile.REGTYPE:
                    info.size = len(content)
                    archive.addfile(info, io.BytesIO(content.encode()))
                    continue
                info.linkname = content.replace("SECRET", str(folder / "secret.txt"))
                archive.addfile(info)
        return path

    return make


def zeros(mode: str, size: int) -> Make:
    """A member of zeros, compressed."""

    class Zeros(io.RawIOBase):
        def read(self, count: int = -1) -> bytes:  # type: ignore[override]
            return bytes(count)

    def make(place: Path, folder: Path) -> Path:
        path = place / "a.tar"
        with tarfile.open(path, f"w:{mode}") as archive:
            info = tarfile.TarInfo("zeros")
            info.size = size
            archive.addfile(info, Zeros())
        return path

    return make


def zipped(name: str, mode: int = 0o100644, size: int = 5) -> Make:
    """A zip file of one member."""

    def make(place: Path, folder: Path) -> Path:
        path = place / "a.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            info = zipfile.ZipInfo(name)
            info.external_attr, info.compress_type = mode << 16, zipfile.ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=True) as member:
                for _ in range(max(1, size >> 20)):
                    member.write(bytes(min(size, 1 << 20)))
        return path

    return make


def cut(make: Make, fraction: float) -> Make:
    """The first part of it."""

    def shorter(place: Path, folder: Path) -> Path:
        path = make(place, folder)
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * fraction)])
        return path

    return shorter


def header(size: bytes) -> Make:
    """A tar file whose one member is said to have this size."""

    def make(place: Path, folder: Path) -> Path:
        info = tarfile.TarInfo("x")
        data = bytearray(info.tobuf(tarfile.GNU_FORMAT))
        data[124:136] = size
        data[148:156] = b" " * 8
        data[148:156] = b"%06o\0 " % sum(data)
        (place / "a.tar").write_bytes(bytes(data) + bytes(1024))
        return place / "a.tar"

    return make


REG, SYM, LNK = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE
TEXT = "hello " * 5000
MAKES: dict[str, tuple[Make, str]] = {
    "whole": (tar("gz", ("a/b.txt", REG, "x")), "load"),
    **{f"tar named {name}": (tar("", (name, REG, "x")), "refuse") for name in (
        "../outside", "/tmp/torture-outside", "a/../../outside", "a\\..\\..\\outside",
        "C:/outside")},
    "tar: a symbolic link": (tar("gz", ("a", SYM, "SECRET")), "refuse"),
    "tar: a link, and a file through it": (tar("", ("a", SYM, "/tmp"), ("a/x", REG, "x")),
                                           "refuse"),
    "tar: a hard link": (tar("", ("a", LNK, "SECRET")), "refuse"),
    "tar: a device": (tar("", ("a", tarfile.CHRTYPE, "")), "refuse"),
    "tar: a pipe": (tar("", ("a", tarfile.FIFOTYPE, "")), "refuse"),
    "tar: a file as a folder": (tar("", ("a", REG, "x"), ("a/b", REG, "x")), "refuse"),
    "tar: gzip bomb of 200 MB": (zeros("gz", 200 << 20), "refuse"),
    "tar: bzip2 bomb of 200 MB": (zeros("bz2", 200 << 20), "refuse"),
    "tar: xz bomb of 200 MB": (zeros("xz", 200 << 20), "refuse"),
    "tar: cut": (cut(tar("", ("a", REG, TEXT)), 0.5), "refuse"),
    "tar: gzip cut": (cut(tar("gz", ("a", REG, TEXT)), 0.7), "refuse"),
    "tar: 8 GB it says": (header(b"77777777777\0"), "refuse"),
    "tar: minus bytes it says": (header(b"\xff" * 12), "any"),
    "tar: 2^90 bytes it says": (header(b"\x80" + b"\x7f" * 11), "refuse"),
    **{f"zip named {name}": (zipped(name), "refuse") for name in (
        "../outside", "/tmp/torture-outside", "a/../../outside", "a\\..\\..\\outside",
        "C:/outside")},
    "zip: a link": (zipped("a", 0o120777), "refuse"),
    "zip: a device": (zipped("a", 0o060666), "refuse"),
    "zip: a bomb of 200 MB": (zipped("a", size=200 << 20), "refuse"),
    "zip: cut": (cut(zipped("a", size=1 << 20), 0.5), "warn"),
}  # fmt: skip

CASES = [Case(f"archive: {name}", "archive", make, e) for name, (make, e) in MAKES.items()]
