"""The modules of a step: LLVM compiles each in a moment.

It does not let go before a module is done, and Python has control only between two of them: so
that Ctrl-C is heeded, kernels share a module up to what takes less than 50 ms. The step calls them
from a module of its own, which is long and simple, and is compiled quickly.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from lamina.engines.native.emit import VOID, Module
from lamina.engines.native.functions import arguments_of, emit_kernel
from lamina.engines.native.kernel import Kernel
from lamina.engines.native.link import FULL, QUICK

# Of a module, unless one kernel alone has more; LLVM compiles some 30 lines a millisecond, and each
# module takes 1.5 ms.
COST = 1400


class Source(NamedTuple):
    """The text of a module, a function in it, and LLVM's level for it."""

    name: str
    text: str
    level: int


class Modules:
    """Where the kernels of a step are emitted; `main` is for what calls them.

    Args:
        finish: is given every module as soon as nothing can be added to it.
    """

    def __init__(self, finish: Callable[[Source], None]) -> None:
        self.main = Module()
        self._finish = finish
        self._open: tuple[str, Module] | None = None
        self._emitted: set[str] = set()

    def add(self, name: str, kernel: Kernel) -> None:
        """Emits a kernel's function, if it was not yet."""
        if name in self._emitted:
            return
        self._emitted.add(name)
        self.main.declare(name, VOID, arguments_of(kernel))
        module = Module()
        emit_kernel(module, name, kernel)
        if self._open is not None and self._open[1].cost + module.cost <= COST:
            self._open[1].join(module)
        else:
            self._close()
            self._open = (name, module)

    def _close(self) -> None:
        if self._open is not None:
            name, module = self._open
            self._finish(Source(name, module.text(), FULL))
            self._open = None

    def end(self, name: str) -> None:
        """Finishes what is left; `main` has the function `name`."""
        self._close()
        self._finish(Source(name, self.main.text(), QUICK))
