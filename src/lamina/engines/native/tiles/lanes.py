"""Lanes and tiles: which axis of a kernel lies in the vector lanes, and how much is done at once.

The choice is by cost in cycles. Along the lanes memory has to be contiguous, so that each choice
asks for layouts (`demands`): the first kernel that reads a value decides how it lies, a later one
may have it otherwise at the price of a transposed copy.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lamina.engines.native.buffers import itemsize
from lamina.engines.native.target import Target
from lamina.engines.native.tiles.layouts import LANEWISE, Layouts
from lamina.engines.native.tiles.maps import Map, operands
from lamina.engines.native.tiles.program import TileProgram, is_far, is_fold, lanes_of, points
from lamina.engines.native.tiles.views import root, shows_windows
from lamina.graph.node import Node

# Cycles: a multiply-add, one of a folded sum (which loads twice), an elementwise instruction, a
# step of a folding tree.
MULTIPLY_ADD, FOLDED_ADD, SIMPLE, FOLD_STEP = 0.5, 1.0, 0.5, 3.0
WEIGHTS = {
    "exp": 16.0, "log": 20.0, "log1p": 30.0, "expm1": 24.0, "tanh": 20.0, "logistic": 25.0,
    "div": 6.0, "sqrt": 6.0, "rsqrt": 12.0, "erf": 60.0, "pow": 60.0, "sin": 40.0, "cos": 40.0,
    "iota": 0.0, "const": 0.0,
}  # fmt: skip
UNKNOWN = 40.0
CHOOSE = 14.0  # to find the entry that is summed
DEAR = 10.0  # what weighs more is many instructions, not a slow one
# A tile is one straight line of code, whose compilation takes longer than in proportion.
CODE, TRANSPOSED = 600, 8  # instructions; of them for a vector that leaves transposed
PLAIN_CODE = 150  # the same where nothing is summed: longer lines gain nothing
TALL, ROWS = 14, 6  # rows; so many are worth an axis
DEEP = 64  # a contraction so deep pays for sums that wait in memory while others are summed
VECTOR = 64  # bytes
# A contraction deeper than twice this is summed in blocks: what a block reads stays in the caches.
BLOCK_DEPTH = 512
SHALLOW = 2048  # of several folded axes together, up to which no blocks pay
LARGE = 1 << 14  # elements from which an operand should be walked only once
BAND_BYTES = 512 << 10  # of an operand that should stay in the caches of a core
# Cycles that a turn waits for one, two, ... vectors from beyond the first cache, which keeps so
# many bytes of them; those of a tile besides its sums, and of each line of memory that it begins.
FAR, NEAR, TURN, BEGIN = (3.0, 2.0, 5.0, 8.0), 24 << 10, 10.0, 10.0
# Of vectors walked with every window again, in the same order, this many bytes come in time.
WINDOWED = 256 << 10
ROW_LANES = 16  # a covered axis outside the lanes stays in registers up to this extent


@dataclass(frozen=True)
class Lanes:
    """A kernel's choice.

    Attributes:
        width: elements in a vector.
        lane: the axis in the lanes while the seed is summed; elane: after it, an axis of the
            domain. None: there is none.
        tile: how much of each axis of the domain a tile spans.
        group: how many sums live at once.
        order: the axes of the domain as tiles are walked, outermost first.
        band: how much of the last of them is walked before the others go on; 0: all.
        depth: how much of the innermost folded axis is summed before the next tile's turn; 0: all.
        chosen: of some folded axes only the entry is summed that `TileProgram.chosen` names.
        cycles: about how long the kernel takes.
    """

    width: int
    lane: int | None
    elane: int | None
    tile: tuple[int, ...]
    group: int
    order: tuple[int, ...]
    band: int
    depth: int
    chosen: bool
    cycles: float = field(compare=False)


Choice = tuple[int | None, int | None]


def choose(program: TileProgram, layouts: Layouts, host: Target) -> Choice:
    """The cheapest (lane, elane) for a kernel, given the layouts so far; demands what it needs."""
    width = lanes_of(program, host.vector_bytes)
    candidates = _candidates(program, width)
    costs = {c: _cost(program, layouts, width, *c) for c in candidates}
    lane, elane = min(reversed(candidates), key=lambda c: costs[c])
    for node, dim in demands(program, lane, elane):
        layouts.demand(node, dim)
    return lane, elane


def settle(program: TileProgram, layouts: Layouts, choice: Choice, host: Target) -> Lanes:
    """The kernel's tiles, once all layouts are known."""
    width = lanes_of(program, host.vector_bytes)
    sums = host.registers * 3 // 4
    tile = _tile(program, layouts, width, sums, choice)
    columns = 1 if choice[1] is None else points(tile[choice[1]], width)
    group = sums // columns * columns if columns <= sums else sums
    cycles = _cost(program, layouts, width, *choice)
    order, band = _walk(program, choice, tile)
    depth, chosen = _depth(program, choice), is_chosen(program, *choice)
    return Lanes(width, *choice, tile, group, order, band, depth, chosen, cycles)


