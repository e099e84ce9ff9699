"""Where the values of a loop lie.

What a step is given of a stack, and what it adds to one, is an entry of it: nothing is copied. A
carry whose values are stacked lives in that stack, which has one entry more than there are steps:
each step reads one and writes the next. Other carries have one place, and their new values move
there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lamina.engines.native.buffers import Counter
from lamina.engines.native.copies import Copies, copies_of
from lamina.engines.native.tiles.layouts import Layouts
from lamina.graph.node import Aval, Node


class LoopPlaces:
    """The places of one scan.

    Args:
        layouts: of its body; inputs: where the scan's own inputs are; wanted: where a stack has to
            be, None where that is free.
    """

    def __init__(
        self,
        node: Node,
        layouts: Layouts,
        inputs: Sequence[Copies],
        wanted: Sequence[Copies | None],
    ) -> None:
        self.attrs, self.body, self.layouts = node.attrs, node.regions[0], layouts
        self.given, self.wanted = inputs, wanted
        self.counter = Counter(node.attrs["length"])
        self.back: bool = node.attrs["reverse"]
        self._first, self._count = node.attrs["captured"], node.attrs["carries"]
        self.before: list[Copies] = []
        self._firsts: list[Copies] = []
        self.lasts: list[Copies] = []
        self._after: list[Copies | None] = []
        self._kept: dict[Node, Copies] = {}
        inner = self.body.inputs[self._first : self._first + self._count]
        for before, after in zip(inner, self.body.outputs, strict=False):
            self._carry(before, after)
        self.stacks = [self._stack(i) for i in range(len(wanted))]

    def _dims(self, node: Node) -> Sequence[int]:
        return () if self.layouts.is_fixed(node) else self.layouts.of(node)

    def _carry(self, before: Node, after: Node) -> None:
        """One place, or as many as a stack has entries and one more."""
        results = self.body.outputs[self._count :]
        free = [x for x, place in zip(results, self.wanted, strict=True) if place is None]
        if not {before, after} & set(free) - set(self._kept):
            place = copies_of(before.aval, self._dims(before))
            self.before.append(place)
            self._firsts.append(place)
            self.lasts.append(place)
            self._after.append(None)
            return
        steps = self.counter.count
        aval = Aval((steps + 1, *before.shape), before.dtype)
        whole = copies_of(aval, [d + 1 for d in self._dims(before)])
        early = tuple(view.stretch(0, steps) for view in whole)
        late = tuple(view.stretch(1, steps) for view in whole)
        old, new = (late, early) if self.back else (early, late)
        self._kept.setdefault(before, old)
        self._kept.setdefault(after, new)
        self.before.append(self._entries(old))
        self._after.append(self._entries(new))
        first, last = (steps, 0) if self.back else (0, steps)
        self._firsts.append(tuple(view.at(first) for view in whole))
        self.lasts.append(tuple(view.at(last) for view in whole))

    def _stack(self, index: int) -> Copies:
        node, place = self.body.outputs[self._count + index], self.wanted[index]
        if place is not None:
            return place
        if node in self._kept:
            return self._kept[node]
        aval = Aval((self.counter.count, *node.shape), node.dtype)
        return copies_of(aval, [d + 1 for d in self._dims(node)])

    def _entries(self, stack: Copies) -> Copies:
        return tuple(view.entry(self.counter, self.back) for view in stack)

    def starts(self) -> Iterator[tuple[Copies, Copies]]:
        """Pairs (first value, place) of the carries."""
        firsts = self.given[self._first : self._first + self._count]
        yield from zip(firsts, self._firsts, strict=True)

    def inputs(self) -> list[Copies]:
        """Where the inputs of the body are."""
        end = self._first + self._count
        return [*self.given[: self._first], *self.before, *map(self._entries, self.given[end:])]

    def targets(self) -> list[Copies | None]:
        """Where the results of the body are to be; None where a move brings them."""
        stacks = zip(self.body.outputs[self._count :], self.stacks, self.wanted, strict=True)
        return [
            *self._after,
            *(
                None if place is None and node in self._kept else self._entries(stack)
                for node, stack, place in stacks
            ),
        ]

    def moved(self) -> list[int]:
        """The carries whose new values are moved into the place of the old ones."""
        return [i for i, place in enumerate(self._after) if place is None]
