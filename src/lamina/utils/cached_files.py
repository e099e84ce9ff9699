"""get_file: a file of the network, kept in Keras' cache folder."""

from __future__ import annotations

import os
import posixpath
import warnings
from pathlib import Path
from typing import Any

from lamina.callbacks.progress import say
from lamina.errors import ArgumentError, StateError
from lamina.utils.archives import FORMATS, extract
from lamina.utils.download import Checksum, checksum, fetch


def cache_folder() -> Path:
    """Keras' folder: what the environment's KERAS_HOME names, or ~/.keras."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras").expanduser()


def get_file(
    fname: Any = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: Any = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: Any = "auto",
    cache_dir: Any = None,
    force_download: bool = False,
    *,
    timeout: float = 60.0,
) -> str:
    """The path of a file, which is downloaded if the cache folder does not have it.

    A download shows a progress bar, and is put in its place only when it is whole and its checksum
    is right. With `extract=True` the archive is unpacked beside it, once, and the result is the
    folder; see `lamina.utils.archives` for what an archive may hold.

    Args:
        fname: its name in the cache; by default the last part of the address.
        origin: the address: http, https, ftp or file.
        file_hash, hash_algorithm: its SHA-256 or MD5; a cached file with another is replaced.
        cache_subdir: folder in the cache folder, or a folder of its own if absolute.
        extract, archive_format: whether to unpack; "tar", "zip" or a list of both ("auto").
        cache_dir: the cache folder; by default KERAS_HOME, or ~/.keras.
        force_download: downloads it anew in any case.
        timeout: seconds after which an answer that does not come is given up (Keras waits).
        untar, md5_hash: older forms of `extract` and `file_hash`.

    Raises: DownloadError if it cannot be had; DataError for a wrong checksum or an unsafe archive;
    ArgumentError.
    """
    name, address = _names(fname, origin)
    folder = _folder(cache_dir, cache_subdir)
    unpacks = extract or untar
    path, unpacked = _places(folder, name, fname is not None and fname != "", unpacks)
    if md5_hash is not None and file_hash is None:
        file_hash, hash_algorithm = md5_hash, "md5"
    expected = None if file_hash is None else checksum(file_hash, hash_algorithm)
    wanted = force_download or not _is_kept(path, expected)
    if wanted and (place := _writable(path)) != path:
        path, unpacked = place, place.with_name(unpacked.name)
        wanted = force_download or not _is_kept(path, expected)
    if wanted:
        say(f"Downloading data from {address}")
        fetch(address, path, expected, timeout)
    if not unpacks:
        return str(path)
    return str(_unpack_once(path, unpacked, "tar" if untar else archive_format))


def _names(fname: Any, origin: str | None) -> tuple[str, str]:
    """The file's name and its address."""
    from urllib.parse import urlsplit

    if not isinstance(origin, str) or not origin:
        raise ArgumentError(
            "get_file", "needs the file's address", f"origin={origin!r}", "pass origin=..."
        )
    name = os.fspath(fname) if fname else posixpath.basename(urlsplit(origin).path)
    if not name or name in (".", "..") or any(c in name for c in "/\\\0"):
        raise ArgumentError(
            "get_file(fname=...)", "needs a file's name, without a folder", repr(name or origin),
            "pass fname='data.csv', for instance, and the folder as cache_dir=",
        )  # fmt: skip
    return name, origin


def _is_kept(path: Path, expected: Checksum | None) -> bool:
    """Whether the file is there, and the one that is meant."""
    if not path.exists():
        return False
    if expected is None or expected.fits(path):
        return True
    say(f"{path} is incomplete or outdated: its {expected.algorithm} is another. It is downloaded "
        "again.")  # fmt: skip
    return False


def _folder(cache_dir: Any, cache_subdir: Any) -> Path:
    base = cache_folder() if cache_dir is None else Path(cache_dir).expanduser()
    return base / cache_subdir


def _places(folder: Path, name: str, is_named: bool, unpacks: bool) -> tuple[Path, Path]:
    """Where the file lies, and the folder that it is unpacked to, as Keras has them."""
    if not unpacks:
        return folder / name, folder / name
    if is_named and "." in name:
        return folder / name, folder / f"{name.partition('.')[0]}_extracted"
    return folder / f"{name}_archive", folder / name


def _writable(path: Path) -> Path:
    """The path, or one in the folder for temporary files if nothing can be written there."""
    import tempfile

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if os.access(path.parent, os.W_OK):
            return path
    except OSError:
        pass
    folder = Path(tempfile.gettempdir()) / ".keras"
    folder.mkdir(mode=0o700, exist_ok=True)
    if hasattr(os, "getuid") and folder.stat().st_uid != os.getuid():
        raise StateError(
            "get_file", "has no folder to write to",
            f"{path.parent} is read-only, {folder} belongs to somebody else",
            "set KERAS_HOME to a folder of yours, or pass cache_dir=",
        )  # fmt: skip
    (folder / path.parent.name).mkdir(exist_ok=True)
    return folder / path.parent.name / path.name


def _unpack_once(path: Path, folder: Path, formats: Any) -> Path:
    """Unpacks an archive, unless this very one was unpacked there and nobody removed it."""
    status = path.stat()
    told = f"{status.st_size} {status.st_mtime_ns}"
    if _is_unpacked(folder, told):
        return folder
    folder = _writable(folder)
    if _is_unpacked(folder, told):
        return folder
    if isinstance(formats, str):
        formats = FORMATS if formats == "auto" else (formats,)
    if extract(path, folder, tuple(formats or ())):
        _stamp(folder).write_text(told, "utf-8")
    else:
        warnings.warn(f"{path} is no archive: nothing was unpacked", stacklevel=3)
    return folder


def _is_unpacked(folder: Path, told: str) -> bool:
    stamp = _stamp(folder)
    return folder.is_dir() and stamp.exists() and stamp.read_text("utf-8") == told


def _stamp(folder: Path) -> Path:
    """The file that says which archive was unpacked to a folder."""
    return folder.with_name(f"{folder.name}.unpacked")
