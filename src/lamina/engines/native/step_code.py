"""The machine code of a step: as it is kept, and as it is in memory."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from lamina.engines.native.link import Library, Object, load

LENGTH = struct.Struct("<Q")  # of the JSON, before it
# The functions of a step.
STEP, TEAM_STEP = "step", "team_step"


class StepCode(NamedTuple):
    """The machine code of a step before it is linked: objects, and whether there is anything to
    share out among threads.
    """

    objects: tuple[Object, ...]
    parallel: bool
    seconds: Mapping[str, float] = MappingProxyType({})

    def write(self) -> bytes:
        """The code as bytes: JSON, then the objects."""
        record = [self.parallel, [[one.name, len(one.image)] for one in self.objects]]
        head = json.dumps(record).encode()
        return b"".join([LENGTH.pack(len(head)), head, *(one.image for one in self.objects)])

    @staticmethod
    def read(content: bytes) -> StepCode | None:
        """The code that these bytes are, None if they are none."""
        try:
            start = LENGTH.size + LENGTH.unpack_from(content)[0]
            parallel, listed = json.loads(content[LENGTH.size : start])
            objects = []
            for name, size in listed:
                objects.append(Object(name, content[start : start + size]))
                start += size
        except (ValueError, TypeError, struct.error):
            return None
        return StepCode(tuple(objects), parallel) if start == len(content) else None


class CompiledStep(NamedTuple):
    """A step in memory: `step(arena)`, which runs it alone, `team_step(arena, team)`, whose helpers
    run it too unless `team` is 0, and whether there is anything to share out.
    """

    library: Library
    step: int
    team_step: int
    parallel: bool


def load_step(code: StepCode) -> CompiledStep:
    """The step, linked into this process."""
    library = load(code.objects, [STEP, TEAM_STEP])
    library.seconds = {**code.seconds, **library.seconds}
    return CompiledStep(library, library.address(STEP), library.address(TEAM_STEP), code.parallel)
