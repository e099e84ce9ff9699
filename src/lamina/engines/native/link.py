"""Linking: LLVM text becomes machine code in this process.

The ORC binding is used because it unloads code; a `Library` owns what it loaded, and whoever holds
an address must hold its library.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from typing import Any

from lamina import config
from lamina.engines.native import cache, target
from lamina.engines.native.once import once

_numbers = itertools.count()


class Library:
    """Machine code in memory, for as long as this object lives.

    Attributes:
        image: the object file that it was loaded from.
        seconds: what making it took, by stage; "cache" stands for "machine code" where the object
            was found there.
    """

    def __init__(self, tracker: Any, image: bytes) -> None:
        self._tracker = tracker
        self.image = image
        self.seconds: dict[str, float] = {}

    def address(self, name: str) -> int:
        """Where a function begins."""
        return int(self._tracker[name])


@once
def _machine() -> Any:
    host = target.host()
    found = target.binding().Target.from_triple(host.triple)
    return found.create_target_machine(
        cpu=host.cpu, features=host.features, opt=2, reloc="pic", codemodel="small"
    )


@once
def _jit() -> Any:
    return target.binding().create_lljit_compiler(_machine(), use_jit_link=True)


def compile_text(text: str) -> bytes:
    """The object of a module. No IR passes: what is emitted is what is meant."""
    return _machine().emit_object(_parsed(text))


def assembly(text: str) -> str:
    """The machine code of a module, for people."""
    return str(_machine().emit_assembly(_parsed(text)))


def _parsed(text: str) -> Any:
    module = target.binding().parse_assembly(text)
    if config.read().verify:
        module.verify()
    machine = _machine()
    module.triple, module.data_layout = machine.triple, str(machine.target_data)
    return module


def load(image: bytes, names: Sequence[str]) -> Library:
    """Links an object; `names` are the functions that will be asked for."""
    builder = target.binding().JITLibraryBuilder().add_object_img(image).add_current_process()
    for name in names:
        builder.export_symbol(name)
    return Library(builder.link(_jit(), f"lamina{next(_numbers)}"), image)


def build(text: str, names: Sequence[str]) -> Library:
    """Compiles a module, unless it is in the cache, and links it."""
    stage = "cache"

    def make(text: str) -> bytes:
        nonlocal stage
        stage = "machine code"
        return compile_text(text)

    started = time.perf_counter()
    image = cache.fetch(text, make)
    had = time.perf_counter()
    library = load(image, names)
    library.seconds = {stage: had - started, "linking": time.perf_counter() - had}
    return library
