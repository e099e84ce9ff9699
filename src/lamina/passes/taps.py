"""Taps: how the entries of a window, added up at their places, make up one axis of the sums.

    y[i] = the sum of g[o] w[k] over all o, k with o s + k d = i        (s stride, d dilation)

for `length` places i from `start` on. For d = 1 the taps k fall into s classes, each of which makes
every s-th place; otherwise they are one class, and g has zeros between its entries.
"""

from __future__ import annotations

from dataclasses import dataclass

from lamina.ops.primitives.windowing import Window


@dataclass(frozen=True)
class Taps:
    """One windowed axis: the labels of its window and of the place in it, how many windows there
    are, and the part of the sums that is asked for. `filled` says that all classes are to have as
    many taps, zeros among them.
    """

    window: Window
    outer: int
    inner: int
    count: int
    start: int
    length: int
    filled: bool = True

    @property
    def classes(self) -> int:
        """Into how many classes the taps fall."""
        return self.window.stride if self.window.dilation == 1 else 1

    @property
    def lead(self) -> int:
        """Zeros before the taps, so that what is asked for begins with class 0; none where all
        classes would be filled up with one more tap for it.
        """
        lead, size = -self.start % self.classes, self.window.size
        more = _ceil(size + lead, self.classes) > _ceil(size, self.classes)
        return 0 if more and self.filled else lead

    @property
    def skipped(self) -> int:
        """Sums made before those that are asked for, to begin with class 0."""
        return (self.start + self.lead) % self.classes

    @property
    def turns(self) -> int:
        """Taps in a class."""
        return _ceil(self.window.size + self.lead, self.classes)

    @property
    def results(self) -> int:
        """Results that a class makes."""
        return _ceil(self.length + self.skipped, self.classes)

    @property
    def gap(self) -> int:
        """Steps between two taps of a class, in entries of g."""
        return self.window.dilation if self.classes == 1 else 1

    @property
    def frame(self) -> tuple[int, int, int]:
        """Zeros before, after (below 0: entries that are not needed) and between the entries of g,
        as the windows of a class with `turns` taps need them.
        """
        reach = (self.turns - 1) * self.gap
        between = self.window.stride - 1 if self.classes == 1 else 0
        low = reach - (self.start + self.lead - self.skipped) // self.classes
        length = (self.count - 1) * (between + 1) + 1
        return low, self.results + reach - low - length, between

    def of_class(self, number: int) -> tuple[int, int, int]:
        """The first tap of a class, how many it has, and where in the framed g its windows begin:
        they are walked from their ends.
        """
        first = (number - self.lead) % self.classes
        count = _ceil(self.window.size - first, self.classes)
        last = (first + self.lead) // self.classes + count - 1
        return first, count, self.turns - 1 - last


def _ceil(a: int, b: int) -> int:
    return -(-a // b)
