"""Archives that would write elsewhere, never end, or are damaged: refused, and nothing is left."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import stat
import tarfile
import tracemalloc
import zipfile

import pytest

from lamina.errors import DataError
from lamina.utils import archives


def tar(*members):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as made:
        for name, content, changes in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            for field, value in changes.items():
                setattr(info, field, value)
            made.addfile(info, io.BytesIO(content))
    return file.getvalue()


def zipped(name, content=b"x", mode=0):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        made.writestr(info, content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def overwritten(method):
    """A zip file whose member is damaged in its middle."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        made.writestr("a", random.Random(3).randbytes(2000))
    content = file.getvalue()
    return content[:900] + b"\xff" * 40 + content[940:]


def lying_tar():
    """A header that tells of 1 TB."""
    info = tarfile.TarInfo("x")
    info.size = 1 << 40
    return gzip.compress(info.tobuf(tarfile.GNU_FORMAT) + bytes(20000))


GOOD = ("a.txt", b"good", {})
UNSAFE = {
    "tar above": tar(GOOD, ("../evil", b"x", {})),
    "tar absolute": tar(GOOD, ("/tmp/evil", b"x", {})),
    "tar above inside": tar(GOOD, ("a/../../evil", b"x", {})),
    "tar backslash": tar(GOOD, ("..\\evil", b"x", {})),
    "tar drive": tar(GOOD, ("C:evil", b"x", {})),
    "tar symlink": tar(GOOD, ("l", b"", {"type": tarfile.SYMTYPE, "linkname": "/etc"})),
    "tar symlink, then through it": tar(
        ("l", b"", {"type": tarfile.SYMTYPE, "linkname": ".."}), ("l/evil", b"x", {})
    ),
    "tar hard link": tar(GOOD, ("l", b"", {"type": tarfile.LNKTYPE, "linkname": "a.txt"})),
    "tar device": tar(GOOD, ("d", b"", {"type": tarfile.CHRTYPE})),
    "tar pipe": tar(GOOD, ("d", b"", {"type": tarfile.FIFOTYPE})),
    "tar bomb": gzip.compress(tar(("a", bytes(1 << 20), {}))),
    "tar of a terabyte": lying_tar(),
    "tar file and folder of one name": tar(("a", b"x", {}), ("a/b", b"x", {})),
    "tar cut": tar(GOOD, ("b.txt", bytes(4000), {}))[:2500],
    "tar.gz cut": gzip.compress(tar(GOOD, ("b.txt", bytes(range(250)) * 99, {})))[:-200],
    "tar.gz flipped": gzip.compress(tar(GOOD))[:-6] + b"\0\0\0\0\0\0",
    "zip above": zipped("../evil"),
    "zip absolute": zipped("/tmp/evil"),
    "zip drive": zipped("C:\\evil"),
    "zip symlink": zipped("l", b"/etc/passwd", stat.S_IFLNK | 0o777),
    "zip bomb": zipped("a", bytes(1 << 20)),
    "zip deflate damaged": overwritten(zipfile.ZIP_DEFLATED),
    "zip bzip2 damaged": overwritten(zipfile.ZIP_BZIP2),
    "zip lzma damaged": overwritten(zipfile.ZIP_LZMA),
    "zip flipped": zipped("a", b"abcdefgh" * 9).replace(b"\x4b\x4c", b"\x4b\x00", 1),
}


@pytest.mark.parametrize("name", sorted(UNSAFE))
def test_an_unsafe_archive_is_refused_whole(name, tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_BYTES", 1 << 16)
    archive = tmp_path / "archive"
    archive.write_bytes(UNSAFE[name])
    with pytest.raises(DataError, match="does not unpack archive: it is damaged or unsafe"):
        archives.extract(archive, tmp_path / "to")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["archive"]


def test_too_many_members_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_MEMBERS", 3)
    archive = tmp_path / "archive"
    archive.write_bytes(tar(*((f"{i}", b"", {}) for i in range(4))))
    with pytest.raises(DataError, match="more than 3 members"):
        archives.extract(archive, tmp_path / "to")


def test_a_folder_of_the_cache_keeps_what_was_there_when_an_archive_is_refused(tmp_path):
    (tmp_path / "to").mkdir()
    (tmp_path / "to" / "a.txt").write_text("before")
    archive = tmp_path / "archive"
    archive.write_bytes(UNSAFE["tar above"])
    with pytest.raises(DataError):
        archives.extract(archive, tmp_path / "to")
    assert (tmp_path / "to" / "a.txt").read_text() == "before"


def long_header():
    """A header of 64 MiB before the first member, for the name of a file."""
    info = tarfile.TarInfo("x")
    info.pax_headers = {"comment": "x" * (1 << 26)}
    return gzip.compress(info.tobuf(tarfile.PAX_FORMAT) + bytes(1024), 1)


def test_a_long_header_is_not_read_before_it_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_BYTES", 1 << 20)
    monkeypatch.setattr(archives, "MOST_GROWTH", 1)
    archive = tmp_path / "archive"
    archive.write_bytes(long_header())
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="times its own size"):
            archives.extract(archive, tmp_path / "to")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1 << 23


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_a_tar_file_is_known_by_its_first_block(pack, tmp_path):
    archive = tmp_path / "archive"
    for content, known in [(tar(GOOD), True), (tar(), True), (b"", False), (b"text" * 500, False),
                           (tar(GOOD)[:300], False)]:  # fmt: skip
        archive.write_bytes(pack(content))
        assert archives.extract(archive, tmp_path / "to", ("tar",)) is known
    archive.write_bytes(pack(tar(GOOD))[:20])
    assert archives.extract(archive, tmp_path / "to", ("tar",)) is False
