"""Every primitive as nodes of ONNX, run by onnxruntime.

The judge is JAX in float64; the files compute in float32, whose own error is a hundred times below
the tolerance (as in test_primitives). The batch is left open where the op allows it, and the
file is run for another number of rows than it was traced with.
"""

from __future__ import annotations

import jax
import numpy as np
import onnx
import onnxruntime
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
)
from region_cases import REGIONS

from lamina.errors import UnsupportedError
from lamina.graph.node import Graph, Rows
from lamina.graph.structure import flatten
from lamina.graph.trace import Trace
from lamina.ops import primitives as p
from lamina.ops.primitive import PRIMITIVES
from lamina.saving.onnx.document import Inference, document
from lamina.saving.onnx.signature import Entry
from lamina.saving.onnx.tables import RULES

CASES = [*ELEMENTWISE, *SHAPE, *WINDOWS, *REDUCTIONS, *CONTRACTIONS, *INDEXING, *RANDOM, *REGIONS]
# Primitives that ONNX can say only in many nodes, and that no layer needs to predict.
WITHOUT = {"digamma", "erfinv", "lgamma", "shift_left", "shift_right", "threefry"}
BY_NAME = {case.name: case for case in CASES if case.name.split(":")[0] not in WITHOUT}
CLOSE = {"rtol": 3e-5, "atol": 3e-5}
OPSET = 18


def _narrow(arrays):
    return [a.astype("float32") if a.dtype == np.float64 else a for a in arrays]


def _axis(array):
    return array.shape.index(BATCH) if BATCH in array.shape else None


def _inference(function, arrays, dynamic):
    """The function as a graph of these arrays, the batch open where it may be."""
    axes = [_axis(a) if dynamic else None for a in arrays]
    entries = [
        Entry(f"x{i}", tuple(None if j == axis else n for j, n in enumerate(a.shape)), a.dtype.name)
        for i, (a, axis) in enumerate(zip(arrays, axes, strict=True))
    ]
    is_open = any(axis is not None for axis in axes)
    with Trace(dynamic=is_open) as trace:
        args = [
            trace.argument(a.shape, a.dtype.name, None if axis is None else Rows(axis))
            for a, axis in zip(arrays, axes, strict=True)
        ]
        ys = [trace.lift(y) for y in flatten(function(*args))]
    if trace.exact:
        return _inference(function, arrays, dynamic=False)
    inputs = [x.node for x in args] + ([trace.valid.node] if is_open else [])
    graph = Graph(tuple(inputs), tuple(y.node for y in ys))
    names = [f"y{i}" for i in range(len(ys))]
    return Inference("case", graph, [], entries, names, BATCH * is_open)


def _session(inference, opset=OPSET):
    made = document(onnx, inference, opset)
    onnx.checker.check_model(made, full_check=True)
    return onnxruntime.InferenceSession(
        made.SerializeToString(), providers=["CPUExecutionProvider"]
    )


def _run(session, arrays):
    given = {f"x{i}": a for i, a in enumerate(arrays)}
    wanted = {x.name for x in session.get_inputs()}
    return session.run(None, {name: a for name, a in given.items() if name in wanted})


def _judged(case, arrays):
    with jax.enable_x64(True):
        given = [jax.numpy.asarray(a) for a in arrays]
        return [np.asarray(y) for y in jax.tree.leaves(case.judge(*given))]


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_primitive_agrees_with_jax(name):
    case = BY_NAME[name]
    arrays = case.operands()
    inference = _inference(case.ours, _narrow(arrays), dynamic=True)
    session = _session(inference)
    for y, wanted in zip(_run(session, _narrow(arrays)), _judged(case, arrays), strict=True):
        assert y.shape == wanted.shape
        np.testing.assert_allclose(y, wanted, **CLOSE)
    if not inference.rows:
        return
    some = [a if _axis(a) is None else a.take(range(4), _axis(a)) for a in arrays]
    found = _run(session, _narrow(some))
    with Trace() as trace:  # what the batch of this size gives, by the reference engine
        args = [trace.argument(a.shape, a.dtype.name) for a in _narrow(some)]
        shapes = [tuple(y.shape) for y in flatten(case.ours(*args))]
    assert [y.shape for y in found] == shapes
    for y, wanted in zip(found, _judged(case, some), strict=True):
        np.testing.assert_allclose(y, wanted, **CLOSE)


