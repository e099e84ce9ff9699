"""The code of teams: how the threads that run one step together share it and wait.

All members run the same code. A parallel kernel is divided among them by its outermost tiles, the
others are run by member 0; a barrier stands where one needs what another has made. Which member
computes a tile changes no bit of it.

The members meet in a record of words, each on a line of memory of its own. Waiting is a short spin,
then the processor is offered to others: on a busy machine a spin alone is several times slower.
"""

from __future__ import annotations

from lamina.engines.native import target as machine
from lamina.engines.native.emit import I32, I64, PTR, Function, Module, Value
from lamina.engines.native.processor import flush_subnormals, restore
from lamina.engines.native.records import WORD
from lamina.engines.native.team import HELP, LINE, Team

SPINS = 200
BARRIER, WAIT = "team_barrier", "team_wait"


def _place(f: Function, team: Value, word: Team) -> Value:
    return f.at(team, WORD * LINE * word)


def get(f: Function, team: Value, word: Team) -> Value:
    """A word, read by whoever may."""
    return f.load_shared(_place(f, team, word))


def begin(f: Function, team: Value, body: str, arena: Value) -> None:
    """Member 0 starts a step: the helpers run its body too."""
    f.store(f.address_of(body), _place(f, team, Team.BODY), WORD)
    f.store(arena, _place(f, team, Team.ARENA), WORD)
    begun = _place(f, team, Team.BEGUN)
    f.store_shared(f.add(f.load_shared(begun), f.index(1)), begun)


def emit_barrier(module: Module) -> None:
    """team_barrier(team, count): nobody goes on before all have come."""
    _emit_wait(module)
    with Function(module, BARRIER, [PTR, I64], internal=True) as f:
        team, count = f.arguments
        arrived, passed = (_place(f, team, word) for word in (Team.ARRIVED, Team.PASSED))
        turn = f.load_shared(passed)
        before = f.add_shared(arrived, f.index(1))

        def open_() -> list[Value]:
            f.store_shared(f.index(0), arrived)
            f.store_shared(f.add(turn, f.index(1)), passed)
            return []

        def wait() -> list[Value]:
            f.call(WAIT, [passed, turn])
            return []

        f.choose(f.compare("eq", f.add(before, f.index(1)), count), open_, wait)


def _emit_wait(module: Module) -> None:
    """team_wait(place, value): returns when the word is no longer this value."""
    with Function(module, WAIT, [PTR, I64], internal=True) as f:
        place, value = f.arguments

        def same(_: list[Value]) -> Value:
            return f.compare("eq", f.load_shared(place), value)

        def turn(state: list[Value]) -> list[Value]:
            tired = f.compare("gt", state[0], f.index(SPINS))

            def rest() -> list[Value]:
                f.call_outside("sched_yield", [], I32)
                return []

            def spin() -> list[Value]:
                _pause(f)
                return []

            f.choose(tired, rest, spin)
            return [f.add(state[0], f.index(1))]

        f.repeat([f.index(0)], same, turn)


def _pause(f: Function) -> None:
    if machine.host().is_arm:
        f.call("llvm.aarch64.hint", [f.const(I32, 1)])
    else:
        f.call("llvm.x86.sse2.pause", [])


def text() -> str:
    """The module of `help(team, member)`."""
    module = Module()
    _emit_wait(module)
    with Function(module, HELP, [PTR, I64]) as f:
        team, member = f.arguments
        before = flush_subnormals(f)

        def going(state: list[Value]) -> Value:
            f.call(WAIT, [_place(f, team, Team.BEGUN), state[0]])
            return f.compare("ge", get(f, team, Team.BEGUN), f.index(0))

        def turn(state: list[Value]) -> list[Value]:
            body = f.load(PTR, _place(f, team, Team.BODY), WORD)
            arena = f.load(PTR, _place(f, team, Team.ARENA), WORD)
            f.call_pointer(body, [arena, team, member, get(f, team, Team.COUNT)])
            return [f.add(state[0], f.index(1))]

        f.repeat([f.index(0)], going, turn)
        restore(f, before)
    return module.text()
