"""Steps as machine code: one function of the arena, which calls the kernels in order.

Equal kernels on operands of equal forms are one function, whatever the addresses.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from lamina.engines.native.buffers import Counter, View, itemsize
from lamina.engines.native.emit import PTR, Function, Module, Value
from lamina.engines.native.explain import loops
from lamina.engines.native.kernel import Branch, Invoke, Item, Kernel, Repeat, Routine, While
from lamina.engines.native.link import Library, assembly, build
from lamina.engines.native.memory import Arena
from lamina.engines.native.plain.nest import load
from lamina.graph.dump import dump

STEP = "step"


def compile_step(name: str, routine: Routine, arena: Arena) -> tuple[Library, int]:
    """The library of a step, and the address of its function of the arena."""
    text = step_text(routine, arena)
    dump("loops", name, lambda: loops(routine, arena))
    dump("llvm", name, lambda: text)
    dump("asm", name, lambda: assembly(text))
    library = build(text, [STEP])
    return library, library.address(STEP)


def step_text(routine: Routine, arena: Arena) -> str:
    """The LLVM module of a step."""
    module = Module()
    with Function(module, STEP, [PTR]) as f:
        _StepEmitter(f, arena).items(routine.items)
    return module.text()


class _StepEmitter:
    """Emits items into the step's function, and the kernels that they call beside it."""

    def __init__(self, f: Function, arena: Arena) -> None:
        self.f, self.arena = f, arena
        self._names: dict[Hashable, str] = {}
        self._counts: dict[Counter, Value] = {}

    def items(self, items: Sequence[Item]) -> None:
        for item in items:
            if isinstance(item, Invoke):
                self._invoke(item.kernel)
            elif isinstance(item, Repeat):
                self._repeat(item)
            elif isinstance(item, While):
                self._while(item)
            else:
                self._branch(item)

    def _invoke(self, kernel: Kernel) -> None:
        views = (*kernel.writes, *kernel.reads, *kernel.temporaries)
        key = (kernel.key(), tuple(view.form for view in views))
        if key not in self._names:
            self._names[key] = f"k{len(self._names)}"
            name = self._names[key]
            with Function(self.f.module, name, [PTR] * len(views), internal=True) as inner:
                kernel.emit(inner, inner.arguments)
        self.f.call(self._names[key], [self._pointer(view) for view in views])

    def _pointer(self, view: View) -> Value:
        """The address of a view's first element at this count of the loops around."""
        pointer = self.f.at(self.f.arguments[0], self.arena.offset(view))
        for counter, step in view.moves:
            size = step * itemsize(view.dtype)
            pointer = self.f.at(pointer, self.f.mul(self._counts[counter], self.f.index(size)))
        return pointer

    def _repeat(self, item: Repeat) -> None:
        def turn(i: Value, _: list[Value]) -> list[Value]:
            self._counts[item.counter] = i
            self.items(item.body)
            return []

        self.f.loop(self.f.index(0), self.f.index(item.counter.count), 1, [], turn)

    def _while(self, item: While) -> None:
        f = self.f

        def test(state: list[Value]) -> Value:
            self.items(item.test)
            verdict = load(f, "bool", self._pointer(item.verdict), 0)
            if item.maximum is None:
                return verdict
            return f.and_(verdict, f.compare("lt", state[0], f.index(item.maximum)))

        def turn(state: list[Value]) -> list[Value]:
            self.items(item.body)
            return [f.add(state[0], f.index(1))]

        f.repeat([f.index(0)], test, turn)

    def _branch(self, item: Branch) -> None:
        def side(items: Sequence[Item]) -> list[Value]:
            self.items(items)
            return []

        verdict = load(self.f, "bool", self._pointer(item.predicate), 0)
        self.f.choose(verdict, lambda: side(item.yes), lambda: side(item.no))
