"""Steps as machine code: one function of the arena, which calls the kernels in order, for each
member of a team.

Equal kernels on operands of equal forms are one function, whatever the addresses.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from lamina import config
from lamina.engines.native import emit_team
from lamina.engines.native.buffers import Counter, View, itemsize
from lamina.engines.native.emit import I64, PTR, Function, Value
from lamina.engines.native.explain import loops
from lamina.engines.native.functions import functions, operands_of
from lamina.engines.native.kernel import Branch, Invoke, Item, Kernel, Repeat, Routine, While
from lamina.engines.native.link import Object, assembly, compile_text
from lamina.engines.native.memory import Arena
from lamina.engines.native.modules import Modules, Source
from lamina.engines.native.moves import parts_of, views_of
from lamina.engines.native.plain.nest import load
from lamina.engines.native.step_code import STEP, TEAM_STEP, StepCode
from lamina.engines.native.team import Team
from lamina.graph.dump import dump

BODY = "body"


def compile_step(name: str, routine: Routine, arena: Arena) -> StepCode:
    """The machine code of a step. LLVM works on a module while the next is emitted."""
    from concurrent.futures import ThreadPoolExecutor

    sources: list[Source] = []
    started = time.perf_counter()
    if config.read().dump:
        # Before LLVM sees anything: what it cannot take may end the process.
        emit_step(routine, arena, sources.append)
        _dump(name, routine, arena, sources)
    compiler = ThreadPoolExecutor(1, "lamina-compiler")
    try:
        waiting = [compiler.submit(_compiled, source) for source in sources]
        if not sources:
            emit_step(routine, arena, lambda s: waiting.append(compiler.submit(_compiled, s)))
        emitted = time.perf_counter() - started
        made = [one.result() for one in waiting]
    finally:
        # Whoever interrupts does not wait for LLVM.
        compiler.shutdown(wait=False, cancel_futures=True)
    seconds = {"emitting": emitted, "machine code": sum(taken for _, taken in made)}
    parallel = any(is_parallel(item) for item in routine.items)
    return StepCode(tuple(one for one, _ in made), parallel, seconds)


def _dump(name: str, routine: Routine, arena: Arena, sources: Sequence[Source]) -> None:
    dump("loops", name, lambda: loops(routine, arena))
    dump("llvm", name, lambda: "\n".join(source.text for source in sources))
    dump("asm", name, lambda: "\n".join(assembly(source.text, source.level) for source in sources))


def _compiled(source: Source) -> tuple[Object, float]:
    """The object of a module, and the seconds that it took."""
    started = time.perf_counter()
    image = compile_text(source.text, source.level)
    return Object(source.name, image), time.perf_counter() - started


def emit_step(routine: Routine, arena: Arena, finish: Callable[[Source], None]) -> None:
    """Gives the LLVM modules of a step to `finish`, the one with STEP as the last."""
    modules = Modules(finish)
    module = modules.main
    with Function(module, BODY, [PTR, PTR, I64, I64], internal=True) as f:
        _Members(f, arena, functions(routine), modules).run(routine.items)
    with Function(module, STEP, [PTR]) as f:
        f.call(BODY, [f.arguments[0], f.const(PTR, 0), f.index(0), f.index(1)])
    shared = any(is_parallel(item) for item in routine.items)
    with Function(module, TEAM_STEP, [PTR, PTR]) as f:
        if shared:
            _emit_team_step(f)
        else:
            f.call(STEP, [f.arguments[0]])
    if shared:
        emit_team.emit_barrier(module)
    modules.end(STEP)


def _emit_team_step(f: Function) -> None:
    arena, members = f.arguments

    def alone() -> list[Value]:
        f.call(BODY, [arena, members, f.index(0), f.index(1)])
        return []

    def together() -> list[Value]:
        count = emit_team.get(f, members, Team.COUNT)

        def begin() -> list[Value]:
            emit_team.begin(f, members, BODY, arena)
            f.call(BODY, [arena, members, f.index(0), count])
            return []

        f.choose(f.compare("gt", count, f.index(1)), begin, alone)
        return []

    f.choose(f.compare("eq", members, f.const(PTR, 0)), alone, together)


def is_parallel(item: Item) -> bool:
    """Whether an item is shared out among the members of a team: a kernel of several units, or a
    loop with one in its body, which all members run.
    """
    if isinstance(item, Repeat):
        # A loop without turns has no barrier either.
        return item.counter.count > 0 and any(map(is_parallel, item.body))
    return isinstance(item, Invoke) and item.kernel.units > 1


class _Members:
    """The body of a step: what each member does of it, and where they wait for each other.

    Work that follows on work of the same kind needs no barrier where neither reads or writes what
    the other writes; work of member 0 alone comes in order anyway.
    """

    def __init__(
        self, f: Function, arena: Arena, names: Mapping[Kernel, str], modules: Modules
    ) -> None:
        self.f, self.arena = f, arena
        self.emitter = _StepEmitter(f, arena, names, modules)
        self._since: list[tuple[bool, Spans, Spans]] = []
        self._waits = False

    def run(self, items: Sequence[Item]) -> None:
        """Emits all items, alone ones in runs of one branch."""
        self._waits = any(map(is_parallel, items))
        self._run(items)

    def _run(self, items: Sequence[Item]) -> None:
        alone: list[Item] = []
        for item in items:
            shared = is_parallel(item)
            reads, writes = _spans(item, self.arena)
            meets = any(
                (shared or other) and (_overlap(writes, r + w) or _overlap(reads, w))
                for other, r, w in self._since
            )
            if shared or meets:
                self._alone(alone)
                alone = []
            if meets:
                self._barrier()
            if isinstance(item, Repeat) and shared:
                # Each turn ends with a barrier: the next one meets nothing of it.
                self.emitter.repeat(item, lambda: self._run(item.body))  # noqa: B023
                continue
            self._since.append((shared, reads, writes))
            if shared:
                self.emitter.share(item)
            else:
                alone.append(item)
        self._alone(alone)
        self._barrier()

    def _alone(self, items: Sequence[Item]) -> None:
        if not items:
            return
        if not self._waits:
            self.emitter.items(items)
            return
        first = self.f.compare("eq", self.f.arguments[2], self.f.index(0))
        self.f.when(first, lambda: self.emitter.items(items))

    def _barrier(self) -> None:
        f, self._since = self.f, []
        if self._waits:
            count = f.arguments[3]
            many = f.compare("gt", count, f.index(1))
            f.when(many, lambda: _call(f, emit_team.BARRIER, [f.arguments[1], count]))


def _call(f: Function, name: str, arguments: Sequence[Value]) -> None:
    f.call(name, arguments)


Spans = list[tuple[int, int]]


def _spans(item: Item, arena: Arena) -> tuple[Spans, Spans]:
    """The bytes of the arena that an item reads, and writes."""
    reads: Spans = []
    writes: Spans = []
    if isinstance(item, Invoke):
        for view, written in views_of(item):
            (writes if written else reads).append(arena.span(view))
        return reads, writes
    inner, own = parts_of(item)
    reads += [arena.span(view) for view, _ in own]
    for part in inner:
        r, w = _spans(part, arena)
        reads, writes = reads + r, writes + w
    return reads, writes


def _overlap(some: Spans, others: Spans) -> bool:
    return any(a < d and c < b for a, b in some for c, d in others)


class _StepEmitter:
    """Emits items into the step's function, and the kernels that they call."""

    def __init__(
        self, f: Function, arena: Arena, names: Mapping[Kernel, str], modules: Modules
    ) -> None:
        self.f, self.arena = f, arena
        self._names, self._modules = names, modules
        self._counts: dict[Counter, Value] = {}

    def items(self, items: Sequence[Item]) -> None:
        for item in items:
            if isinstance(item, Invoke):
                units = item.kernel.units
                self._invoke(item.kernel, [self.f.index(n) for n in (0, units)])
            elif isinstance(item, Repeat):
                self.repeat(item, lambda: self.items(item.body))  # noqa: B023
            elif isinstance(item, While):
                self._while(item)
            else:
                self._branch(item)

    def share(self, item: Item) -> None:
        """One kernel of which each member does its part."""
        assert isinstance(item, Invoke)
        f, units = self.f, item.kernel.units
        member, count = f.arguments[2:]
        ends = [f.mul(f.index(units), x) for x in (member, f.add(member, f.index(1)))]
        self._invoke(item.kernel, [f.div(end, count, signed=False) for end in ends])

    def _invoke(self, kernel: Kernel, part: Sequence[Value]) -> None:
        name = self._names[kernel]
        self._modules.add(name, kernel)
        pointers = [self._pointer(view) for view in operands_of(kernel)]
        self.f.call(name, [*pointers, *(part if kernel.units > 1 else [])])

    def _pointer(self, view: View) -> Value:
        """The address of a view's first element at this count of the loops around."""
        pointer = self.f.at(self.f.arguments[0], self.arena.offset(view))
        for counter, step in view.moves:
            size = step * itemsize(view.dtype)
            pointer = self.f.at(pointer, self.f.mul(self._counts[counter], self.f.index(size)))
        return pointer

    def repeat(self, item: Repeat, body: Callable[[], None]) -> None:
        """A loop around what `body` emits."""

        def turn(i: Value, _: list[Value]) -> list[Value]:
            self._counts[item.counter] = i
            body()
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
