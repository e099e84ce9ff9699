"""`LAMINA_SHADOW=reference`: every step on two engines, and a stop at the first that differs.

The engine under test keeps the state. Before each step the reference engine is given that state,
so that differences of rounding cannot add up over steps. When a step's results differ, its graph is
searched from the beginning for the first value that differs, and reduced to a script that shows it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from lamina import config
from lamina.engines.base import BoundStep, Call, Cursor, compile_with
from lamina.engines.reference.evaluate import evaluate
from lamina.engines.reference.executable import ReferenceExecutable
from lamina.engines.report import StepReport
from lamina.errors import DivergenceError
from lamina.graph.node import Graph
from lamina.graph.program import Program, Step
from lamina.inspect.differences import differs, first_difference, worst
from lamina.inspect.reduce import Case, reduce, symptom
from lamina.inspect.script import script


class Shadow:
    """An executable that is checked against the reference engine at every step.

    Args:
        program: what to run.
        engine: the name of the engine under test.

    Raises: DivergenceError, from `run`, naming the first op whose value differs.
    """

    def __init__(self, program: Program, engine: str) -> None:
        self.program = program
        self.engine = engine
        self._tested = compile_with(engine, program)
        self._witness = Witness(program)

    def write(self, slot: int, value: np.ndarray) -> None:
        """Sets a slot."""
        self._tested.write(slot, value)

    def read(self, slot: int) -> np.ndarray:
        """A copy of a slot's value."""
        return self._tested.read(slot)

    def run(self, call: Call, cursor: Cursor, steps: int, until: int) -> Cursor:
        """See `engines.base.Executable.run`; one step after another."""
        copies = [array.copy() for array in call.table], [array.copy() for array in call.outputs]
        twin = replace(call, table=copies[0], outputs=copies[1])
        while steps and cursor.epoch < until:
            self._follow()
            after = self._tested.run(call, cursor, 1, until)
            expected = self._witness.run(twin, cursor, 1, until)
            differing = [] if after == expected else ["its place in the data"]
            differing += self._differing(
                ("the table of epoch sums", call.table, twin.table),
                ("the outputs", call.outputs, twin.outputs),
            )
            if differing:
                raise self._divergence(f"epoch {cursor.epoch}, step {cursor.step}", differing)
            cursor, steps = after, steps - 1
        return cursor

    def explain(self) -> Sequence[StepReport]:
        """What the engine under test made of the program."""
        return self._tested.explain()

    def bind(self, phase: str) -> BoundStep:
        """See `engines.base.Executable.bind`."""
        tested, witness = self._tested.bind(phase), self._witness.bind(phase)

        def run(arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
            self._follow()
            ours, theirs = tested(arrays), witness(arrays)
            differing = list(self._differing(("the outputs", ours, theirs)))
            if differing:
                raise self._divergence(f"a batch of '{phase}'", differing)
            return ours

        return run

    def fork(self) -> Shadow:
        """See `engines.base.Executable.fork`."""
        other = Shadow(self.program, self.engine)
        for slot in range(len(self.program.slots)):
            other.write(slot, self.read(slot))
        return other

    def _follow(self) -> None:
        """Brings the witness to the state of the engine under test."""
        for slot in range(len(self.program.slots)):
            self._witness.write(slot, self._tested.read(slot))

    def _differing(
        self, *results: tuple[str, Sequence[np.ndarray], Sequence[np.ndarray]]
    ) -> Iterator[str]:
        for i, slot in enumerate(self.program.slots):
            if differs(self._tested.read(i), self._witness.read(i)):
                yield slot.name
        for name, ours, theirs in results:
            if any(differs(a, b) for a, b in zip(ours, theirs, strict=True)):
                yield name

    def _divergence(self, place_in_run: str, differing: Sequence[str]) -> DivergenceError:
        step, inputs = self._witness.last
        found = first_difference(self.engine, step.graph, inputs)
        where = f"{place_in_run}: {', '.join(differing)}"
        if found is None:
            return DivergenceError(
                f"the engines {self.engine} and reference", "disagree",
                f"{where}; no value alone differs, only the whole step",
                "run with LAMINA_ENGINE=reference, and report the program",
            )  # fmt: skip
        node, ours, theirs = found
        place = worst(ours, theirs)
        path = self._script([step.graph, Graph(step.graph.inputs, (node,))], inputs)
        return DivergenceError(
            f"{node.op} {node.dtype}{list(node.shape)} of {node.origin or 'the program'}",
            f"differs between the engines {self.engine} and reference",
            f"{ours[place]} instead of {theirs[place]} at {list(place)}; {where}",
            f"run with LAMINA_ENGINE=reference, and report it with {path}",
        )  # fmt: skip

    def _script(self, graphs: Sequence[Graph], inputs: Sequence[np.ndarray]) -> str:
        """Where a script was written that shows the difference of one of the graphs with as few ops
        as possible.
        """
        cases = [Case(graph, tuple(inputs)) for graph in graphs]
        showing = [case for case in cases if symptom(self.engine, case) is not None]
        if not showing:
            return "these numbers: no script shows it alone"
        folder = config.read().dump_dir
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"difference-{os.getpid()}.py"
        text = script(self.engine, reduce(self.engine, showing[0]), path.name)
        path.write_text(text, encoding="utf-8")
        return f"{path}, which shows it"


class Witness(ReferenceExecutable):
    """A reference executable that keeps the last step it evaluated and its inputs."""

    last: tuple[Step, list[np.ndarray]]

    def _evaluate(self, step: Step, inputs: list[np.ndarray]) -> list[np.ndarray]:
        self.last = step, inputs
        return evaluate(step.graph, inputs)
