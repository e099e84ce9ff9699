"""`LAMINA_SHADOW=reference`: every step on two engines, and a stop at the first that differs.

The engine under test keeps the state. Before each step the reference engine is given that state,
so that differences of rounding cannot add up over steps. When a step's results differ, its graph is
searched from the beginning for the first value that differs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from lamina.engines.base import Call, Cursor, Executable, Feed, compile_with
from lamina.engines.reference.evaluate import evaluate, evaluate_node
from lamina.engines.reference.executable import ReferenceExecutable
from lamina.engines.report import StepReport
from lamina.errors import DivergenceError
from lamina.graph.node import Graph, Node
from lamina.graph.program import Phase, Program, Slot, Step

# A value may be off by so much of the largest in its array: sums in another order and elementary
# functions of a few units in the last place lose far less in one step, a wrong value more.
SHARE = {"float32": 1e-3, "float64": 1e-9}


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
            for slot in range(len(self.program.slots)):
                self._witness.write(slot, self._tested.read(slot))
            after = self._tested.run(call, cursor, 1, until)
            expected = self._witness.run(twin, cursor, 1, until)
            differing = [] if after == expected else ["its place in the data"]
            differing += self._differing(call, twin)
            if differing:
                raise self._divergence(cursor, differing)
            cursor, steps = after, steps - 1
        return cursor

    def explain(self) -> Sequence[StepReport]:
        """What the engine under test made of the program."""
        return self._tested.explain()

    def _differing(self, call: Call, twin: Call) -> Iterator[str]:
        for i, slot in enumerate(self.program.slots):
            if differs(self._tested.read(i), self._witness.read(i)):
                yield slot.name
        for name, ours, theirs in (
            ("the table of epoch sums", call.table, twin.table),
            ("the outputs", call.outputs, twin.outputs),
        ):
            if any(differs(a, b) for a, b in zip(ours, theirs, strict=True)):
                yield name

    def _divergence(self, cursor: Cursor, differing: Sequence[str]) -> DivergenceError:
        found = first_difference(self.engine, *self._witness.last)
        where = f"epoch {cursor.epoch}, step {cursor.step}: {', '.join(differing)}"
        if found is None:
            return DivergenceError(
                f"the engines {self.engine} and reference", "disagree",
                f"{where}; no value alone differs, only the whole step",
                "run with LAMINA_ENGINE=reference, and report the program",
            )  # fmt: skip
        node, ours, theirs = found
        place = np.unravel_index(int(np.argmax(~_close(ours, theirs))), theirs.shape)
        index = [int(i) for i in place]
        return DivergenceError(
            f"{node.op} {node.dtype}{list(node.shape)} of {node.origin or 'the program'}",
            f"differs between the engines {self.engine} and reference",
            f"{ours[place]} instead of {theirs[place]} at {index}; {where}",
            "run with LAMINA_ENGINE=reference, and report the op with these numbers",
        )  # fmt: skip


class Witness(ReferenceExecutable):
    """A reference executable that keeps the last step it evaluated and its inputs."""

    last: tuple[Step, list[np.ndarray]]

    def _evaluate(self, step: Step, inputs: list[np.ndarray]) -> list[np.ndarray]:
        self.last = step, inputs
        return evaluate(step.graph, inputs)


def _close(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    if theirs.dtype.name not in SHARE:
        return np.asarray(ours == theirs)
    finite = np.abs(theirs[np.isfinite(theirs)])
    allowed = SHARE[theirs.dtype.name] * (finite.max() if finite.size else 0.0)
    return np.isclose(ours, theirs, rtol=0, atol=allowed, equal_nan=True)


def differs(ours: np.ndarray, theirs: np.ndarray) -> bool:
    """Whether an array differs by more than rounding can explain."""
    return not bool(np.all(_close(ours, theirs)))


def first_difference(
    engine: str, step: Step, inputs: Sequence[np.ndarray]
) -> tuple[Node, np.ndarray, np.ndarray] | None:
    """The first node of a step whose value differs, with both values: with all values kept, else
    each computed alone, since what is kept decides how an engine fuses.
    """
    expected = dict(zip(step.graph.inputs, inputs, strict=True))
    wanted = []
    for node in step.graph.nodes():
        if node not in expected:
            expected[node] = evaluate_node(node, [expected[i] for i in node.inputs])
            if node.op != "const" and not node.outputs:
                wanted.append(node)
    for nodes in (wanted, *([node] for node in wanted)):
        found = _values(engine, Graph(step.graph.inputs, tuple(nodes)), inputs)
        for node, value in zip(nodes, found, strict=True):
            if differs(value, expected[node]):
                return node, value, expected[node]
    return None


def _values(engine: str, graph: Graph, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The outputs of a graph by an engine: its inputs and outputs are slots of a program."""
    nodes = (*graph.inputs, *graph.outputs)
    slots = tuple(Slot(f"{i}", node.shape, node.dtype) for i, node in enumerate(nodes))
    count = len(graph.inputs)
    step = Step(1, graph, tuple(range(count)), tuple(range(count, len(nodes))))
    program = Program.of(slots, {"train": Phase("train", (), step)})
    executable: Executable = compile_with(engine, program)
    for i, value in enumerate(inputs):
        executable.write(i, value)
    executable.run(Call("train", Feed((), 1), 1), Cursor(), 1, 1)
    return [executable.read(i) for i in range(count, len(nodes))]
