"""Where boxes of given sizes go, and which way arrows take: in ranks, from the top down.

The method is that of Sugiyama, Tagawa and Toda (1981): ranks by the longest path, an order within
each rank by the mean place of its neighbours, then places as near to the neighbours as the boxes
beside allow. An arrow over several ranks takes a place of no width in each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

SWEEPS = 8
GAP, RANK_GAP = 24.0, 40.0
Point = tuple[float, float]


@dataclass(frozen=True)
class Placement:
    """Middles of the boxes, the points of each arrow from box to box, and the size of the whole."""

    middles: list[Point]
    ways: list[list[Point]]
    size: Point


def place(
    sizes: Sequence[Point], arrows: Sequence[tuple[int, int]], sideways: bool = False
) -> Placement:
    """Places boxes of (width, height), from the top down or, sideways, from the left.

    Arrows go from a box to one of a higher number.
    """
    if sideways:
        turned = place([(h, w) for w, h in sizes], arrows)
        return Placement(
            [(y, x) for x, y in turned.middles],
            [[(y, x) for x, y in way] for way in turned.ways],
            (turned.size[1], turned.size[0]),
        )
    ranks = _ranks(len(sizes), arrows)
    places = list(sizes)
    chains = [_chain(arrow, ranks, places) for arrow in arrows]
    links = [link for chain in chains for link in pairwise(chain)]
    rows = _ordered(ranks, links)
    x = _across([size[0] for size in places], rows, links)
    y, tall = _down([size[1] for size in places], rows)
    ways = [_way(chain, x, y, tall, sizes) for chain in chains]
    width = max((x[i] + places[i][0] / 2 for i in range(len(places))), default=0.0)
    height = max((y[i] + places[i][1] / 2 for i in range(len(places))), default=0.0)
    return Placement(list(zip(x, y, strict=True))[: len(sizes)], ways, (width, height))


def _ranks(count: int, arrows: Sequence[tuple[int, int]]) -> list[int]:
    """The longest way to each box; what has no arrow into it stands just above what it feeds."""
    ranks = [0] * count
    for source, target in sorted(arrows, key=lambda arrow: arrow[1]):
        ranks[target] = max(ranks[target], ranks[source] + 1)
    fed = {target for _, target in arrows}
    for box in range(count):
        below = [ranks[target] for source, target in arrows if source == box]
        if box not in fed and below:
            ranks[box] = min(below) - 1
    return ranks


def _chain(arrow: tuple[int, int], ranks: list[int], places: list[Point]) -> list[int]:
    """The places an arrow goes through; those between the boxes are made here."""
    source, target = arrow
    chain = [source]
    for rank in range(ranks[source] + 1, ranks[target]):
        chain.append(len(places))
        places.append((0.0, 0.0))
        ranks.append(rank)
    return [*chain, target]


def _neighbours(count: int, links: Sequence[tuple[int, int]]) -> tuple[list[list[int]], ...]:
    above: list[list[int]] = [[] for _ in range(count)]
    below: list[list[int]] = [[] for _ in range(count)]
    for source, target in links:
        above[target].append(source)
        below[source].append(target)
    return above, below


def _ordered(ranks: Sequence[int], links: Sequence[tuple[int, int]]) -> list[list[int]]:
    """The rows of places from the top, each from left to right, with few crossings."""
    rows: list[list[int]] = [[] for _ in range(max(ranks, default=-1) + 1)]
    for place_, rank in enumerate(ranks):
        rows[rank].append(place_)
    above, below = _neighbours(len(ranks), links)
    order = {p: i for row in rows for i, p in enumerate(row)}
    for sweep in range(SWEEPS):
        beside = above if sweep % 2 == 0 else below
        for row in rows if sweep % 2 == 0 else reversed(rows):
            means = {p: _mean([order[q] for q in beside[p]], order[p]) for p in row}
            row.sort(key=means.__getitem__)
            order.update({p: i for i, p in enumerate(row)})
    return rows


def _across(
    widths: Sequence[float], rows: Sequence[Sequence[int]], links: Sequence[tuple[int, int]]
) -> list[float]:
    """The middle of each place from left to right, at least GAP between two boxes."""
    x = [0.0] * len(widths)
    for row in rows:
        for left, right in pairwise(row):
            x[right] = x[left] + (widths[left] + widths[right]) / 2 + GAP
    above, below = _neighbours(len(widths), links)
    for sweep in range(SWEEPS):
        beside = above if sweep % 2 == 0 else below
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wanted = [_mean([x[q] for q in beside[p]], x[p]) for p in row]
            _settle(row, wanted, widths, x)
    start = min((x[i] - widths[i] / 2 for i in range(len(x))), default=0.0)
    return [middle - start for middle in x]


def _settle(
    row: Sequence[int], wanted: Sequence[float], widths: Sequence[float], x: list[float]
) -> None:
    """Puts a row as near to what is wanted as its order and the gaps allow: halfway between
    pushing everything to the right and pushing everything to the left.
    """

    def gap(left: int, right: int) -> float:
        return (widths[left] + widths[right]) / 2 + GAP

    rightwards, leftwards = list(wanted), list(wanted)
    for i in range(1, len(row)):
        rightwards[i] = max(wanted[i], rightwards[i - 1] + gap(row[i - 1], row[i]))
    for i in range(len(row) - 2, -1, -1):
        leftwards[i] = min(wanted[i], leftwards[i + 1] - gap(row[i], row[i + 1]))
    for i, place_ in enumerate(row):
        x[place_] = (rightwards[i] + leftwards[i]) / 2


def _down(
    heights: Sequence[float], rows: Sequence[Sequence[int]]
) -> tuple[list[float], list[float]]:
    """The middle of each place from the top down, and the height of its row."""
    y, tall, top = [0.0] * len(heights), [0.0] * len(heights), 0.0
    for row in rows:
        tallest = max(heights[p] for p in row)
        for p in row:
            y[p], tall[p] = top + tallest / 2, tallest
        top += tallest + RANK_GAP
    return y, tall


def _way(
    chain: Sequence[int],
    x: Sequence[float],
    y: Sequence[float],
    tall: Sequence[float],
    sizes: Sequence[Point],
) -> list[Point]:
    """From the lower edge of the first box to the upper edge of the last, straight down in each
    row between.
    """
    first, last = chain[0], chain[-1]
    way = [(x[first], y[first] + sizes[first][1] / 2)]
    for p in chain[1:-1]:
        way += [(x[p], y[p] - tall[p] / 2), (x[p], y[p] + tall[p] / 2)]
    return [*way, (x[last], y[last] - sizes[last][1] / 2)]


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
