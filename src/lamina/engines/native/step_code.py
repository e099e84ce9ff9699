"""The machine code of a step: as it is kept, and as it is in memory."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from lamina.engines.native.link import Library, load

# The functions of a step.
STEP, TEAM_STEP = "step", "team_step"


class StepCode(NamedTuple):
    """The machine code of a step before it is linked: objects, and whether there is anything to
    share out among threads.
    """

    image: bytes
    parallel: bool
    seconds: Mapping[str, float] = MappingProxyType({})

    def write(self) -> bytes:
        """The code as bytes."""
        return bytes([self.parallel]) + self.image

    @staticmethod
    def read(content: bytes) -> StepCode:
        """The code that these bytes are."""
        return StepCode(content[1:], bool(content[0]))


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
    library = load(code.image, [STEP, TEAM_STEP])
    library.seconds = {**code.seconds, **library.seconds}
    return CompiledStep(library, library.address(STEP), library.address(TEAM_STEP), code.parallel)
