"""Whole programs on both engines: epochs, shuffles, validation, partial batches, slices, dtypes."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from twin import ENGINES, values

import lamina.ops.primitives as p
from lamina.engines.base import Call, Cursor, Executable, Feed, compile_with
from lamina.errors import ArgumentError
from lamina.graph import dtypes
from lamina.graph.node import Graph, Rows
from lamina.graph.program import Leaf, Phase, Program, Result, Slot, Step
from lamina.graph.trace import Trace
from lamina.ops.dispatch import as_tensor

WIDTH = 3
SLOTS = (
    Slot("w", (WIDTH,), "float32"),
    Slot("moment", (WIDTH,), "float32"),
    Slot("count", (), "int64"),
    Slot("loss", (), "float32", np.zeros((), "float32")),
    Slot("seen", (2,), "int32", np.asarray([0, 7], "int32")),
)


def _step(rows: int, partial: bool, train: bool) -> Step:
    """Least squares with momentum, on all slots; the moment's old value feeds the new weights."""
    with Trace(dynamic=partial) as t:
        w, moment, count, loss, seen = (t.argument(s.shape, s.dtype) for s in SLOTS)
        x = t.argument((rows, WIDTH), "float32", Rows(0))
        y = t.argument((rows,), "float32", Rows(0))
        number = t.valid if partial else as_tensor(rows, "int32")
        error = p.sub(p.contract(x, w, ((0, 1), (1,), (0,))), y)
        total = p.reduce_sum(p.mul(error, error), [0])
        gradient = p.contract(error, x, ((0,), (0, 1), (1,)))
        after = p.add(p.mul(moment, 0.5), p.mul(gradient, -0.01))
        new = [
            p.add(w, p.add(after, p.mul(moment, 0.1))), after, p.add(count, 1),
            p.add(loss, total), p.add(seen, p.mul(number, as_tensor([1, 2], "int32"))),
        ]  # fmt: skip
        writes = [0, 1, 2, 3, 4] if train else [3, 4]
        outputs = [new[i] for i in writes] + [error, p.concatenate([x, x], 0)]
        nodes = [t.lift(value).node for value in outputs[: len(writes)]]
        nodes.append(t.lift(error).node)
        nodes.append(t.lift(p.reshape(p.concatenate([x, x], 1), (2 * rows, WIDTH))).node)
        inputs = [v.node for v in (w, moment, count, loss, seen, x, y)]
        if partial:
            inputs.append(t.valid.node)
    return Step(rows, Graph(tuple(inputs), tuple(nodes)), (0, 1, 2, 3, 4), tuple(writes), partial)


def _phase(name: str, rows: int, train: bool, rest: int | None = None) -> Phase:
    leaves = (Leaf((WIDTH,), "float32"), Leaf((), "float32"))
    results = (Result((), "float32"), Result((WIDTH,), "float32", 2))
    if rest is None:
        return Phase(name, leaves, _step(rows, True, train), None, results)
    last = _step(rest, False, train) if rest else None
    return Phase(name, leaves, _step(rows, False, train), last, results)


@dataclass(frozen=True)
class Case:
    """A fit: sizes of the data, of the batches, and how a remainder is handled."""

    rows: int
    batch: int
    epochs: int = 3
    seed: int | None = None
    steps: int | None = None
    valid_rows: int = 0
    validate: tuple[int, ...] = ()
    validation_steps: int | None = None
    partial: bool = True
    x: str = "float32"
    y: str = "float32"
    close: bool = True


def _program(case: Case) -> Program:
    rest = None if case.partial else case.rows % case.batch
    valid_rest = None if case.partial else case.valid_rows % case.batch
    phases = {
        "train": _phase("train", case.batch, True, rest),
        "validate": _phase("validate", case.batch, False, valid_rest),
    }
    return Program.of(SLOTS, phases)


