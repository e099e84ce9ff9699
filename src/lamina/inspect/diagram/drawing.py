"""A diagram with places: rectangles, texts and lines, ready to be written in any format.

Lengths are in points. Texts are taken to be as wide as Helvetica's letters are on the average.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from lamina.inspect.diagram.boxes import PLAIN, Box, Cell, Diagram
from lamina.inspect.diagram.placement import Placement, Point, place

FONT, PADDING, LINE, MARGIN = 14.0, 10.0, 20.0, 16.0
LETTER = 0.56  # of the size of the font


@dataclass(frozen=True)
class Rectangle:
    """A cell of a box with its text, or the dashed frame of a nested model with its name."""

    x: float
    y: float
    width: float
    height: float
    text: str
    ground: str | None


@dataclass(frozen=True)
class Drawing:
    """What is drawn, on a page of a size."""

    rectangles: list[Rectangle]
    ways: list[list[Point]]
    size: Point


def draw(diagram: Diagram, sideways: bool = False) -> Drawing:
    """The diagram with everything in its place."""
    sizes, inner = [], []
    for box in diagram.boxes:
        drawn = None if box.inner is None else draw(box.inner, sideways)
        inner.append(drawn)
        sizes.append(_size(box) if drawn is None else (drawn.size[0], drawn.size[1] + LINE))
    placed = place(sizes, diagram.arrows, sideways)
    rectangles: list[Rectangle] = []
    ways = [[(x + MARGIN, y + MARGIN) for x, y in way] for way in placed.ways]
    for i, (box, drawn) in enumerate(zip(diagram.boxes, inner, strict=True)):
        left, top = _corner(placed, sizes, i)
        if drawn is None:
            rectangles += _cells(box, left, top, sizes[i])
        else:
            rectangles.append(
                Rectangle(left, top, sizes[i][0], sizes[i][1], box.inner.name, None)  # type: ignore[union-attr]
            )
            rectangles += [_moved(r, left, top + LINE) for r in drawn.rectangles]
            ways += [[(x + left, y + top + LINE) for x, y in way] for way in drawn.ways]
    width, height = placed.size
    return Drawing(rectangles, ways, (width + 2 * MARGIN, height + 2 * MARGIN))


def _corner(placed: Placement, sizes: list[Point], i: int) -> Point:
    (x, y), (width, height) = placed.middles[i], sizes[i]
    return x - width / 2 + MARGIN, y - height / 2 + MARGIN


def _moved(r: Rectangle, x: float, y: float) -> Rectangle:
    return Rectangle(r.x + x, r.y + y, r.width, r.height, r.text, r.ground)


def _width(cell: Cell) -> float:
    return len(cell.text) * FONT * LETTER + 2 * PADDING


def _size(box: Box) -> Point:
    width = max(sum(map(_width, row)) for row in box.rows)
    return width, len(box.rows) * (LINE + PADDING)


def _cells(box: Box, left: float, top: float, size: Point) -> Iterator[Rectangle]:
    height = size[1] / len(box.rows)
    for i, row in enumerate(box.rows):
        stretch = size[0] / sum(map(_width, row))
        x = left
        for cell in row:
            width = _width(cell) * stretch
            yield Rectangle(x, top + i * height, width, height, cell.text, cell.ground)
            x += width


def is_dark(ground: str | None) -> bool:
    """Whether a text on it is white."""
    return ground not in (None, PLAIN)


def arrow_head(way: list[Point], length: float = 9.0, half_width: float = 4.0) -> list[Point]:
    """The triangle at the end of a way."""
    (x0, y0), (x1, y1) = next(
        (pair for pair in reversed(list(pairwise(way))) if pair[0] != pair[1]), (way[0], way[-1])
    )
    span = max(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5, 1e-9)
    dx, dy = (x1 - x0) / span, (y1 - y0) / span
    back = (x1 - dx * length, y1 - dy * length)
    return [
        (x1, y1),
        (back[0] - dy * half_width, back[1] + dx * half_width),
        (back[0] + dy * half_width, back[1] - dx * half_width),
    ]
