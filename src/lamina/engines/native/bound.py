"""Bound steps: one batch copied into the arena, one call of the step, the results copied out.

For everything that comes one batch at a time: a call costs a microsecond beside the step itself.
Only addresses inside the arena reach native code; the data are copied in by NumPy, which knows
their sizes.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lamina.engines.base import check_batch
from lamina.engines.native import driver
from lamina.engines.native.threads import POOL

if TYPE_CHECKING:
    from lamina.engines.native.executable import NativeExecutable


class BoundStep:
    """See `engines.base.BoundStep`. It keeps its executable's memory and code alive."""

    def __init__(self, owner: NativeExecutable, name: str) -> None:
        places = owner.manifest.phases[name].full
        self._phase = owner.program.phases[name]
        self._library, address = driver.one()
        self._function = ctypes.CFUNCTYPE(None, *3 * [ctypes.c_void_p])(address)
        self._owner = owner
        self._compiled = owner.step(name, False)
        self._step = self._compiled.team_step
        self._arena = owner.address_of_arena
        self._leaves = [[owner.array(place) for place in copies] for copies in places.leaves]
        self._valid = None if places.valid is None else owner.array(places.valid)
        self._results = [owner.array(place) for place in places.results]

    def _run(self) -> None:
        """The step, shared out among the threads if there is anything to share."""
        team = self._owner.team
        if self._compiled.parallel:
            with POOL.joined(team):
                self._function(self._step, self._arena, team.address)
        else:
            self._function(self._step, self._arena, 0)

    def __call__(self, arrays: Sequence[np.ndarray], /) -> list[np.ndarray]:
        """The results for one batch."""
        rows = check_batch(self._phase, arrays)
        self._fill(arrays, rows)
        self._run()
        sizes = [rows * result.each for result in self._phase.results]
        return [r[:size].copy() for r, size in zip(self._results, sizes, strict=True)]

    def shortened(self) -> Callable[[Sequence[np.ndarray]], list[np.ndarray]]:
        """The same function, in fewer operations where whole batches of one float array are to
        give one result. Serving calls little else.
        """
        phase = self._phase
        plain = len(phase.leaves) == len(self._results) == 1 and self._valid is None
        plain = plain and not self._compiled.parallel and len(self._leaves[0]) == 1
        if not plain or phase.leaves[0].dtype[0] != "f":
            return self
        leaf, result = self._leaves[0][0], self._results[0]
        function, step, arena, shape = self._function, self._step, self._arena, leaf.shape

        def run(arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
            if len(arrays) != 1 or arrays[0].shape != shape:
                return self(arrays)
            leaf[...] = arrays[0]
            function(step, arena, 0)
            return [result.copy()]

        return run

    def _fill(self, arrays: Sequence[np.ndarray], rows: int) -> None:
        """Copies the batch in; absent rows repeat the first, as in the gather."""
        for copies, array in zip(self._leaves, arrays, strict=True):
            for leaf in copies:
                leaf[:rows] = array
                if rows < len(leaf):
                    leaf[rows:] = array[:1]
        if self._valid is not None:
            self._valid[...] = rows
