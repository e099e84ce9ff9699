"""The manifest of a program: where everything lies that Python reads and writes in its arena.

Beside the machine code of its steps it is all that runs need of what passes and planning found, so
that a process which has both plans nothing. As bytes it is JSON, then the constants as they lie in
memory. Native code trusts its places, hence one that is read is checked against the program.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from lamina.engines.native.buffers import ALIGN, itemsize, row_major
from lamina.graph.program import Phase, Program, Step

LENGTH = struct.Struct("<Q")  # of the JSON, before it


def memory_budget() -> int:
    """Bytes that a program may take: the machine's memory."""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        return int(os.sysconf("SC_PHYS_PAGES")) * int(os.sysconf("SC_PAGE_SIZE"))
    return 1 << 36


class ManifestError(Exception):
    """Bytes are no manifest of this program."""


class Place(NamedTuple):
    """A value in the arena: `strides` in elements, `offset` in bytes from the arena's start."""

    dtype: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int

    @property
    def bytes(self) -> int:
        """Of its elements, each once."""
        return int(np.prod(self.shape, dtype=np.int64)) * itemsize(self.dtype)

    def is_plain(self) -> bool:
        """Whether the elements follow each other in row-major order."""
        return self.bytes == 0 or all(
            n == 1 or have == want
            for n, have, want in zip(self.shape, self.strides, row_major(self.shape), strict=True)
        )

    def span(self) -> tuple[int, int]:
        """The bytes that its elements lie in: from, and below."""
        reach = [(n - 1) * step for n, step in zip(self.shape, self.strides, strict=True)]
        low, high = sum(r for r in reach if r < 0), sum(r for r in reach if r > 0)
        size = itemsize(self.dtype)
        return self.offset + low * size, self.offset + (high + 1) * size


Places = tuple[Place, ...]


class StepPlaces(NamedTuple):
    """A step of `rows` rows: the copies of each leaf, its number of rows, its results."""

    rows: int
    leaves: tuple[Places, ...]
    valid: Place | None
    results: Places


class PhasePlaces(NamedTuple):
    """The steps of a phase: for full batches, and for a last one of other size."""

    full: StepPlaces
    rest: StepPlaces | None

    def step(self, rest: bool) -> StepPlaces:
        """One of the two."""
        found = self.rest if rest else self.full
        assert found is not None
        return found


class Manifest(NamedTuple):
    """A program in memory.

    Attributes:
        size: bytes of the arena; front: of its part that lasts beyond a step.
        slots: all copies of each slot, the first of which is the one to read.
        constants: where bytes lie from the beginning on.
        guards: offset and length of each buffer that lies between guards; never among the bytes.
    """

    size: int
    front: int
    slots: tuple[Places, ...]
    phases: Mapping[str, PhasePlaces]
    constants: tuple[tuple[int, bytes], ...]
    guards: tuple[tuple[int, int], ...] = ()


# ── as bytes ──


def write(manifest: Manifest) -> bytes:
    """The manifest as bytes, equal for equal ones."""
    phases = {
        name: [_step_record(phase.full), phase.rest and _step_record(phase.rest)]
        for name, phase in manifest.phases.items()
    }
    record = {
        "size": manifest.size, "front": manifest.front, "phases": phases,
        "slots": [_records(places) for places in manifest.slots],
        "constants": [[offset, len(data)] for offset, data in manifest.constants],
    }  # fmt: skip
    head = json.dumps(record, separators=(",", ":")).encode()
    return b"".join([LENGTH.pack(len(head)), head, *(data for _, data in manifest.constants)])


def _step_record(step: StepPlaces) -> list[Any]:
    leaves = [_records(places) for places in step.leaves]
    return [step.rows, leaves, _records([step.valid] if step.valid else []), _records(step.results)]


def _records(places: Sequence[Place]) -> list[Any]:
    return [[p.dtype, p.shape, p.strides, p.offset] for p in places]


def read(content: bytes, program: Program) -> Manifest:
    """The manifest that these bytes are, checked.

    Raises: ManifestError if they are none, or not one of this program.
    """
    try:
        manifest = _read(content)
        _check(manifest, program)
    except (ValueError, TypeError, KeyError, IndexError, struct.error, RecursionError) as error:
        raise ManifestError(str(error)) from error
    return manifest


