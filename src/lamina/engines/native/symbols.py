"""LAMINA_SYMBOLS: names for machine code that was made in this process.

    LAMINA_SYMBOLS=perf perf record python train.py     ->  perf report names every kernel
    LAMINA_SYMBOLS=gdb gdb -p 4711 -x lamina-dump/gdb-4711.txt

perf reads /tmp/perf-<pid>.map: lines "start size name", numbers in hexadecimal. gdb is given the
object files, and a script of commands that say where they were loaded.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lamina import config
from lamina.engines.native.functions import functions, kernels
from lamina.engines.native.kernel import Kernel, Routine
from lamina.engines.native.plain.kernel import PlainKernel
from lamina.engines.native.tiles.kernel import TileKernel
from lamina.engines.report import origins_of
from lamina.errors import UnsupportedError

if TYPE_CHECKING:
    from lamina.engines.native.link import Library

PERF_MAPS = Path("/tmp")  # where perf looks, whatever TMPDIR says
ELF64, LITTLE = 2, 1
SYMBOL_TABLE, FUNCTION = 2, 2


@dataclass(frozen=True)
class Symbol:
    """A function in an object: where in its section it begins, and how many bytes it has."""

    name: str
    offset: int
    size: int


def publish(step: str, library: Library, routine: Routine) -> None:
    """Makes the functions of a loaded step known to whom LAMINA_SYMBOLS names.

    Raises: UnsupportedError where objects are not ELF files.
    """
    wanted = config.read().symbols
    if not wanted:
        return
    origins = _origins(routine)
    for one in library.objects:
        symbols = list(read_symbols(one.image))
        entry = next(symbol for symbol in symbols if symbol.name == one.name)
        start = library.address(one.name) - entry.offset
        if "perf" in wanted:
            _tell_perf(step, symbols, start, origins)
        if "gdb" in wanted:
            _tell_gdb(step, one.image, start)


def _tell_perf(
    step: str, symbols: Sequence[Symbol], start: int, origins: Mapping[str, tuple[str, ...]]
) -> None:
    with (PERF_MAPS / f"perf-{os.getpid()}.map").open("a", encoding="utf-8") as file:
        for symbol in symbols:
            name = " ".join([f"lamina:{step}:{symbol.name}", *origins.get(symbol.name, ())])
            file.write(f"{start + symbol.offset:x} {symbol.size:x} {name}\n")


def _tell_gdb(step: str, image: bytes, start: int) -> None:
    folder = config.read().dump_dir.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{step}-{start:x}.o"
    path.write_bytes(image)
    with (folder / f"gdb-{os.getpid()}.txt").open("a", encoding="utf-8") as file:
        file.write(f"add-symbol-file {path} {start:#x}\n")


def _origins(routine: Routine) -> Mapping[str, tuple[str, ...]]:
    """What each function's kernels come from."""
    names, found = functions(routine), dict[str, list[str]]()
    for kernel, _ in kernels(routine.items):
        found.setdefault(names[kernel], []).extend(_origins_of(kernel))
    return {name: tuple(dict.fromkeys(origins)) for name, origins in found.items()}


def _origins_of(kernel: Kernel) -> tuple[str, ...]:
    if isinstance(kernel, TileKernel):
        return origins_of(kernel.program.draft.nodes())
    assert isinstance(kernel, PlainKernel)
    return () if kernel.node is None else origins_of([kernel.node])


def read_symbols(image: bytes) -> Iterator[Symbol]:
    """The functions of an ELF object, in the order of its symbol table.

    TIS Committee 1995, "Executable and Linking Format"; the 64-bit forms as in elf(5).
    """
    if image[:6] != b"\x7fELF" + bytes([ELF64, LITTLE]):
        raise UnsupportedError(
            "LAMINA_SYMBOLS", "needs objects in the ELF format of Linux",
            f"an object that begins with {image[:6]!r}", "unset it on this system",
        )  # fmt: skip
    (table,) = struct.unpack_from("<Q", image, 40)
    size, count = struct.unpack_from("<HH", image, 58)
    sections = [struct.unpack_from("<IIQQQQIIQQ", image, table + i * size) for i in range(count)]
    for section in sections:
        if section[1] == SYMBOL_TABLE:
            yield from _functions(image, section, sections[section[6]][4])


def _functions(image: bytes, section: tuple[int, ...], strings: int) -> Iterator[Symbol]:
    first, length = section[4], section[5]
    for place in range(first, first + length, 24):
        name, info, _, _, offset, size = struct.unpack_from("<IBBHQQ", image, place)
        if info & 15 == FUNCTION:
            begin = strings + name
            yield Symbol(image[begin : image.index(b"\0", begin)].decode(), offset, size)
