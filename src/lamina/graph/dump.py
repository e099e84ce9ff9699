"""LAMINA_DUMP: what a compilation looks like at each stage, as numbered text files.

    LAMINA_DUMP=graph,llvm python train.py     ->  lamina-dump/000-train.graph.txt, ...

Files are numbered in the order in which they are written, by one process from 000 on.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from lamina import config

if TYPE_CHECKING:
    from pathlib import Path

_numbers = itertools.count()


def dump(stage: str, name: str, text: Callable[[], str]) -> Path | None:
    """Writes `text()` if LAMINA_DUMP asks for this stage; the file's path, or None."""
    settings = config.read()
    if stage not in settings.dump:
        return None
    folder = settings.dump_dir
    folder.mkdir(parents=True, exist_ok=True)
    safe = re.sub(r"[^\w.-]+", "_", name)
    path = folder / f"{next(_numbers):03}-{safe}.{stage}.txt"
    path.write_text(text(), encoding="utf-8")
    return path
