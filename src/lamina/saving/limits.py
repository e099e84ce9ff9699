"""Limits: how much a file that is read may ask for; one set for all formats."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

GIB = 1 << 30


@dataclass(frozen=True)
class Limits:
    """What reading a file may cost; a file that needs more is refused with an error.

    Attributes:
        config_bytes: of one text, such as the configuration of a model.
        depth: of nested configurations, groups and models.
        values: of a configuration: numbers, texts, lists, dictionaries.
        containers: lists and dictionaries among them.
        layers: of a model, those of models inside it included.
        members: of a zip archive or an HDF5 group; attributes of an object.
        growth: how many times its size a compressed member of an archive may unpack to, from
            64 MiB on.
        bytes: of all arrays, unpacked; None: 8 GiB, or half of the free memory if that is less.
    """

    config_bytes: int = 16 << 20
    depth: int = 100
    values: int = 2_000_000
    containers: int = 400_000
    layers: int = 10_000
    members: int = 10_000
    growth: int = 100
    bytes: int | None = None

    def most_bytes(self) -> int:
        """How many bytes the arrays of a file may have together."""
        return min(8 * GIB, _free_memory() // 2) if self.bytes is None else self.bytes


DEFAULT = Limits()


def _free_memory() -> int:
    """The bytes that this machine can still give; much where it does not tell."""
    try:
        for line in Path("/proc/meminfo").read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) << 10
    except (OSError, ValueError, IndexError):
        pass
    return 16 * GIB
