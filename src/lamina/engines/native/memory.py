"""Memory: every buffer of a program gets its place in one arena.

State, data and constants lie side by side at the front. Scratch follows: a buffer of a step lives
from its first to its last use, and buffers that never live together share memory; steps never run
together, so that all of them share one region.

Buffers that `moves` found to be one share one place. In a guarded arena (see `guard`) nothing else
is shared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lamina.engines.native import guard
from lamina.engines.native.buffers import ALIGN, RESULT, SCRATCH, Buffer, View, itemsize
from lamina.engines.native.kernel import Branch, Invoke, Item, Routine
from lamina.engines.native.moves import Homes, parts_of, views_of
from lamina.errors import CompileError

# Large buffers are followed by this many bytes, so that rows walked together are not a multiple of
# 4 KiB apart (loads would wait for stores to the same place in the page).
COLOUR, LARGE = 1344, 1024


@dataclass
class _Life:
    """Positions of all uses of a buffer, each with the loops around it (outermost first)."""

    uses: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)

    def span(self, loops: Sequence[tuple[int, int]]) -> tuple[int, int]:
        """First and last position. A use in a loop that is not around all uses takes all of it."""
        common = self.uses[0][1]
        for _, around in self.uses:
            while common != around[: len(common)]:
                common = common[:-1]
        first, last = [], []
        for place, around in self.uses:
            inner = around[len(common) :]
            start, end = loops[inner[0]] if inner else (place, place)
            first.append(start)
            last.append(end)
        return min(first), max(last)


class Lifetimes:
    """The span of positions in which each scratch buffer of a routine is alive."""

    def __init__(self, routine: Routine, homes: Homes) -> None:
        self.homes = homes
        self.lives: dict[Buffer, _Life] = {}
        self.loops: list[tuple[int, int]] = []
        self._place = 0
        self._walk(routine.items, ())
        end = self._place + 1
        self.spans: dict[Buffer, tuple[int, int]] = {}
        for buffer, life in self.lives.items():
            first, last = life.span(self.loops)
            self.spans[buffer] = (0, end) if buffer.kind == RESULT else (first, last)

    def _note(self, view: View, around: tuple[int, ...]) -> None:
        home = self.homes.of(view.buffer)
        self.lives.setdefault(home, _Life()).uses.append((self._place, around))

    def _walk(self, items: Iterable[Item], around: tuple[int, ...]) -> None:
        for item in items:
            self._place += 1
            if isinstance(item, Invoke):
                for view, _ in views_of(item):
                    self._note(view, around)
                continue
            inside = around
            if not isinstance(item, Branch):
                self.loops.append((self._place, self._place))
                inside = (*around, len(self.loops) - 1)
            number, start = len(self.loops) - 1, self._place
            inner, own = parts_of(item)
            for view, _ in own:
                self._note(view, inside)
            self._walk(inner, inside)
            self._place += 1
            for view, _ in own:
                self._note(view, inside)
            if not isinstance(item, Branch):
                self.loops[number] = (start, self._place)


# ── places ──


class Arena:
    """Byte offsets of all buffers of a program."""

    def __init__(self, budget: int, guarded: bool = False) -> None:
        self.budget = budget
        self.guarded = guarded
        self.homes = Homes()
        self.permanent: dict[Buffer, int] = {}
        self.scratch: dict[Buffer, int] = {}
        self.front = 0
        self.back = 0

    @property
    def bytes(self) -> int:
        """Length of the arena."""
        return self.front + self.back + (guard.PAGE if self.guarded else 0)

    def guards(self) -> tuple[tuple[int, int], ...]:
        """Offset and length of each buffer that lies between guards, in order."""
        if not self.guarded:
            return ()
        places = [(offset, buffer.bytes) for buffer, offset in self.permanent.items()]
        places += [(self.front + offset, b.bytes) for b, offset in self.scratch.items()]
        return tuple(sorted(places))

    def keep(self, buffer: Buffer) -> None:
        """A place for as long as the executable lives."""
        if buffer not in self.permanent:
            self.permanent[buffer] = self.front + self._lead(buffer)
            self.front += self._room(buffer)
            self._check()

    def plan(self, routine: Routine) -> None:
        """Places for everything that a routine uses."""
        spans = Lifetimes(routine, self.homes).spans
        scratch = []
        for buffer, span in spans.items():
            if buffer.kind in (SCRATCH, RESULT):
                scratch.append((span, buffer))
            else:
                self.keep(buffer)
        live: list[tuple[int, int, int]] = []  # offset, end, last position
        for (first, last), buffer in sorted(scratch, key=lambda entry: entry[0]):
            live = [entry for entry in live if entry[2] >= first]
            room = self._room(buffer)
            offset = self.back if self.guarded else _gap(live, room)
            live.append((offset, offset + room, last))
            live.sort()
            self.scratch[buffer] = offset + self._lead(buffer)
            self.back = max(self.back, offset + room)
        self._check()

    def offset(self, view: View) -> int:
        """Byte offset of a view's first element, where its loops stand at 0."""
        return self.span(view)[0] + view.offset * itemsize(view.dtype)

    def span(self, view: View) -> tuple[int, int]:
        """The bytes of the buffer in which a view lies: from, and below."""
        home = self.homes.of(view.buffer)
        if home in self.permanent:
            start = self.permanent[home]
        else:
            start = self.front + self.scratch[home]
        return start, start + max(home.bytes, view.buffer.bytes, 1)

    def _room(self, buffer: Buffer) -> int:
        return guard.room(buffer.bytes) if self.guarded else _room(buffer)

    def _lead(self, buffer: Buffer) -> int:
        return guard.lead(buffer.bytes) if self.guarded else 0

    def _check(self) -> None:
        if self.bytes > self.budget:
            raise CompileError(
                "the program", "needs more memory than this machine has",
                f"{self.bytes / 2**30:.1f} GiB of at most {self.budget / 2**30:.1f}",
                "use a smaller batch or a smaller model",
            )  # fmt: skip


def _room(buffer: Buffer) -> int:
    """Bytes that a buffer takes, with what follows it."""
    length = max(buffer.bytes, 1)
    length += COLOUR if length >= LARGE else 0
    return -(-length // ALIGN) * ALIGN


def _gap(live: Sequence[tuple[int, int, int]], room: int) -> int:
    """The lowest offset at which so many bytes are free."""
    start = 0
    for offset, end, _ in live:
        if offset - start >= room:
            return start
        start = max(start, end)
    return start
