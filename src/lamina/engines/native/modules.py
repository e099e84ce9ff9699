"""The modules of a step: LLVM compiles each in a moment.

It does not let go before a module is done, and Python has control only between two of them: so
that Ctrl-C is heeded, kernels share a module up to what takes less than 50 ms. The step calls them
from a module of its own, unless all fit into one.
"""

from __future__ import annotations

from typing import NamedTuple

from lamina.engines.native.emit import VOID, Module
from lamina.engines.native.functions import arguments_of, emit_kernel
from lamina.engines.native.kernel import Kernel

# Of a module, unless one kernel alone has more. LLVM compiles 30 to 60 a millisecond.
LINES = 1000


class Source(NamedTuple):
    """The text of a module, and a function in it."""

    name: str
    text: str


class Modules:
    """Where the kernels of a step are emitted; `main` is for what calls them."""

    def __init__(self) -> None:
        self.main = Module()
        self._kernels: dict[str, Module] = {}
        self._emitted: set[str] = set()

    def add(self, name: str, kernel: Kernel) -> None:
        """Emits a kernel's function, if it was not yet."""
        if name in self._emitted:
            return
        self._emitted.add(name)
        self.main.declare(name, VOID, arguments_of(kernel))
        module = Module()
        emit_kernel(module, name, kernel)
        last = next(reversed(self._kernels.values()), None)
        if last is not None and last.lines + module.lines <= LINES:
            last.join(module)
        else:
            self._kernels[name] = module

    def sources(self, name: str) -> list[Source]:
        """All of them, first the one that has the function `name`, which is `main`."""
        found = dict(self._kernels)
        for kernel, module in self._kernels.items():
            if self.main.lines + module.lines <= LINES:
                self.main.join(found.pop(kernel))
        rest = [Source(kernel, module.text()) for kernel, module in found.items()]
        return [Source(name, self.main.text()), *rest]