def _read(content: bytes) -> Manifest:
    (length,) = LENGTH.unpack_from(content)
    start = LENGTH.size + length
    record = json.loads(content[LENGTH.size : start])
    phases = {
        name: PhasePlaces(_step_read(full), None if rest is None else _step_read(rest))
        for name, (full, rest) in record["phases"].items()
    }
    constants = []
    for offset, size in record["constants"]:
        constants.append((_number(offset), content[start : start + _number(size)]))
        start += size
    if start != len(content):
        raise ManifestError("constants of another length")
    slots = tuple(map(_places_read, record["slots"]))
    return Manifest(
        _number(record["size"]), _number(record["front"]), slots, phases, tuple(constants)
    )


def _step_read(record: Any) -> StepPlaces:
    rows, leaves, valid, results = record
    found = _places_read(valid)
    return StepPlaces(
        _number(rows), tuple(map(_places_read, leaves)), found[0] if found else None,
        _places_read(results),
    )  # fmt: skip


def _places_read(records: Any) -> Places:
    return tuple(
        Place(str(dtype), tuple(map(_number, shape)), tuple(map(_whole, strides)), _number(offset))
        for dtype, shape, strides, offset in records
    )


def _whole(value: Any) -> int:
    if type(value) is not int or not -(1 << 62) < value < 1 << 62:
        raise ManifestError("a number that is not whole")
    return value


def _number(value: Any) -> int:
    if _whole(value) < 0:
        raise ManifestError("a size below zero")
    return int(value)


# ── checked ──


class _Claim(NamedTuple):
    """What must hold of a place: shape and dtype as the program has them, and where the part of the
    arena ends that it lies in. Those that the driver copies whole are `plain`: in row-major order.
    """

    place: Place
    shape: tuple[int, ...]
    dtype: str
    end: int
    plain: bool = False

    def check(self) -> None:
        """Raises ManifestError unless it holds."""
        place = self.place
        if (place.shape, place.dtype) != (self.shape, self.dtype):
            raise ManifestError("a place of another shape or dtype")
        if len(place.strides) != len(self.shape) or place.offset % itemsize(self.dtype):
            raise ManifestError("a place that does not lie in elements")
        low, high = place.span()
        if 0 not in self.shape and not 0 <= low <= high <= self.end:
            raise ManifestError("a place outside the arena")
        if self.plain and not place.is_plain():
            raise ManifestError("a place whose elements do not follow each other")


def _check(manifest: Manifest, program: Program) -> None:
    """Raises ManifestError unless every place lies in the arena and is one of the program."""
    if not 0 <= manifest.front <= manifest.size <= memory_budget():
        raise ManifestError("an arena of another size")
    if len(manifest.slots) != len(program.slots) or set(manifest.phases) != set(program.phases):
        raise ManifestError("slots or phases of another program")
    for claim in _claims(manifest, program):
        claim.check()
    for offset, data in manifest.constants:
        if offset % ALIGN or offset + len(data) > manifest.front:
            raise ManifestError("a constant outside the arena")


def _claims(manifest: Manifest, program: Program) -> Iterator[_Claim]:
    for copies, slot in zip(manifest.slots, program.slots, strict=True):
        if not copies:
            raise ManifestError("a slot without a place")
        for place in copies:
            yield _Claim(
                place, slot.shape, slot.dtype, manifest.front, plain=slot.reset is not None
            )
    for name, places in manifest.phases.items():
        phase = program.phases[name]
        if (places.rest is None) != (phase.rest is None):
            raise ManifestError("steps of another program")
        yield from _step_claims(manifest, phase, phase.step, places.full)
        if phase.rest is not None and places.rest is not None:
            yield from _step_claims(manifest, phase, phase.rest, places.rest)


def _step_claims(
    manifest: Manifest, phase: Phase, step: Step, places: StepPlaces
) -> Iterator[_Claim]:
    if places.rows != step.rows or (places.valid is not None) != step.partial:
        raise ManifestError("a step of another kind")
    if places.valid is not None:
        yield _Claim(places.valid, (), "int32", manifest.front)
    for copies, leaf in zip(places.leaves, phase.leaves, strict=True):
        for place in copies:
            yield _Claim(place, (step.rows, *leaf.shape), leaf.dtype, manifest.front)
    for place, result in zip(places.results, phase.results, strict=True):
        shape = (step.rows * result.each, *result.shape)
        yield _Claim(place, shape, result.dtype, manifest.size, plain=True)
