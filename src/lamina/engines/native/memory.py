"""Memory: every buffer of a program gets its place in one arena.

State, data and constants lie side by side at the front. Scratch follows: a buffer of a step lives
from its first to its last use, and buffers that never live together share memory; steps never run
together, so that all of them share one region.

First the moves at the end of a step or loop are thinned out: a new value that nothing stands
against is computed right where it belongs (`settle`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from lamina.engines.native.buffers import (
    ALIGN,
    RESULT,
    SCRATCH,
    Buffer,
    View,
    fresh,
    itemsize,
)
from lamina.engines.native.kernel import Branch, Invoke, Item, Kernel, Repeat, Routine, While
from lamina.engines.native.plain import copy
from lamina.errors import CompileError
from lamina.graph.node import Aval

# Large buffers are followed by this many bytes, so that rows walked together are not a multiple of
# 4 KiB apart (loads would wait for stores to the same place in the page).
COLOUR, LARGE = 1344, 1024


@dataclass(frozen=True)
class Access:
    """One use of a buffer at a position; `kernel` is None for uses inside a loop or branch."""

    buffer: Buffer
    place: int
    writes: bool
    kernel: Kernel | None


@dataclass
class Homes:
    """Which buffer lies inside which other: coalesced moves."""

    home: dict[Buffer, Buffer] = field(default_factory=dict)

    def of(self, buffer: Buffer) -> Buffer:
        """The buffer whose memory this one uses."""
        while buffer in self.home:
            buffer = self.home[buffer]
        return buffer


# ── moves ──


def settle(routine: Routine, homes: Homes) -> Routine:
    """The routine with each move either coalesced (noted in `homes`) or made a copy."""
    items = [_settled(item, homes) for item in routine.items]
    return Routine(items + _resolve(items, routine.moves, homes), [])


def _settled(item: Item, homes: Homes) -> Item:
    if isinstance(item, Repeat):
        body = [_settled(i, homes) for i in item.body]
        return replace(item, body=body + _resolve(body, item.moves, homes), moves=[])
    if isinstance(item, While):
        test = [_settled(i, homes) for i in item.test]
        body = [_settled(i, homes) for i in item.body]
        # The test runs before the body and again after the moves: what it reads is read by then.
        copies = _resolve(body, item.moves, homes)
        return replace(item, test=test, body=body + copies, moves=[])
    if isinstance(item, Branch):
        yes = [_settled(i, homes) for i in item.yes]
        no = [_settled(i, homes) for i in item.no]
        return replace(item, yes=yes, no=no)
    return item


def _resolve(items: Sequence[Item], moves: Sequence[tuple[View, View]], homes: Homes) -> list[Item]:
    """Coalesces the moves that can be, and copies for the rest, all at once in effect."""
    left = [(source, target) for source, target in moves if source != target]
    uses = [use for place, item in enumerate(items) for use in _own_uses(item, place)]
    sources = [source.buffer for source, _ in left]
    rest = []
    for source, target in left:
        if sources.count(source.buffer) == 1 and _can_share(source, target, uses, sources):
            homes.home[source.buffer] = target.buffer
        else:
            rest.append((source, target))
    return _copies(rest)


def _can_share(
    source: View, target: View, uses: Sequence[Access], sources: Sequence[Buffer]
) -> bool:
    """Whether the new value may be made in the place of the old one.

    It may if both fill their buffers alike, the new one is made in these items, and the old one is
    read no more from then on (by the very kernel that makes it only in step with the writing).
    """
    alike = (
        source.strides == target.strides
        and (source.dtype, source.buffer.size) == (target.dtype, target.buffer.size)
        and not (source.offset or target.offset or source.moves or target.moves)
    )
    made = [use for use in uses if use.writes and use.buffer is source.buffer]
    if not alike or not made or source.buffer.kind != SCRATCH or target.buffer in sources:
        return False
    first = min(use.place for use in made)
    later = [use for use in uses if use.buffer is target.buffer and use.place >= first]
    return all(
        use.place == first and not use.writes and _in_step(use.kernel, source, target)
        for use in later
    )


def _in_step(kernel: Kernel | None, source: View, target: View) -> bool:
    """Whether a kernel reads each old element no later than it writes the new one."""
    if kernel is None:
        return False
    pairs = [
        (r, w)
        for r, read in enumerate(kernel.reads)
        for w, write in enumerate(kernel.writes)
        if read.buffer is target.buffer and write.buffer is source.buffer
    ]
    return all(
        kernel.reads[r].offset == kernel.writes[w].offset
        and kernel.reads[r].strides == kernel.writes[w].strides
        and kernel.may_overwrite(r, w)
        for r, w in pairs
    )


def _copies(moves: Sequence[tuple[View, View]]) -> list[Item]:
    """Copies in an order that reads every source before it is overwritten."""
    targets = {target.buffer for _, target in moves}
    early: list[Item] = []
    late: list[Item] = []
    for source, target in moves:
        if source.buffer in targets:
            saved = fresh(Aval(source.shape, source.dtype))
            early.append(Invoke(copy(source, saved)))
            source = saved
        late.append(Invoke(copy(source, target)))
    return early + late


# ── uses ──


def _views(item: Invoke) -> Iterator[tuple[View, bool]]:
    kernel = item.kernel
    for view in kernel.reads:
        yield view, False
    for view in (*kernel.writes, *kernel.temporaries):
        yield view, True


def _inner(item: Item) -> tuple[list[Item], list[tuple[View, bool]]]:
    """The items within a loop or branch, and what its own control reads."""
    if isinstance(item, Repeat):
        return item.body, []
    if isinstance(item, While):
        return [*item.test, *item.body], [(item.verdict, False)]
    assert isinstance(item, Branch)
    return [*item.yes, *item.no], [(item.predicate, False)]


def _uses(item: Item, place: int, kernel: Kernel | None = None) -> Iterator[Access]:
    """Every use within an item, at the item's own position."""
    if isinstance(item, Invoke):
        for view, writes in _views(item):
            yield Access(view.buffer, place, writes, kernel)
        return
    items, own = _inner(item)
    for view, writes in own:
        yield Access(view.buffer, place, writes, None)
    for inside in items:
        yield from _uses(inside, place)


