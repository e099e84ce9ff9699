"""Hostile `.keras` files: what is wrong is the zip archive."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

from torture.hostile.cases import Case, members, zipped

Make = Callable[[Path, Path], Path]


def cut(fraction: float) -> Make:
    """The first part of a whole file."""

    def make(place: Path, folder: Path) -> Path:
        data = (folder / "good.keras").read_bytes()
        (place / "m.keras").write_bytes(data[: int(len(data) * fraction)])
        return place / "m.keras"

    return make


def more(**extra: bytes) -> Make:
    """A whole file with more members; "|" stands for what Python's names cannot have."""

    def make(place: Path, folder: Path) -> Path:
        return zipped(place / "m.keras", {**members(folder / "good.keras"), **extra})

    return make


def named(name: str) -> Make:
    """A whole file with a member of this name."""
    return more(**{name: b"hello"})


def bomb(name: str, size: int) -> Make:
    """A member of zeros."""

    def make(place: Path, folder: Path) -> Path:
        kept = {k: v for k, v in members(folder / "good.keras").items() if k != name}
        path = zipped(place / "m.keras", kept)
        with (
            zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
            archive.open(name, "w", force_zip64=True) as member,
        ):
            for _ in range(size >> 20):
                member.write(bytes(1 << 20))
        return path

    return make


def twice(name: str) -> Make:
    """Two members of one name."""

    def make(place: Path, folder: Path) -> Path:
        path = zipped(place / "m.keras", members(folder / "good.keras"))
        with warnings.catch_warnings(), zipfile.ZipFile(path, "a") as archive:
            warnings.simplefilter("ignore")
            archive.writestr(name, members(folder / "good.keras")[name])
        return path

    return make


def mode(bits: int) -> Make:
    """A member that is a link or a device."""

    def make(place: Path, folder: Path) -> Path:
        path = zipped(place / "m.keras", members(folder / "good.keras"))
        with zipfile.ZipFile(path, "a") as archive:
            info = zipfile.ZipInfo("assets/link")
            info.external_attr, info.create_system = bits << 16, 3
            archive.writestr(info, str(folder / "secret.txt"))
        return path

    return make


def field(at: int, form: str, value: int, local: int | None = None, of: str = "") -> Make:
    """A number in the central directory (and in the local header), of a member or of all."""

    def make(place: Path, folder: Path) -> Path:
        data = bytearray((folder / "good.keras").read_bytes())
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos, start = archive.infolist(), archive.start_dir
        for info in infos:
            if not of or info.filename == of:
                struct.pack_into(form, data, start + at, value)
                if local is not None:
                    struct.pack_into(form, data, info.header_offset + local, value)
            lengths = struct.unpack_from("<HHH", data, start + 28)
            start += 46 + sum(lengths)
        (place / "m.keras").write_bytes(data)
        return place / "m.keras"

    return make


def tail(at: int, form: str, value: int) -> Make:
    """A number in the record at the end."""

    def make(place: Path, folder: Path) -> Path:
        data = bytearray((folder / "good.keras").read_bytes())
        struct.pack_into(form, data, data.rindex(b"PK\5\6") + at, value)
        (place / "m.keras").write_bytes(data)
        return place / "m.keras"

    return make


def many(place: Path, folder: Path) -> Path:
    """More members than there may be."""
    return zipped(
        place / "m.keras",
        {**members(folder / "good.keras"), **{f"assets/{i}": b"" for i in range(20_000)}},
    )


def flipped(place: Path, folder: Path) -> Path:
    """A bit of the weights is another; the checksum tells."""
    data = bytearray((folder / "good.keras").read_bytes())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = archive.getinfo("model.weights.h5")
    data[info.header_offset + 2000] ^= 4
    (place / "m.keras").write_bytes(data)
    return place / "m.keras"


def overlapping(place: Path, folder: Path) -> Path:
    """Many names for one block of deflated zeros: each would unpack to 30 MB."""
    path = zipped(place / "m.keras", members(folder / "good.keras"))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("assets/0", bytes(30 << 20))
        one = archive.getinfo("assets/0")
        for i in range(1, 200):
            copy = zipfile.ZipInfo(f"assets/{i}")
            for name in ("compress_type", "CRC", "compress_size", "file_size", "header_offset"):
                setattr(copy, name, getattr(one, name))
            archive.filelist.append(copy)
    return path


def other_local_name(place: Path, folder: Path) -> Path:
    """The local header has another name than the directory."""
    data = (folder / "good.keras").read_bytes()
    at = data.index(b"config.json")
    (place / "m.keras").write_bytes(data[:at] + b"c/../f.json" + data[at + 11 :])
    return place / "m.keras"