def is_chosen(program: TileProgram, lane: int | None, elane: int | None) -> bool:
    """Whether each sum has an entry of its own, so that it can be told which."""
    chosen = program.chosen
    own = chosen is not None and lane is not None and lane == elane and lane not in chosen.m
    return own and is_deep(program)


def is_deep(program: TileProgram) -> bool:
    """Whether a contraction reads so much for a tile that the first cache does not keep it."""
    seed = program.draft.seed
    depth = math.prod(program.draft.folded)
    return seed is not None and seed.op == "contract" and 2 * depth * VECTOR > NEAR


def is_long(program: TileProgram, rows: int, transposed: int) -> bool:
    """Whether a tile of so many rows, of which some results leave transposed, is too much code for
    one line.
    """
    return rows * (_instructions(program) + TRANSPOSED * transposed) > CODE


def _walk(
    program: TileProgram, choice: Choice, tile: tuple[int, ...]
) -> tuple[tuple[int, ...], int]:
    """The order of the axes: of a large seed, that of its largest operand is outermost, so that it
    is read only once. Where more comes after the sums, that is walked as it lies, in bands whose
    operand stays in the caches.
    """
    draft, (_, elane) = program.draft, choice
    axes = range(program.rank)
    if draft.seed is None or elane is None:
        return tuple(axes), 0
    if _walks_most(program) and len(axes) > 1:
        depth, block = math.prod(draft.folded), _depth(program, choice)
        depth = depth // draft.folded[0] * block if block else depth
        each = depth * itemsize(draft.seed.dtype)
        band = max(1, BAND_BYTES // (each * tile[elane])) * tile[elane]
        return (*(a for a in axes if a != elane), elane), band
    feet = dict.fromkeys(axes, 0)
    for x, m in zip(operands(draft.seed), program.seed_maps, strict=True):
        for axis in m:
            if axis is not None and axis in feet:
                feet[axis] = max(feet[axis], x.size)
    large = max(feet.values()) > LARGE

    def place(a: int) -> tuple[bool, int, int]:
        # What a tile spans whole is no loop, and nothing to share out.
        return tile[a] >= draft.domain[a], -feet[a] if large else 0, a

    return tuple(sorted(axes, key=place)), 0


def _depth(program: TileProgram, choice: Choice) -> int:
    """The depth of a block, along the first folded axis, of a contraction whose operands are too
    large for the caches. Of several folded axes a block takes as much as the caches keep.
    """
    seed, folded = program.draft.seed, program.draft.folded
    if seed is None or seed.op != "contract" or not folded or choice[0] != choice[1]:
        return 0
    if program.rank == 0 or not any(map(is_far, operands(seed))):
        return 0
    depth = BLOCK_DEPTH
    if len(folded) > 1:
        if math.prod(folded) <= SHALLOW or not all(program.rank in m for m in program.seed_maps):
            return 0
        each = sum(root(x).size * itemsize(x.dtype) for x in operands(seed)) // folded[0]
        # Where each sum goes its own way, what it walks has to stay in the first cache.
        depth = max(1, (NEAR if is_chosen(program, *choice) else BAND_BYTES) // each)
    if folded[0] <= depth * 3 // 2:
        return 0
    blocks = points(folded[0], depth)
    return -(-folded[0] // blocks)


def _candidates(program: TileProgram, width: int) -> list[tuple[int | None, int | None]]:
    draft, rank = program.draft, program.rank
    if rank == 0:
        return [(axis, None) for axis in range(len(draft.folded))] or [(None, None)]
    free = [a for a in range(rank) if a not in draft.unlaned]
    inner: list[tuple[int | None, int | None]] = [(a, a) for a in free]
    inner += [(rank + i, a) for i in range(len(draft.folded)) for a in free]
    short = [
        c for c in inner if all(a == c[1] or draft.domain[a] <= ROW_LANES for a in draft.covered)
    ]
    return short or inner


def demands(program: TileProgram, lane: int | None, elane: int | None) -> list[tuple[Node, int]]:
    """Pairs (value, dim that has to be innermost) of a choice."""
    found = []
    for use in program.uses:
        axis = lane if use.seeding else elane
        if use.loaded and axis is not None and axis in use.m:
            found.append((use.node, use.m.index(axis)))
        elif use.loaded and use.seeding and (dim := folded_dim(program, use.m)) is not None:
            found.append((use.node, dim))
    for out in program.draft.outs:
        m = program.draft.maps.get(out)
        if m is not None and elane is not None and any(a is not None for a in m):
            found.append((out, m.index(elane) if elane in m else default_dim(out)))
    return found


def folded_dim(program: TileProgram, m: Map) -> int | None:
    """The dim of an operand, the same in all lanes, along which it is best read: the folded one, if
    there is so much of it that lines read across would not stay in the first cache.
    """
    fold, single = program.rank, len(program.draft.folded) == 1
    return m.index(fold) if fold in m and single and is_deep(program) else None


def default_dim(node: Node) -> int:
    """The innermost dim where nobody asks for one: the last of more than one entry."""
    return max(range(len(node.shape)), key=lambda d: (node.shape[d] > 1, d), default=0)


def _count(program: TileProgram, axes: Sequence[int | None], lane: int | None, width: int) -> int:
    """How many vectors span these axes."""
    extent, count = program.draft.extent, 1
    for a in axes:
        if a is not None:
            count *= points(extent(a), width) if a == lane else extent(a)
    return count


def _cost(
    program: TileProgram, layouts: Layouts, width: int, lane: int | None, elane: int | None
) -> float:
    draft, rank = program.draft, program.rank
    every = list(range(rank + len(draft.folded)))
    total = 0.0
    spared: set[Node] = set()
    if program.chosen is not None and is_chosen(program, lane, elane):
        every = [a for a in every if a not in program.chosen.axes]
        spared = {program.chosen.node, program.chosen.node.inputs[0]}
        total += CHOOSE * _count(program, [a for a in program.chosen.m if a in every], None, width)
    if draft.seed is not None:
        folded_lanes = lane is not None and lane >= rank
        total += (FOLDED_ADD if folded_lanes else MULTIPLY_ADD) * _count(
            program, every, lane, width
        )
        if folded_lanes and elane is not None:
            rows = min(width, draft.domain[elane])
            total += FOLD_STEP * rows * _count(program, range(rank), elane, width)
    for use in program.uses:
        axis = lane if use.seeding else elane
        if not use.loaded and use.node in spared and use.seeding:
            continue
        if not use.loaded:
            total += _node_cost(program, use.node, use.m, axis, width)
        elif axis is not None and axis in use.m:
            total += layouts.penalty(use.node, use.m.index(axis), width)
    for out in draft.outs:
        m = draft.maps.get(out)
        if m is not None and elane is not None:
            total += _store_cost(layouts, out, m, elane, width)
    return total


def _node_cost(program: TileProgram, node: Node, m: Map, lane: int | None, width: int) -> float:
    if node is program.draft.seed:
        return 0.0
    folds = program.draft.folds.get(node, ())
    cost = SIMPLE * _weight(node) * _count(program, (*m, *folds), lane, width)
    if is_fold(node) and lane in folds:
        cost += 10.0 * _count(program, m, lane, width)
    return cost


def _weight(node: Node) -> float:
    return _weight_of(node.op, is_fold(node))


@functools.cache
def _weight_of(op: str, fold: bool) -> float:
    if op in WEIGHTS:
        return WEIGHTS[op]
    from lamina.engines.native.emit import arith

    return 1.0 if op in arith.RULES or fold or op == "cast" else UNKNOWN


def _store_cost(layouts: Layouts, out: Node, m: Map, elane: int, width: int) -> float:
    if elane not in m:
        return LANEWISE * out.size
    return layouts.penalty(out, m.index(elane), width)


# ── tiles ──


def _tile(
    program: TileProgram, layouts: Layouts, width: int, sums: int, choice: Choice
) -> tuple[int, ...]:
    """How much of each axis a tile spans: what is covered or transposed whole, then whatever keeps
    most sums in registers.
    """
    draft, rank = program.draft, program.rank
    elane = choice[1]
    if elane is None:
        return (1,) * rank
    fixed = _fixed(program, layouts, width, choice)
    tile = [fixed.get(a, 1) for a in range(rank)]
    rest = [a for a in range(rank) if a != elane and a not in fixed]
    used = math.prod(tile[a] for a in range(rank) if a != elane)
    row = _row(draft.domain, rest, max(2, ROWS // used))
    more = [a for a in rest if a != row]
    line = max(more, default=None)
    vectors = points(draft.domain[elane], width)
    wide = [points(fixed[elane], width)] if elane in fixed else range(1, min(vectors, 4) + 1)
    height = draft.domain[row] if row is not None else 1
    tall = range(1, min(height, TALL) + 1)
    # Where an axis has few rows, a tile has those of another as well.
    across = draft.domain[line] if line is not None and draft.seed is not None else 1
    deep = range(1, min(across, TALL) + 1)
    inside = {a for a in fixed if a != elane}
    depth, done = math.prod(draft.folded), _work(program)

    most = PLAIN_CODE if draft.seed is None and used == 1 else CODE

    def fits(columns: int, rows: int, lines: int) -> bool:
        sizes: dict[int | None, int] = {a: tile[a] for a in inside}
        sizes[row], sizes[line] = rows, lines
        places = used * rows * lines * columns
        held = places <= sums or (used > 1 and rows == lines == 1 and depth >= DEEP)
        return held and columns * _code(done, sizes) <= most

    sizes = [
        (v, r, n) for v in wide for r in tall for n in (deep if r == height else (1,))
        if fits(v, r, n)
    ]  # fmt: skip
    work, walked = _instructions(program) / 2 + 1, BEGIN * len(_walked(program))

    shared = _along_lanes(program, inside, elane)

    windowed = draft.seed is not None and any(map(shows_windows, operands(draft.seed)))
    near = WINDOWED if windowed else NEAR
    turn = CHOOSE if is_chosen(program, *choice) else 0.0

    @functools.cache
    def one(rows: int, columns: int) -> float:
        summing = _sum_cycles(depth, (rows, columns), sums, shared, near)
        return summing + depth * turn + rows * (columns * work + walked)

    def cycles(size: tuple[int, int, int]) -> float:
        return sum(
            a * b * c * one(used * rows * lines, columns)
            for a, columns in _split(vectors, size[0])
            for b, rows in _split(height, size[1])
            for c, lines in _split(across, size[2])
        )

    columns, rows, lines = min(sizes or [(wide[0], 1, 1)], key=cycles)
    tile[elane] = min(columns, vectors) * width
    if row is not None:
        tile[row] = rows
    if line is not None:
        tile[line] = lines
    return tuple(tile)


def _row(domain: Sequence[int], rest: Sequence[int], enough: int) -> int | None:
    """The axis along which a tile has several rows: the last that is long enough, where rows lie
    near each other, else the longest.
    """
    long = [a for a in rest if domain[a] >= enough]
    return max(long or rest, key=lambda a: a if long else (domain[a], a), default=None)


@functools.cache
def _split(extent: int, size: int) -> list[tuple[int, int]]:
    """Pairs (how many, of which size) of tiles along an axis; the last may be smaller."""
    whole, rest = divmod(extent, size)
    return [pair for pair in ((whole, size), (1, rest)) if min(pair)]


def _along_lanes(program: TileProgram, inside: set[int], elane: int) -> int:
    """How many places of the axes that a tile spans whole lie along the lanes' own operand: so many
    times more vectors are read, and so many times fewer rows.
    """
    draft = program.draft
    if draft.seed is None or draft.seed.op != "contract":
        return 1
    within = [m for m in program.seed_maps if elane in m]
    others = {a for m in program.seed_maps if elane not in m for a in m}
    axes = {a for m in within for a in m if a in inside and a not in others}
    return math.prod(draft.domain[a] for a in axes)


def _sum_cycles(
    depth: int, size: tuple[int, int], sums: int, shared: int, near: int = NEAR
) -> float:
    """Cycles to sum a tile of so many rows and vectors: two multiply-adds or loads a cycle, and the
    wait for vectors that come from beyond the first cache, of which `near` bytes are kept or asked
    for in time. `shared`: see `_along_lanes`.
    """
    rows, columns = size
    groups = points(rows * columns, max(1, sums // columns) * columns)
    read = columns * shared
    loads = rows // shared + read * groups
    far = near < depth * read * VECTOR
    step = max(rows * columns, loads) / 2 + (_wait(read) * groups if far else 0)
    return TURN + depth * step


def _wait(columns: int) -> float:
    """Cycles for so many vectors from beyond the first cache; past the table at its last rise."""
    further = max(0, columns - len(FAR))
    return FAR[min(columns, len(FAR)) - 1] + further * (FAR[-1] - FAR[-2])


def _walked(program: TileProgram) -> list[Node]:
    """The values too large for the caches that a tile walks after its sums."""
    nodes = [use.node for use in program.uses if use.loaded and not use.seeding]
    return [x for x in [*nodes, *program.draft.outs] if is_far(x)]


def _walks_most(program: TileProgram) -> bool:
    """Whether more comes after the sums than any operand of them has."""
    assert program.draft.seed is not None
    after = sum(x.size for x in _walked(program))
    return after > max(root(x).size for x in operands(program.draft.seed))


def _fixed(program: TileProgram, layouts: Layouts, width: int, choice: Choice) -> dict[int, int]:
    """Axes whose share of a tile is not free: covered ones, those of transposed copies, and the one
    whose sums are folded together.
    """
    draft, (lane, elane) = program.draft, choice
    fixed = {a: draft.domain[a] for a in draft.covered}
    for out in draft.outs:
        m = draft.maps.get(out)
        if m is None or sum(n > 1 for n in out.shape) < 2:
            continue
        for axis in (m[dim] for dim in layouts.of(out)):
            if axis is not None and axis != elane:
                fixed.setdefault(axis, min(width, draft.domain[axis]))
    if lane is not None and elane is not None and lane >= program.rank:
        fixed.setdefault(elane, width)
    if program.chosen is not None and is_chosen(program, lane, elane):
        fixed.update({a: 1 for a in program.chosen.m if a is not None and a < program.rank})
    return fixed


def instructions(program: TileProgram, steps: Mapping[int, int]) -> int:
    """About how many a tile of so many places along each axis takes after the sums."""
    sizes: dict[int | None, int] = {axis: count for axis, count in steps.items()}
    return _code(_work(program), sizes)


def _instructions(program: TileProgram) -> int:
    """About how many instructions a place of a tile takes after the sums."""
    return sum(size for size, _ in _work(program))


def _code(done: Sequence[tuple[int, Map]], tile: Mapping[int | None, int]) -> int:
    """About how many instructions a tile of this work takes, for a vector along the lanes."""
    return sum([size * math.prod([tile.get(a, 1) for a in m]) for size, m in done])


def _work(program: TileProgram) -> list[tuple[int, Map]]:
    """The values computed after the sums: their instructions, and along which axes."""
    seed = program.draft.seed
    done = [u for u in program.uses if not (u.loaded or u.seeding or u.node is seed)]
    return [(1 if _weight(u.node) < DEAR else int(_weight(u.node)), u.m) for u in done]
