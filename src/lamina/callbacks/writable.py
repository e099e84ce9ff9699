"""check_writable: whether files can be written, found out before the work is done."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def check_writable(path: str | os.PathLike[str]) -> None:
    """Makes a file where one at `path` would begin, and removes it.

    The folder is that of `path`, or the nearest above that there is.

    Raises: OSError if that cannot be done.
    """
    folder = Path(os.path.realpath(os.path.dirname(os.path.expanduser(path)) or "."))
    while not folder.exists():
        folder = folder.parent
    trial = folder / f".{secrets.token_hex(6)}.part"
    os.close(os.open(trial, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    trial.unlink()
