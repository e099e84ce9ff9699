"""Linking: LLVM text becomes machine code in this process.

The ORC binding is used because it unloads code; a `Library` owns what it loaded, and whoever holds
an address must hold its library. Equal modules are one library for as long as anybody holds it.

An ORC JIT keeps some 10 KiB of every library that it ever linked, so a JIT links a few and is
followed by another; it goes when the last of its libraries has gone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

from lamina import config
from lamina.engines.native import cache, target, versions
from lamina.engines.native.once import once

# Libraries that one JIT links.
GENERATION = 16

_live: WeakValueDictionary[str, Library] = WeakValueDictionary()


class Object(NamedTuple):
    """An object file, and a function in it that others may see."""

    name: str
    image: bytes


class Library:
    """Machine code in memory, for as long as this object lives.

    Attributes:
        objects: the object files that it was loaded from.
        seconds: what making it took, by stage; "cache" stands for "machine code" where the object
            was found there.
    """

    def __init__(self, tracker: Any, objects: Sequence[Object]) -> None:
        self._tracker = tracker
        self.objects = objects
        self.seconds: dict[str, float] = {}

    def address(self, name: str) -> int:
        """Where a function begins."""
        return int(self._tracker[name])


# LLVM's levels of code generation: kernels get all of it; what only calls them takes a tenth of the
# time without, and runs no longer.
FULL, QUICK = 2, 0


@once
def _machine(level: int = FULL) -> Any:
    host = target.host()
    found = target.binding().Target.from_triple(host.triple)
    return found.create_target_machine(
        cpu=host.cpu, features=host.features, opt=level, reloc="pic", codemodel="small"
    )


class _Linker:
    """The present JIT, and how many libraries it has linked."""

    def __init__(self) -> None:
        self._jit: Any = None
        self._count = 0
        self._lock = threading.Lock()

    def link(self, builder: Any) -> Any:
        """The tracker of a library, which keeps its JIT alive."""
        with self._lock:
            if self._jit is None or self._count == GENERATION:
                self._jit = target.binding().create_lljit_compiler(_machine(), use_jit_link=True)
                self._count = 0
            self._count += 1
            tracker = builder.link(self._jit, f"lamina{self._count}")
            tracker.jit = self._jit
        return tracker


_linker = _Linker()


def compile_text(text: str, level: int = FULL) -> bytes:
    """The object of a module. No IR passes: what is emitted is what is meant."""
    return _machine(level).emit_object(_parsed(text))


def assembly(text: str, level: int = FULL) -> str:
    """The machine code of a module, for people."""
    return str(_machine(level).emit_assembly(_parsed(text)))


def _parsed(text: str) -> Any:
    # In a context of its own: the global one keeps every type and constant it ever saw.
    binding = target.binding()
    module = binding.parse_assembly(text, binding.create_context())
    if config.read().verify:
        module.verify()
    machine = _machine()
    module.triple, module.data_layout = machine.triple, str(machine.target_data)
    return module


def load(objects: Sequence[Object], names: Sequence[str] = ()) -> Library:
    """Links objects, which may call each other; `names` are further functions that will be asked
    for.
    """
    started = time.perf_counter()
    builder = target.binding().JITLibraryBuilder().add_current_process()
    for one in objects:
        builder.add_object_img(one.image)
    for name in dict.fromkeys([*(one.name for one in objects), *names]):
        builder.export_symbol(name)
    library = Library(_linker.link(builder), objects)
    library.seconds["linking"] = time.perf_counter() - started
    return library


def build(text: str, names: Sequence[str]) -> Library:
    """Compiles a module and links it, unless it is in this process already or in the cache."""
    return made(("text", text), lambda: text, names)


def made(parts: Sequence[object], emit: Callable[[], str], names: Sequence[str]) -> Library:
    """The library of the module that `emit` makes of nothing but `parts`; see `build`."""
    key = versions.key(*parts, *names)
    library = _live.get(key)
    if library is None:
        image = cache.fetch(key, lambda: compile_text(emit()))
        library = _live[key] = load([Object(names[0], image)], names)
    return library