def _call(case: Case) -> Call:
    feed = Feed((values((case.rows, WIDTH), case.x, 5), values((case.rows,), case.y, 6)), case.rows)
    validation = None
    if case.valid_rows:
        arrays = values((case.valid_rows, WIDTH), case.x, 7), values((case.valid_rows,), case.y, 8)
        validation = Feed(arrays, case.valid_rows)
    table = [np.zeros((case.epochs, 2, *s.shape), s.dtype) for s in SLOTS if s.reset is not None]
    outputs = [np.zeros(case.rows, "float32"), np.zeros((2 * case.rows, WIDTH), "float32")]
    batches = -(-case.rows // case.batch)
    return Call(
        "train", feed, case.steps or batches, case.seed, validation,
        case.validation_steps or -(-case.valid_rows // case.batch), case.validate,
        case.close, table if case.close else [], outputs,
    )  # fmt: skip


@dataclass
class Outcome:
    """Everything that a run leaves."""

    slots: list[np.ndarray]
    table: Sequence[np.ndarray]
    outputs: Sequence[np.ndarray]
    cursors: list[Cursor]


def _run(executable: Executable, case: Case, slice_steps: int) -> Outcome:
    call = _call(case)
    executable.write(0, np.asarray([0.5, -0.25, 0.125], "float32"))
    executable.write(1, np.asarray([0.1, 0.2, 0.3], "float32"))
    executable.write(2, np.asarray(3, "int64"))
    cursor, cursors = Cursor(), []
    while cursor.epoch < case.epochs:
        cursor = executable.run(call, cursor, slice_steps, case.epochs)
        cursors.append(cursor)
        assert len(cursors) < 10_000
    slots = [executable.read(i) for i in range(len(SLOTS))]
    return Outcome(slots, call.table, call.outputs, cursors)


CASES = {
    "one epoch": Case(12, 4, epochs=1),
    "several epochs": Case(12, 4),
    "remainder by valid": Case(13, 4),
    "remainder of its own size": Case(13, 4, partial=False),
    "one row": Case(1, 4),
    "batch of one": Case(5, 1),
    "shuffled": Case(21, 4, seed=7),
    "shuffled, wide seed": Case(101, 16, seed=2**63 + 5),
    "shuffled, rest": Case(22, 5, seed=3, partial=False),
    "epochs end inside a pass": Case(22, 5, epochs=7, seed=3, steps=2),
    "epochs of several passes": Case(9, 4, epochs=2, seed=11, steps=7),
    "validation": Case(13, 4, valid_rows=7, validate=(0, 1, 2), seed=1),
    "validation now and then": Case(13, 4, epochs=5, valid_rows=5, validate=(1, 4)),
    "validation of few steps": Case(13, 4, valid_rows=11, validate=(1,), validation_steps=2),
    "validation, rest": Case(13, 4, valid_rows=6, validate=(0, 1, 2), partial=False, seed=4),
    "no table": Case(13, 4, close=False),
}
# Small means of float32 products, summed in other orders: a few units in the last place a step.
TOLERANCE = {"rtol": 2e-5, "atol": 2e-5}


def _compare(want: Outcome, got: Outcome) -> None:
    for a, b in zip(
        [*want.slots, *want.table, *want.outputs], [*got.slots, *got.table, *got.outputs],
        strict=True,
    ):  # fmt: skip
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        np.testing.assert_allclose(b, a, **TOLERANCE)
    assert want.cursors == got.cursors


@pytest.mark.parametrize("name", sorted(CASES))
def test_the_native_run_is_the_reference_run(name: str) -> None:
    case = CASES[name]
    want, got = (_run(compile_with(e, _program(case)), case, 10**9) for e in ENGINES)
    _compare(want, got)


@pytest.mark.parametrize("slice_steps", [1, 2, 3, 7])
@pytest.mark.parametrize("name", ["shuffled", "validation", "epochs end inside a pass"])
def test_slices_change_no_bit(name: str, slice_steps: int) -> None:
    case = CASES[name]
    executable = compile_with("native", _program(case))
    whole, sliced = (_run(executable, case, steps) for steps in (10**9, slice_steps))
    reference = _run(compile_with("reference", _program(case)), case, slice_steps)
    assert sliced.cursors == reference.cursors
    for a, b in zip(
        [*whole.slots, *whole.table, *whole.outputs],
        [*sliced.slots, *sliced.table, *sliced.outputs],
        strict=True,
    ):
        np.testing.assert_array_equal(b, a)


@pytest.mark.parametrize("dtype", dtypes.DTYPES)
def test_data_of_any_dtype_are_converted_by_the_gather(dtype: str) -> None:
    case = Case(13, 4, x=dtype, y=dtype, seed=2, epochs=2)
    if dtype not in ("bool", "float32", "float64"):
        case = replace(case, epochs=1)
    want, got = (_run(compile_with(e, _program(case)), case, 10**9) for e in ENGINES)
    scale = max(1.0, float(np.abs(want.table[0]).max()))
    for a, b in zip([*want.slots, *want.table], [*got.slots, *got.table], strict=True):
        np.testing.assert_allclose(b, a, rtol=2e-4, atol=1e-6 * scale)


def test_floats_saturate_where_the_leaf_is_an_integer() -> None:
    data = np.asarray([[1.7], [-1.7], [np.nan], [1e20], [-np.inf]], "float64")
    with Trace() as t:
        x = t.argument((5, 1), "int32", Rows(0))
        nodes = (t.lift(p.mul(x, 1)).node,)
    phase = Phase(
        "predict", (Leaf((1,), "int32"),), Step(5, Graph((x.node,), nodes), (), ()),
        results=(Result((1,), "int32"),),
    )  # fmt: skip
    found = []
    for engine in ENGINES:
        output = np.zeros((5, 1), "int32")
        call = Call("predict", Feed((data,), 5), 1, close=False, outputs=[output])
        compile_with(engine, Program.of((), {"predict": phase})).run(call, Cursor(), 9, 1)
        found.append(output)
    np.testing.assert_array_equal(found[1], found[0])


def test_a_cursor_or_a_table_that_does_not_fit_is_refused() -> None:
    case = CASES["shuffled"]
    executable = compile_with("native", _program(case))
    call = _call(case)
    for cursor in [Cursor(batch=6), Cursor(batch=-1), Cursor(epoch=-1), Cursor(validating=True)]:
        with pytest.raises(ArgumentError):
            executable.run(call, cursor, 1, case.epochs)
    with pytest.raises(ArgumentError):
        executable.run(call, Cursor(), 1, case.epochs + 1)
    empty = replace(call, feed=Feed(tuple(array[:0] for array in call.feed.arrays), 0))
    with pytest.raises(ArgumentError):
        executable.run(empty, Cursor(), 1, case.epochs)


def test_more_epochs_than_a_validation_was_asked_for() -> None:
    """Marks end with the last validated epoch; later epochs are not validated."""
    case = Case(5, 4, epochs=40, valid_rows=3, validate=(0,))
    want, got = (_run(compile_with(e, _program(case)), case, 7) for e in ENGINES)
    _compare(want, got)


def test_a_call_does_not_outlive_its_user() -> None:
    executable = compile_with("native", _program(CASES["shuffled"]))
    call = _call(CASES["shuffled"])
    data = weakref.ref(call.feed.arrays[0])
    executable.run(call, Cursor(), 3, 3)
    del call
    gc.collect()
    assert data() is None


def test_a_zero_step_run_stands_still() -> None:
    case = CASES["shuffled"]
    executable = compile_with("native", _program(case))
    assert executable.run(_call(case), Cursor(), 0, 3) == Cursor()
    assert executable.run(_call(case), Cursor(epoch=3), 5, 3) == Cursor(epoch=3)