def written(content: bytes) -> Make:
    """A file of these bytes."""

    def make(place: Path, folder: Path) -> Path:
        (place / "m.keras").write_bytes(content)
        return place / "m.keras"

    return make


def compressed(kind: int) -> Make:
    """Members compressed in a way that Keras never writes."""

    def make(place: Path, folder: Path) -> Path:
        return zipped(place / "m.keras", members(folder / "good.keras"), compression=kind)

    return make


def without(name: str) -> Make:
    """A whole file without one of its members."""

    def make(place: Path, folder: Path) -> Path:
        kept = {k: v for k, v in members(folder / "good.keras").items() if k != name}
        return zipped(place / "m.keras", kept)

    return make


def nested(place: Path, folder: Path) -> Path:
    """The weights are a zip archive themselves."""
    whole = (folder / "good.keras").read_bytes()
    return zipped(place / "m.keras", {**members(folder / "good.keras"), "model.weights.h5": whole})


_MAKES: dict[str, tuple[Make, str]] = {
    "empty": (written(b""), "refuse"),
    "text": (written(b"hello, world\n" * 100), "refuse"),
    "only its head": (written(b"PK\3\4"), "refuse"),
    "only its end": (written(b"PK\5\6" + bytes(18)), "refuse"),
    "zeros": (written(bytes(1 << 20)), "refuse"),
    "head and zeros": (written(b"PK\3\4" + bytes(50 << 20)), "refuse"),
    **{f"cut at {n} %": (cut(n / 100), "refuse") for n in (1, 10, 50, 90, 99)},
    **{f"named {name}": (named(name), "refuse") for name in (
        "../outside", "/tmp/torture-outside", "assets/../../outside", "..\\outside", "C:\\outside",
        "assets//../../../x", "a:b")},
    "a very long name": (named("assets/" + "x" * 60_000), "load"),
    "a folder named like the text": (named("config.json/"), "load"),
    "bomb in the text": (bomb("config.json", 300 << 20), "refuse"),
    "bomb in the weights": (bomb("model.weights.h5", 300 << 20), "refuse"),
    "bomb in what is not read": (bomb("assets/zeros", 300 << 20), "refuse"),
    "config twice": (twice("config.json"), "refuse"),
    "weights twice": (twice("model.weights.h5"), "refuse"),
    "a link": (mode(0o120777), "refuse"),
    "a device": (mode(0o060777), "refuse"),
    "a pipe": (mode(0o010777), "refuse"),
    "encrypted": (field(8, "<H", 1, 6), "refuse"),
    "encrypted text": (field(8, "<H", 1, 6, "config.json"), "refuse"),
    "unknown compression": (field(10, "<H", 99, 8), "refuse"),
    "bzip2": (compressed(zipfile.ZIP_BZIP2), "refuse"),
    "lzma": (compressed(zipfile.ZIP_LZMA), "refuse"),
    "deflated": (compressed(zipfile.ZIP_DEFLATED), "load"),
    "text larger than it says": (field(24, "<I", 10, 22, "config.json"), "refuse"),
    "text smaller than it says": (field(24, "<I", 1 << 22, 22, "config.json"), "refuse"),
    "weights of 4 GB they say": (field(24, "<I", (1 << 32) - 2, 22, "model.weights.h5"), "refuse"),
    "packed 4 GB it says": (field(20, "<I", (1 << 32) - 2, 18, "model.weights.h5"), "refuse"),
    "another checksum": (field(16, "<I", 7, 14, "config.json"), "refuse"),
    "offset beyond the end": (field(42, "<I", 1 << 30, None, "config.json"), "refuse"),
    "offset of another": (field(42, "<I", 0, None, "config.json"), "refuse"),
    "number of disks": (tail(4, "<H", 7), "any"),
    "fewer members than it says": (tail(10, "<H", 60_000), "load"),
    "directory of 4 GB": (tail(12, "<I", (1 << 32) - 2), "refuse"),
    "directory before the file": (tail(16, "<I", (1 << 32) - 2), "refuse"),
    "a comment longer than the file": (tail(20, "<H", 60_000), "load"),
    "20,000 members": (many, "refuse"),
    "a flipped bit": (flipped, "refuse"),
    "members that overlap": (overlapping, "refuse"),
    "another name inside": (other_local_name, "refuse"),
    "no config": (without("config.json"), "refuse"),
    "no weights": (without("model.weights.h5"), "refuse"),
    "no metadata": (without("metadata.json"), "load"),
    "an archive as weights": (nested, "refuse"),
}  # fmt: skip

CASES = [Case(f"zip: {name}", "model", make, expect) for name, (make, expect) in _MAKES.items()]
