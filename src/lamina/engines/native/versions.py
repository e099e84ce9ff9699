"""Everything besides a program that its machine code depends on: the target, the versions of what
makes the code, and the sources that make it.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import lamina
from lamina import config
from lamina.engines.native import target
from lamina.engines.native.once import once


def key(*parts: object) -> str:
    """The name of what these parts, texts and numbers, become in this process."""
    host = target.host()
    made_for = (host.triple, host.cpu, host.features, host.vector_bytes)
    text = repr((_fixed(), made_for, config.read().verify, parts))
    return hashlib.sha256(text.encode()).hexdigest()


@once
def _fixed() -> str:
    """The digest of what stays the same for the life of a process."""
    versions = (
        lamina.__version__, sys.implementation.cache_tag, tuple(sys.version_info), np.__version__,
        tuple(target.binding().llvm_version_info), tuple(_sources()),
    )  # fmt: skip
    return hashlib.sha256(repr(versions).encode()).hexdigest()


def _sources() -> Iterator[tuple[str, int, int]]:
    """Path, size and time of each source, so that an edited checkout never runs what another made.

    An archive has none: its version has to do.
    """
    yield from _files(str(Path(lamina.__file__).parent), "lamina")


def _files(folder: str, name: str) -> Iterator[tuple[str, int, int]]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.is_dir():
            yield from _files(entry.path, f"{name}/{entry.name}")
        elif entry.name.endswith(".py"):
            status = entry.stat()
            yield f"{name}/{entry.name}", status.st_size, status.st_mtime_ns
