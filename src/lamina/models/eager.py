"""Programs that are not compiled: each batch runs through the model's Python code, op by op.

`compile(run_eagerly=True)` asks for it, to print, to stop in a debugger, to look at values; and a
step of a subclass that needs values while it is traced has no other way. The loops are those of the
reference engine; the ops are computed by it too, so the numbers are the same.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lamina.engines.base import BoundStep, Call
from lamina.engines.reference.elementwise import cast
from lamina.engines.reference.executable import ReferenceExecutable
from lamina.engines.report import StepReport
from lamina.graph.node import Graph
from lamina.graph.program import Phase, Program, Step
from lamina.graph.tensor import Array
from lamina.graph.variable import Variable
from lamina.models.runner import Runner
from lamina.models.steps import Body, Feeding

NOTHING = Graph((), ())


class EagerExecutable(ReferenceExecutable):
    """A program whose steps are Python functions. Its state is in the variables themselves."""

    def __init__(self, model: Any, bodies: Mapping[str, tuple[Body, Feeding]]) -> None:
        phases = {
            name: Phase(name, f.layout.leaves, Step(f.batch, NOTHING, (), (), partial=True))
            for name, (_, f) in bodies.items()
        }
        super().__init__(Program((), phases))
        self._model, self._bodies = model, bodies
        # (epoch, column) -> the metrics' variables when that epoch ended
        self.sums: dict[tuple[int, int], dict[Variable, np.ndarray]] = {}

    def explain(self) -> Sequence[StepReport]:
        """Nothing was made of the steps."""
        return []

    def bind(self, phase: str) -> BoundStep:
        """The step as a function of one batch."""
        bound = self.program.phases[phase]

        def run(arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
            rows = len(arrays[0])
            return self._step(bound, bound.step, (arrays, np.arange(rows)), rows)

        return run

    def _step(
        self, phase: Phase, step: Step, data: tuple[Sequence[np.ndarray], np.ndarray], valid: int
    ) -> list[np.ndarray]:
        arrays, chosen = data
        body, feeding = self._bodies[phase.name]
        leaves = [
            Array(cast(array[chosen], leaf.dtype))
            for array, leaf in zip(arrays, phase.leaves, strict=True)
        ]
        return [np.asarray(y) for y in body(*feeding.layout.packed(leaves))]

    def _close(self, call: Call, epoch: int, column: int) -> None:
        self.sums[epoch, column] = {v: v.numpy() for v in self._model._sums()}
        self._model.reset_metrics()


class EagerRunner(Runner):
    """What `Runner` is for a compiled program."""

    is_eager = True

    def __init__(self, model: Any, bodies: Mapping[str, tuple[Body, Feeding]]) -> None:
        self.executable: EagerExecutable = EagerExecutable(model, bodies)
        self.program = self.executable.program
        self.engine, self.seconds = "reference", {}
        self.variables, self._written = (), ()
        self._place, self._sums = {}, {}
        self._versions, self._sources = [], []
        self._bound = {}
        self._seconds_a_step = 0.0
        # A step may call the model.
        self._lock = threading.RLock()
        self._model = model

    def table(self, epochs: int) -> list[np.ndarray]:
        """What epochs leave is kept by the executable."""
        self.executable.sums.clear()
        return []

    def changed(self, variables: Sequence[Variable]) -> bool:
        """An epoch always starts from nothing."""
        return True

    def sums_of(
        self, table: Sequence[np.ndarray], epoch: int, column: int, variables: Sequence[Variable]
    ) -> list[np.ndarray]:
        """The values of epoch sums when an epoch ended."""
        held = self.executable.sums[epoch, column]
        return [held[v] if v in held else v.numpy() for v in variables]

    def _reset_sums(self) -> None:
        self._model.reset_metrics()
