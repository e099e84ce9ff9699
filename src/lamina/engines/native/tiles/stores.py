"""Stores: results leave a tile along the lanes, or transposed where a copy lies otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lamina.engines.native.buffers import View, itemsize
from lamina.engines.native.emit import Value
from lamina.engines.native.emit.arith import widen
from lamina.engines.native.emit.blocks import transpose_block
from lamina.engines.native.emit.vectors import transpose
from lamina.engines.native.plain.nest import store
from lamina.engines.native.tiles.maps import Map
from lamina.engines.native.tiles.tile import Place, Tile
from lamina.graph.node import Node


def store_all(tile: Tile) -> None:
    """Computes and stores every result of a tile, place by place; then the transposed copies."""
    draft, elane = tile.draft, tile.code.lanes.elane
    outs = [out for out in draft.outs if out in draft.maps]
    axes = [a for a in range(tile.program.rank) if a != elane]
    axes += [elane] if elane is not None else []
    done: set[tuple[Node, tuple[int, ...]]] = set()
    for p in tile.places(axes):
        now = []
        for out in outs:
            m = draft.maps[out]
            key = (out, tuple(p[a] for a in m if a is not None))
            if key not in done:
                done.add(key)
                now.append((out, m, tile.value(out, m, p)))
        # All are computed before one is stored: it may be stored where another is read.
        for out, m, value in now:
            _store(tile, out, m, p, value)
    for out in outs:
        _store_transposed(tile, out, draft.maps[out])


def _store(tile: Tile, out: Node, m: Map, p: Place, value: Value) -> None:
    """Stores to each copy that is contiguous along the lanes, or has no axis there."""
    elane = tile.code.lanes.elane
    for index in tile.code.writes[out]:
        view = tile.code.write_views[index]
        if elane not in m:
            pointer = tile.address(index, m, p, write=True)
            tile.store_lane(value, view.dtype, pointer, 0)
        elif tile.lane_step(view, m) == 1:
            pointer = tile.address(index, m, p, write=True)
            assert elane is not None
            beyond = tile.ragged(elane, p.get(elane, 0))
            _store_vector(tile, view, value, pointer, (beyond, tile.alignment(view, m)))


def _store_vector(
    tile: Tile, view: View, value: Value, pointer: Value, shape: tuple[int, int]
) -> None:
    """A vector whose last lanes may lie beyond the axis: there only padding may be written."""
    beyond, align = shape
    stored = widen(tile.f, value)
    if not beyond or view.padded:
        tile.f.store(stored, pointer, align)
        return
    mask = [1] * (tile.width - beyond) + [0] * beyond
    tile.f.store_masked(stored, pointer, align, mask)


def _store_transposed(tile: Tile, out: Node, m: Map) -> None:
    """Copies whose innermost dim runs along another axis: block by block through a transpose."""
    elane = tile.code.lanes.elane
    if elane is None or elane not in m:
        return
    for index in tile.code.writes[out]:
        view = tile.code.write_views[index]
        if tile.lane_step(view, m) == 1:
            continue
        axis = _contiguous_axis(view, m)
        if axis is None or tile.spans[axis].size == 1:
            _scatter(tile, out, m, index)
        else:
            _blocks(tile, out, m, (index, axis))


def contiguous_axes(tile: Tile) -> set[int]:
    """The axes along which copies leave a tile transposed."""
    found = set()
    for out in tile.draft.outs:
        m = tile.draft.maps.get(out, ())
        for view in [tile.code.write_views[i] for i in tile.code.writes[out]]:
            if tile.lane_step(view, m) != 1 and (axis := _contiguous_axis(view, m)) is not None:
                found.add(axis)
    return found


def _contiguous_axis(view: View, m: Map) -> int | None:
    return next(
        (a for a, step in zip(m, view.strides, strict=True) if a is not None and step == 1), None
    )


def _others(tile: Tile, m: Map, without: Sequence[int | None]) -> list[dict[int, int]]:
    return tile.places([a for a in m if a is not None and a not in without])


def _blocks(tile: Tile, out: Node, m: Map, which: tuple[int, int]) -> None:
    """One of a tile is transposed while it is in registers; several call one function."""
    axis, width, elane = which[1], tile.width, tile.code.lanes.elane
    assert elane is not None
    size = tile.spans[axis].size
    starts = [
        {**q, elane: chunk, axis: first}
        for q in _others(tile, m, (elane, axis))
        for chunk in range(tile.steps(elane))
        for first in range(0, size, width)
    ]
    for place in starts:
        count = min(width, size - place[axis])
        whole = count == width and not tile.ragged(elane, place[elane])
        if whole and len(starts) > 1 and _copied_block(tile, out, m, which, place):
            continue
        rows = [tile.value(out, m, {**place, axis: place[axis] + i}) for i in range(count)]
        rows += [rows[-1]] * (width - count)
        columns = transpose(tile.f, [widen(tile.f, row) for row in rows])
        view = tile.code.write_views[which[0]]
        _store_columns(tile, view, m, (which[0], place), (columns, count))


def _copied_block(tile: Tile, out: Node, m: Map, which: tuple[int, int], place: Place) -> bool:
    """Transposes a whole block out of another copy, if one was stored along the lanes."""
    index, axis = which
    views, elane = tile.code.write_views, tile.code.lanes.elane
    assert elane is not None
    stored = [i for i in tile.code.writes[out] if tile.lane_step(views[i], m) == 1]
    if not stored:
        return False
    ends = [
        (tile.address(i, m, place, write=True), views[i].strides[m.index(a)] * itemsize(out.dtype))
        for i, a in ((stored[0], axis), (index, elane))
    ]
    transpose_block(tile.f, out.dtype, tile.width, ends)
    return True


def _store_columns(
    tile: Tile,
    view: View,
    m: Map,
    where: tuple[int, Mapping[int, int]],
    block: tuple[Sequence[Value], int],
) -> None:
    index, place = where
    columns, count = block
    elane = tile.code.lanes.elane
    assert elane is not None
    axis = _contiguous_axis(view, m)
    assert axis is not None
    span = tile.spans[axis]
    ends = span.start is None and span.offset + place[axis] + count == tile.draft.extent(axis)
    step = view.strides[m.index(elane)] * itemsize(view.dtype)
    start = tile.address(index, m, place, write=True)
    valid = tile.width - tile.ragged(elane, place[elane])
    for lane in range(min(tile.width, valid)):
        pointer = tile.f.at(start, lane * step)
        align = itemsize(view.dtype)
        beyond = tile.width - count
        if not beyond or (view.padded and ends):
            tile.f.store(columns[lane], pointer, align)
        else:
            mask = [1] * count + [0] * beyond
            tile.f.store_masked(columns[lane], pointer, align, mask)


def _scatter(tile: Tile, out: Node, m: Map, index: int) -> None:
    """Lane by lane."""
    view, elane = tile.code.write_views[index], tile.code.lanes.elane
    assert elane is not None
    step = view.strides[m.index(elane)] * itemsize(view.dtype)
    for p in _others(tile, m, ()):
        value = tile.value(out, m, p)
        pointer = tile.address(index, m, p, write=True)
        for lane in range(tile.width - tile.ragged(elane, p.get(elane, 0))):
            tile.store_lane(value, view.dtype, tile.f.at(pointer, lane * step), lane)


def store_scalar(tile: Tile, out: Node, value: Value) -> None:
    """A single number, to each of its copies."""
    for index in tile.code.writes[out]:
        store(tile.f, value, out.dtype, tile.code.write_pointers[index])
