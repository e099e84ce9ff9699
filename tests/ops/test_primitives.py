"""Every primitive against JAX, forward and backward, and its masked form against exact batches."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
import pytest
from primitive_cases import (
    BATCH,
    CONTRACTIONS,
    ELEMENTWISE,
    INDEXING,
    RANDOM,
    REDUCTIONS,
    SHAPE,
    WINDOWS,
    Case,
)
from region_cases import REGIONS

from lamina.autodiff import gradients
from lamina.engines.reference.evaluate import evaluate
from lamina.graph import dtypes
from lamina.graph.node import Graph, Rows
from lamina.graph.structure import flatten
from lamina.graph.tape import Tape, recording
from lamina.graph.tensor import Array, Tensor
from lamina.graph.trace import Trace
from lamina.graph.verify import verify
from lamina.ops.dispatch import apply, as_tensor, shape_of
from lamina.ops.primitive import PRIMITIVES
from lamina.passes.pipeline import optimize

CASES = [*ELEMENTWISE, *SHAPE, *WINDOWS, *REDUCTIONS, *CONTRACTIONS, *INDEXING, *RANDOM, *REGIONS]
BY_NAME = {case.name: case for case in CASES}

# Both sides compute in float64 by the same formulas or better ones: a few units of its precision,
# times the size of the numbers. Float32 is held to float64's result within its own precision.
CLOSE = {"float64": {"rtol": 1e-10, "atol": 1e-11}, "float32": {"rtol": 3e-5, "atol": 3e-5}}


def _typed(arrays: Sequence[np.ndarray], dtype: str) -> list[np.ndarray]:
    return [a.astype(dtype) if a.dtype.kind == "f" else a for a in arrays]


@dataclass(frozen=True)
class Run:
    """What a case gave: results and the Rows of each, cotangents put in, gradients, reasons."""

    ys: list[np.ndarray]
    rows: list[Rows | None]
    gs: list[np.ndarray]
    slopes: list[np.ndarray]
    reasons: list[str]


def _run(
    case: Case,
    arrays: Sequence[np.ndarray],
    valid: int | None = None,
    given: Sequence[np.ndarray] | None = None,
) -> Run:
    """The case as a graph, plain and optimized.

    Each float operand is used twice: by the op, and as a result itself. Cotangents are random
    unless they are given.
    """
    random = np.random.default_rng(1)
    with Trace(dynamic=valid is not None) as trace:
        args = [trace.argument(a.shape, a.dtype.name, _rows_of(a.shape)) for a in arrays]
        ys = [trace.lift(y) for y in flatten(case.ours(*args))]
        soft = [x for x in args if dtypes.is_float(x.dtype)]
        live = [y for y in (*ys, *soft) if dtypes.is_float(y.dtype)]
        gs = list(given) if given is not None else [_cotangent(y, random, valid) for y in live]
        found = [] if _has_no_gradient(case) else gradients(live, [as_tensor(g) for g in gs], soft)
        outputs = [*ys, *(trace.lift(g) for g in found if g is not None)]
    inputs = tuple(x.node for x in args)
    values = list(arrays)
    if valid is not None:
        inputs, values = (*inputs, trace.valid.node), [*values, np.asarray(valid, "int32")]
    graph = Graph(inputs, tuple(y.node for y in outputs))
    verify(graph, "trace")
    results = evaluate(graph, values)
    better = evaluate(optimize(graph, check=True), values)
    for plain, optimized in zip(results, better, strict=True):
        # Passes may sum the same terms in another order.
        narrow = np.asarray(plain).dtype == "float32"
        np.testing.assert_allclose(optimized, plain, rtol=1e-5 if narrow else 1e-12, atol=1e-12)
    assert len(outputs) == len(ys) + len(found), "an operand that is a result has a gradient"
    return Run(results[: len(ys)], [y.node.rows for y in ys], gs, results[len(ys) :], trace.exact)


def _rows_of(shape: tuple[int, ...]) -> Rows | None:
    return Rows(shape.index(BATCH)) if BATCH in shape else None


def _cotangent(y: Any, random: np.random.Generator, valid: int | None) -> np.ndarray:
    """Random, and zero in absent rows."""
    g = random.uniform(-1, 1, shape_of(y)).astype(y.dtype)
    rows = y.node.rows
    if rows is not None and valid is not None:
        g[(slice(None),) * rows.axis + (slice(valid * rows.each, None),)] = 0
    return g


def _has_no_gradient(case: Case) -> bool:
    return case.name.split(":")[0] in ("digamma", "while_loop", "threefry")


def _judged(case: Case, arrays: Sequence[np.ndarray]) -> tuple[list[Any], list[Any]]:
    """JAX's results and the cotangents of the float operands, in float64."""
    random = np.random.default_rng(1)
    with jax.enable_x64(True):
        soft = [i for i, a in enumerate(arrays) if a.dtype.kind == "f"]

        def function(*floats: Any) -> Any:
            given = [jax.numpy.asarray(a) for a in arrays]
            for i, value in zip(soft, floats, strict=True):
                given[i] = value
            return [*jax.tree.leaves(case.judge(*given)), *floats]

        floats = [jax.numpy.asarray(arrays[i]) for i in soft]
        if _has_no_gradient(case):
            return [np.asarray(y) for y in jax.tree.leaves(case.judge(*arrays))], []
        ys, back = jax.vjp(function, *floats)
        gs = [random.uniform(-1, 1, y.shape).astype(y.dtype) if y.dtype.kind == "f"
              else np.zeros(y.shape, jax.dtypes.float0) for y in ys]  # fmt: skip
        results = ys[: len(ys) - len(floats)]
        return [np.asarray(y) for y in results], [np.asarray(g) for g in back(gs)]


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_primitive_agrees_with_jax(name: str) -> None:
    """Results and gradients, in float64 and float32, traced and optimized."""
    case = BY_NAME[name]
    arrays = case.operands()
    wanted, slopes = _judged(case, arrays)
    for dtype, close in CLOSE.items():
        run = _run(case, _typed(arrays, dtype))
        for y, want in zip(run.ys, wanted, strict=True):
            assert y.shape == want.shape
            np.testing.assert_allclose(y, want, **_loosened(close, y))
        for g, want in zip(run.slopes, slopes, strict=True):
            np.testing.assert_allclose(g, want, **_loosened(close, g))


