"""The cache: what was compiled once is loaded the next time.

An entry is named by a digest of everything that it depends on (`versions.key`). It holds its
content and a digest of its name and content; one that does not match is made again, never run. The
folder is private to the user, or it is not used; what is no plain file of the user's is not read.
Entries are written at once, by renaming; trouble with the disk is no error.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from lamina import config

SUFFIX = ".object"
LIMIT = 256 << 20  # bytes that the folder may hold
# First digits of the names with which the folder is looked through: one entry in 16, since a full
# folder has thousands.
PRUNES = "0"
DIGEST = hashlib.sha256().digest_size


def fetch(key: str, make: Callable[[], bytes]) -> bytes:
    """The content of an entry: from the cache, or made and kept."""
    found = load(key)
    if found is None:
        found = make()
        keep(key, found)
    return found


def load(key: str) -> bytes | None:
    """The content of an entry, None if there is none that is whole."""
    folder = _folder()
    return None if folder is None else _read(folder / f"{key}{SUFFIX}")


def keep(key: str, content: bytes) -> None:
    """Writes an entry, instead of what was there."""
    folder = _folder()
    if folder is not None:
        _write(folder / f"{key}{SUFFIX}", content)


def _folder() -> Path | None:
    """Where entries are, None if nothing is to be kept."""
    settings = config.read()
    return _private(settings.cache_dir or default_folder()) if settings.cache else None


def default_folder() -> Path:
    """Where a user's caches are on this system."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "lamina" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "lamina"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lamina"


def _private(folder: Path) -> Path | None:
    """The folder, made if need be; None if others could write to it, or it cannot be had."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
    except OSError:
        return None
    if hasattr(os, "getuid"):
        foreign = status.st_uid != os.getuid()
        if foreign or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            return None
    return folder


def _read(path: Path) -> bytes | None:
    """The content of an entry, None if there is none that is whole."""
    try:
        content = _content(path)
    except OSError:
        return None
    digest, image = content[:DIGEST], content[DIGEST:]
    if _digest(path, image) != digest:
        return None
    with contextlib.suppress(OSError):
        os.utime(path)  # the oldest entries are the first to go
    return image


def _content(path: Path) -> bytes:
    """The bytes of a plain file of the user's; a link, a pipe or a device is not opened.

    Raises: OSError.
    """
    flags = (getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
    with open(os.open(path, os.O_RDONLY | sum(flags)), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or (
            hasattr(os, "getuid") and status.st_uid != os.getuid()
        ):
            raise OSError(f"{path} is no file of this user's")
        return file.read()


def _digest(path: Path, image: bytes) -> bytes:
    """What an entry begins with: an entry under another name does not match."""
    return hashlib.sha256(path.name.encode("utf-8") + image).digest()


def _write(path: Path, image: bytes) -> None:
    with contextlib.suppress(OSError):
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_digest(path, image) + image)
            os.replace(name, path)
        except OSError:
            os.unlink(name)
            raise
        if path.name[0] in PRUNES:
            _prune(path.parent)


def _prune(folder: Path) -> None:
    """Removes the entries that were not used for the longest, until the rest is small enough."""
    entries = [(entry.stat(), entry) for entry in folder.glob(f"*{SUFFIX}")]
    total = sum(status.st_size for status, _ in entries)
    for status, entry in sorted(entries, key=lambda pair: pair[0].st_mtime):
        if total <= LIMIT:
            return
        entry.unlink()
        total -= status.st_size