def test_every_primitive_has_nodes_or_says_that_it_has_none():
    through = {"custom_gradient", "stop_gradient"}
    assert set(PRIMITIVES) - set(RULES) - through == WITHOUT


NARROW = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32")
TYPED = {
    "add": p.add, "sub": p.sub, "mul": p.mul, "max": p.max_, "min": p.min_, "floordiv": p.floordiv,
    "mod": p.mod, "pow": p.pow_, "eq": p.eq, "ne": p.ne, "lt": p.lt, "ge": p.ge,
    "bit_and": p.bit_and, "bit_xor": p.bit_xor,
    "select": lambda x, y: p.select(p.lt(x, y), x, y),
    "sum": lambda x, y: p.reduce_sum(x, (0,)), "largest": lambda x, y: p.reduce_max(x, (0,)),
    "place": lambda x, y: p.argmax(x, 0), "sort": lambda x, y: p.sort(x, 0),
    "cumsum": lambda x, y: p.cumsum(x, 0), "cumprod": lambda x, y: p.cumprod(x, 0),
    "product": lambda x, y: p.contract(x, y, ((0,), (0,), ())),
    "pad": lambda x, y: p.pad(x, p.reshape(p.slice_(y, [0], [1]), ()), [1], [2], [1]),
    "gather": lambda x, y: p.gather(x, p.cast(y, "int32"), 0),
}  # fmt: skip
NUMBERS_ONLY = {
    "add",
    "sub",
    "mul",
    "floordiv",
    "mod",
    "pow",
    "sum",
    "cumsum",
    "cumprod",
    "product",
}


@pytest.mark.parametrize("name", TYPED)
def test_integers_and_bools_agree_with_the_reference(name):
    """In dtypes for which onnxruntime has no op of its own, the reference engine being the judge
    (which test_primitives compares with JAX and NumPy): equal, since integers are.
    """
    function = TYPED[name]
    for dtype in NARROW:
        if dtype == "bool" and name in NUMBERS_ONLY:
            continue
        random = np.random.default_rng(3)
        low = 0 if dtype[0] in "ub" else -6
        x, y = (random.integers(low, 6, (9,)).astype(dtype) for _ in range(2))
        inference = _inference(function, [x, y], dynamic=False)
        (found,) = _run(_session(inference), [x, y])
        wanted = np.asarray(function(x, y))
        assert found.dtype == wanted.dtype
        np.testing.assert_array_equal(found, wanted, err_msg=dtype)


def test_casts_to_integers_saturate():
    x = np.array([-1e30, -300.5, -2.7, 0.0, 3.9, 250.0, 1e30, np.nan, np.inf], "float32")
    for dtype in NARROW:
        inference = _inference(lambda v, to=dtype: p.cast(v, to), [x], dynamic=False)
        (found,) = _run(_session(inference), [x])
        wanted = np.asarray(p.cast(x, dtype))
        if np.dtype(dtype).itemsize >= 4:  # the bound itself is no float32, and lies 127 or more on
            at = np.abs(x) > 1e9
            np.testing.assert_allclose(found[at], wanted[at], rtol=1e-6)
            found, wanted = found[~at], wanted[~at]
        np.testing.assert_array_equal(found, wanted, err_msg=dtype)


def test_older_operators_that_lack_an_op_are_named():
    x = np.ones(3, "int32")
    inference = _inference(p.bit_and, [x, x], dynamic=False)
    with pytest.raises(UnsupportedError, match="needs opset 18, and 17 was asked for"):
        _session(inference, 17)