def _loosened(close: dict[str, float], y: np.ndarray) -> dict[str, float]:
    return CLOSE["float32"] if y.dtype == np.float32 else close


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_eager_and_tape_agree_with_the_graph(name: str) -> None:
    """The same call on eager tensors, and its gradient on a tape, give the graph's numbers."""
    case = BY_NAME[name]
    arrays = _typed(case.operands(), "float64")
    graph = _run(case, arrays)
    tape = Tape()
    args: list[Tensor] = [Array(a) for a in arrays]
    with recording(tape):
        ys = [as_tensor(y) for y in flatten(case.ours(*args))]
    for y, want in zip(ys, graph.ys, strict=True):
        assert isinstance(y, Array)
        np.testing.assert_allclose(y.value, want, **CLOSE["float64"])
    if _has_no_gradient(case):
        return
    soft = [x for x in args if dtypes.is_float(x.dtype)]
    live = [y for y in (*ys, *soft) if dtypes.is_float(y.dtype)]
    gs = [Array(g) for g in graph.gs]
    for g, want in zip(gradients(live, gs, soft, tape.entries), graph.slopes, strict=True):
        np.testing.assert_allclose(np.asarray(g), want, **CLOSE["float64"])


@pytest.mark.parametrize("valid", [1, 4, BATCH])
@pytest.mark.parametrize("name", sorted(n for n, c in BY_NAME.items() if not c.exact))
def test_partial_batch_equals_a_batch_of_that_size(name: str, valid: int) -> None:
    """A dynamic trace with `valid` rows gives what a plain one gives for just those rows."""
    case = BY_NAME[name]
    arrays = case.operands()
    part = _run(case, arrays, valid)
    assert not part.reasons
    inputs = [_rows_of(a.shape) for a in arrays]
    soft = [rows for a, rows in zip(arrays, inputs, strict=True) if a.dtype.kind == "f"]
    live = [rows for y, rows in zip(part.ys, part.rows, strict=True) if y.dtype.kind == "f"]
    gs = [_cut(g, rows, valid) for g, rows in zip(part.gs, [*live, *soft], strict=True)]
    small = [_cut(a, rows, valid) for a, rows in zip(arrays, inputs, strict=True)]
    exact = _run(case, small, given=gs)
    for y, rows, want in zip(part.ys, part.rows, exact.ys, strict=True):
        np.testing.assert_allclose(_cut(y, rows, valid), want, **CLOSE["float64"])
    for g, rows, want in zip(part.slopes, soft, exact.slopes, strict=False):
        np.testing.assert_allclose(_cut(g, rows, valid), want, **CLOSE["float64"])
        if rows is not None:
            assert not np.any(np.take(g, range(valid, BATCH), rows.axis)), "absent rows have none"


def _cut(a: np.ndarray, rows: Rows | None, valid: int) -> np.ndarray:
    if rows is None:
        return a
    return a[(slice(None),) * rows.axis + (slice(valid * rows.each),)]


@pytest.mark.parametrize("name", sorted(n for n, c in BY_NAME.items() if c.exact))
def test_what_has_no_masked_form_asks_for_exact_batches(name: str) -> None:
    """An op that mixes rows beyond repair says so, in words."""
    case = BY_NAME[name]
    reasons = _run(case, case.operands(), 4).reasons
    assert reasons
    assert all(re.fullmatch(r"[a-z_' ]+", reason) for reason in reasons)


def test_every_primitive_has_a_row() -> None:
    covered = {name.split(":")[0] for name in BY_NAME}
    assert not set(PRIMITIVES) - covered
    assert not {name for name in covered if name not in PRIMITIVES}


def test_every_primitive_knows_its_gradient_or_says_that_it_has_none() -> None:
    without = {name for name, primitive in PRIMITIVES.items() if primitive.gradient is None}
    assert without == {"digamma"}


def test_apply_names_what_it_does_not_know() -> None:
    with pytest.raises(KeyError):
        apply("no such primitive", 1.0)
