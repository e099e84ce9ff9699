"""`compile_predict`: a model as a plain function of one batch, for serving."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina import ops
from lamina.data.arrays import Data, read
from lamina.engines.base import BoundStep
from lamina.errors import ArgumentError, UnsupportedError
from lamina.graph import dtypes
from lamina.graph.program import PREDICT
from lamina.graph.structure import flatten, pack
from lamina.models.checks import extremes
from lamina.models.indices import tables_of
from lamina.models.probing import probe
from lamina.models.programs import layout_of, packed, program_of, refresh
from lamina.models.steps import Feeding

WHERE = "compile_predict"


class CompiledPredict:
    """A model's outputs for one batch, on its weights as they were when this was made.

    Shapes: x (B, ...) -> outputs (B, ...), B the `batch` it was made for, or fewer rows where each
    op has a masked form. Structures are the model's; the outputs are NumPy arrays of the caller's.

    Any number of threads may call it at once, and native code runs without the GIL. They share the
    machine code; the weights and the room to compute in are copied for as many calls as there are
    at one time.

    Raises: ArgumentError for a batch of another form, DataError for what is no array of numbers.
    """

    def __init__(self, model: Any, batch: int, data: Data) -> None:
        if not model.built:
            probe(model, layout_of(model, data))
        refresh(model)
        feeding = Feeding(layout_of(model, data), batch, rest=int(batch > 1))
        runner, self._structure = program_of(model, {PREDICT: feeding}, compiled=True)
        if runner.written:
            raise UnsupportedError(
                f"{model.name}.{WHERE}", "serves models whose state stands still",
                f"one that changes {', '.join(v.path for v in runner.written)}", "use predict",
            )  # fmt: skip
        self.batch = batch
        self._graph = model._graph
        self._tables = tables_of(model)
        self._phase = runner.program.phases[PREDICT]
        self._alone = len(feeding.layout.leaves) == 1 and self._phase.leaves[0].dtype[0] == "f"
        self._template = runner.snapshot()
        self._free: list[BoundStep] = [self._template.fork().bind(PREDICT)]

    def __call__(self, x: Any) -> Any:
        """The outputs for these rows."""
        plain = self._alone and type(x) is np.ndarray and x.dtype.kind in "fiub"
        arrays = (x,) if plain else self._arrays(x)
        for place, table in self._tables:
            table.check_range(*extremes(arrays[place]))
        try:
            # One operation, so that no two threads get the same.
            step = self._free.pop()
        except IndexError:
            step = self._template.fork().bind(PREDICT)
        try:
            results = step(arrays)
        finally:
            self._free.append(step)
        return results[0] if self._structure is True else packed(self._structure, results)

    def _arrays(self, x: Any) -> Sequence[np.ndarray]:
        """The batch as arrays in the order of the program, floats for integers converted."""
        values = x if self._graph is None or self._alone else self._graph.matched(x)
        leaves = read(WHERE, values).leaves
        for i, leaf in enumerate(self._phase.leaves[: len(leaves)]):
            if leaves[i].dtype.kind == "f" and not dtypes.is_float(leaf.dtype):
                leaves[i] = np.asarray(ops.cast(leaves[i], leaf.dtype))
        return leaves


def rows_like_inputs(model: Any) -> Data:
    """One row of zeros for each of the model's inputs.

    Raises: ArgumentError if it has no inputs of known shapes.
    """
    graph = model._graph
    shapes = [] if graph is None else [x.shape[1:] for x in graph.flat_inputs]
    if graph is None or any(size is None for shape in shapes for size in shape):
        raise ArgumentError(
            f"{model.name}.{WHERE}", "needs to know the shape of its data",
            "a model built from no Input" if graph is None else f"inputs of shapes {shapes}",
            "pass an example: compile_predict(batch, like=x)",
        )  # fmt: skip
    rows = [np.zeros((1, *x.shape[1:]), x.dtype) for x in graph.flat_inputs]
    return read(WHERE, rows[0] if len(flatten(graph.inputs)) == 1 else pack(graph.inputs, rows))
