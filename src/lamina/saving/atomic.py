"""replacing: a file is written whole, or what was there before stays."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from lamina.errors import FileError


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """A new file to write to, which takes the place of `path` once all is written.

    It is written beside `path`, brought to the disk, and renamed; at any failure it is removed,
    and the file that was there is as it was. A link stays, and what it leads to is replaced;
    devices and pipes are written to directly.

    Raises: OSError as `open` does; FileError where `path` is a folder.
    """
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise FileError(
            str(path), "is a folder, where a file should be written", "a path of a folder",
            "add the name of a file, 'model.keras' for instance",
        )  # fmt: skip
    if target.exists() and not stat.S_ISREG(target.stat().st_mode):
        with target.open("wb") as file:
            yield file
        return
    fresh = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}.part")
    try:
        with open(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666), "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            os.chmod(fresh, stat.S_IMODE(target.stat().st_mode))
        os.replace(fresh, target)
    except BaseException:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Brings the new name to the disk, where folders can be brought there."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
