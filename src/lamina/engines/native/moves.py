"""Moves: new values go where the old ones lie, at the end of a step or of a loop's turn.

A new value that nothing stands against is made in the old one's place right away; the others are
copied, all at once in effect.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from lamina.engines.native.buffers import SCRATCH, Buffer, View, fresh
from lamina.engines.native.kernel import Branch, Invoke, Item, Kernel, Repeat, Routine, While
from lamina.engines.native.plain import copy
from lamina.graph.node import Aval


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


def _uses(item: Item, place: int, kernel: Kernel | None = None) -> Iterator[Access]:
    """Every use within an item, at the item's own position."""
    if isinstance(item, Invoke):
        for view, writes in views_of(item):
            yield Access(view.buffer, place, writes, kernel)
        return
    items, own = parts_of(item)
    for view, writes in own:
        yield Access(view.buffer, place, writes, None)
    for inside in items:
        yield from _uses(inside, place)


def _own_uses(item: Item, place: int) -> Iterator[Access]:
    """The uses of one of the items that are looked at; a kernel among them is named."""
    return _uses(item, place, item.kernel if isinstance(item, Invoke) else None)


def views_of(item: Invoke) -> Iterator[tuple[View, bool]]:
    kernel = item.kernel
    for view in kernel.reads:
        yield view, False
    for view in (*kernel.writes, *kernel.temporaries):
        yield view, True


def parts_of(item: Item) -> tuple[list[Item], list[tuple[View, bool]]]:
    """The items within a loop or branch, and what its own control reads."""
    if isinstance(item, Repeat):
        return item.body, []
    if isinstance(item, While):
        return [*item.test, *item.body], [(item.verdict, False)]
    assert isinstance(item, Branch)
    return [*item.yes, *item.no], [(item.predicate, False)]
