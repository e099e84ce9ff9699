"""The functions of a step: equal kernels on operands of equal forms are one, whatever the
addresses.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence

from lamina.engines.native.buffers import View
from lamina.engines.native.emit import I64, PTR, Function, Module, Type
from lamina.engines.native.kernel import Invoke, Item, Kernel, Repeat, Routine, While


def operands_of(kernel: Kernel) -> tuple[View, ...]:
    """What the kernel's function takes pointers to, in this order."""
    return (*kernel.writes, *kernel.reads, *kernel.temporaries)


def kernels(items: Sequence[Item], runs: int | None = 1) -> Iterator[tuple[Kernel, int | None]]:
    """Every kernel in the order of emission, and how often it runs; None where data decide."""
    for item in items:
        if isinstance(item, Invoke):
            yield item.kernel, runs
        elif isinstance(item, Repeat):
            yield from kernels(item.body, runs and runs * item.counter.count)
        elif isinstance(item, While):
            yield from kernels([*item.test, *item.body], None)
        else:
            yield from kernels([*item.yes, *item.no], None)


def functions(routine: Routine) -> dict[Kernel, str]:
    """The name of each kernel's function: its number, then what the kernel is."""
    names: dict[Hashable, str] = {}
    found: dict[Kernel, str] = {}
    for kernel, _ in kernels(routine.items):
        key = (kernel.key(), tuple(view.form for view in operands_of(kernel)))
        plain = re.sub(r"\W+", "_", kernel.name)
        found[kernel] = names.setdefault(key, f"k{len(names)}_{plain}")
    return found


def arguments_of(kernel: Kernel) -> list[Type]:
    """What the kernel's function takes: of several units it is told which to do."""
    return [PTR] * len(operands_of(kernel)) + [I64] * (2 if kernel.units > 1 else 0)


def emit_kernel(module: Module, name: str, kernel: Kernel) -> None:
    """Adds a kernel's function to a module."""
    with Function(module, name, arguments_of(kernel)) as f:
        kernel.emit(f, f.arguments)