def _own_uses(item: Item, place: int) -> Iterator[Access]:
    """The uses of one of the items that are looked at; a kernel among them is named."""
    return _uses(item, place, item.kernel if isinstance(item, Invoke) else None)


# ── lifetimes ──


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
                for view, _ in _views(item):
                    self._note(view, around)
                continue
            inside = around
            if not isinstance(item, Branch):
                self.loops.append((self._place, self._place))
                inside = (*around, len(self.loops) - 1)
            number, start = len(self.loops) - 1, self._place
            inner, own = _inner(item)
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

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.homes = Homes()
        self.permanent: dict[Buffer, int] = {}
        self.scratch: dict[Buffer, int] = {}
        self.front = 0
        self.back = 0

    @property
    def bytes(self) -> int:
        """Length of the arena."""
        return self.front + self.back

    def keep(self, buffer: Buffer) -> None:
        """A place for as long as the executable lives."""
        if buffer not in self.permanent:
            self.permanent[buffer] = self.front
            self.front += _room(buffer)
            self._check()

    def plan(self, routine: Routine) -> None:
        """Places for everything that a routine uses."""
        spans = Lifetimes(routine, self.homes).spans
        scratch = []
        for buffer, span in spans.items():
            if buffer.kind in (SCRATCH, RESULT) and not buffer.clean:
                scratch.append((span, buffer))
            else:
                self.keep(buffer)
        live: list[tuple[int, int, int]] = []  # offset, end, last position
        for (first, last), buffer in sorted(scratch, key=lambda entry: entry[0]):
            live = [entry for entry in live if entry[2] >= first]
            offset, room = _gap(live, _room(buffer)), _room(buffer)
            live.append((offset, offset + room, last))
            live.sort()
            self.scratch[buffer] = offset
            self.back = max(self.back, offset + room)
        self._check()

    def offset(self, view: View) -> int:
        """Byte offset of a view's first element, where its loops stand at 0."""
        home = self.homes.of(view.buffer)
        inside = view.offset * itemsize(view.dtype)
        if home in self.permanent:
            return self.permanent[home] + inside
        return self.front + self.scratch[home] + inside

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
