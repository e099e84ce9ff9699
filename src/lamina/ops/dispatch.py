"""The dispatcher: every op on tensors passes here, and here alone it is decided what running means.

Eager arguments are computed by the reference engine; if one belongs to a trace, the op becomes a
node of it; tapes that are open write down what happened.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from lamina.errors import ArgumentTypeError, TraceError
from lamina.graph import dtypes, tape, trace
from lamina.graph.node import Aval, Rows
from lamina.graph.tensor import Array, BatchSize, KerasTensor, Tensor, Traced
from lamina.graph.variable import Variable
from lamina.ops.primitive import PRIMITIVES, Masking, Primitive

# compute(op, arrays, attrs, outputs) -> arrays
Compute = Callable[[str, Sequence[np.ndarray], Mapping[str, Any], Sequence[Aval]], list[np.ndarray]]

EAGER_ENGINE = "lamina.engines.reference"
_compute: Compute | None = None


def register_eager(compute: Compute) -> None:
    """An engine offers itself for eager ops; called when its module is imported."""
    global _compute
    _compute = compute


def eager() -> Compute:
    """The engine of eager ops, imported at the first need."""
    if _compute is None:
        importlib.import_module(EAGER_ENGINE)
    assert _compute is not None
    return _compute


# ── conversion ──


def as_tensor(value: Any, dtype: str | None = None) -> Tensor:
    """A tensor of a number, array, nested list or variable; a given dtype applies to
    non-tensors.
    """
    if isinstance(value, Tensor):
        return value
    if isinstance(value, Variable):
        return value.value
    if isinstance(value, BatchSize):
        return _extent(value)
    if hasattr(value, "__lamina_tensor__"):
        return as_tensor(value.__lamina_tensor__(), dtype)
    return Array(_array(value, dtype))


def _array(value: Any, dtype: str | None) -> np.ndarray:
    if dtype is None and not hasattr(value, "dtype"):
        dtype = _python_dtype(value)
    if dtype is None:
        dtype = dtypes.standard(value.dtype)
    if isinstance(value, list | tuple):
        leaves = _leaves(value)
        if any(isinstance(leaf, Traced | KerasTensor) for leaf in leaves):
            raise ArgumentTypeError(
                "convert_to_tensor",
                "cannot make one array of a list that holds symbolic tensors",
                f"a list of {len(value)} items",
                "join them with ops.stack or ops.concatenate",
            )
    try:
        return np.asarray(value, dtype)
    except (TypeError, ValueError) as error:
        raise ArgumentTypeError(
            "convert_to_tensor",
            f"cannot make a tensor of {type(value).__name__}",
            f"{value!r:.80} ({error})",
            "pass numbers, arrays or nested lists of equal lengths",
        ) from None


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, list | tuple):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value]


def _python_dtype(value: Any) -> str | None:
    """Keras' dtype for Python scalars and lists: bool, int32 or floatx; arrays inside keep
    theirs.
    """
    kinds = set()
    for leaf in _leaves(value):
        if hasattr(leaf, "dtype"):
            kinds.add(dtypes.standard(leaf.dtype))
        else:
            kinds.add(weak_type(leaf))
    return dtypes.result_type(*kinds) if kinds else dtypes.floatx()


def weak_type(scalar: Any) -> str:
    """What a Python scalar brings to a promotion: "bool", "int" or "float"."""
    if isinstance(scalar, bool | np.bool_):
        return "bool"
    if isinstance(scalar, int | np.integer):
        return "int"
    if isinstance(scalar, float | np.floating):
        return "float"
    raise ArgumentTypeError(
        "convert_to_tensor",
        f"cannot make a tensor of {type(scalar).__name__}",
        f"{scalar!r:.80}",
        "pass numbers, arrays or nested lists of them",
    )


def _extent(size: BatchSize) -> Tensor:
    """The number of entries that are really there, as an int32 scalar."""
    if not size.trace.dynamic:
        return Array(np.asarray(int(size), "int32"))
    return apply("mul", size.trace.valid, size.each)


def shape_of(tensor: Tensor) -> tuple[int, ...]:
    """The plain sizes of a tensor, that of the batch included, for rules that only lay out data."""
    return tensor.node.shape if isinstance(tensor, Traced) else tuple(tensor.shape)


# ── application ──


def apply(name: str, *args: Any, **attrs: Any) -> Tensor:
    """Applies a primitive of one result. Python scalars take the dtype of the tensor operand."""
    return apply_several(name, *args, **attrs)[0]


def apply_several(name: str, *args: Any, **attrs: Any) -> tuple[Tensor, ...]:
    """Applies a primitive and returns all its results."""
    primitive = PRIMITIVES[name]
    inputs = _operands(primitive, args)
    outputs = primitive.infer([Aval(shape_of(x), x.dtype) for x in inputs], attrs)
    current = trace.current()
    if current is not None and (
        primitive.source or Traced in map(type, inputs) or attrs.get("regions")
    ):
        results = _bind(current, primitive, inputs, outputs, attrs)
    else:
        results = _run(primitive, inputs, outputs, attrs)
        tape.note(primitive.name, inputs, results, attrs)
    return results


# What is an operand as it is, and what takes another operand's dtype.
_READY = frozenset([Traced, Array])
SCALARS = (bool, int, float)


def _operands(primitive: Primitive, args: Sequence[Any]) -> tuple[Tensor, ...]:
    if _READY.issuperset(map(type, args)):
        return tuple(args)
    like = next((a.dtype for a in args if isinstance(a, (Tensor, Variable))), None)
    inputs = tuple([_operand(a, like) for a in args])
    for x in inputs:
        if isinstance(x, KerasTensor):
            raise TraceError(
                primitive.name,
                "was given a symbolic tensor",
                repr(x),
                "use the functions of lamina.ops or a layer on symbolic tensors",
            )
    return inputs


def _operand(given: Any, like: str | None) -> Tensor:
    scalar = isinstance(given, SCALARS) and not isinstance(given, BatchSize)
    return as_tensor(given, like if scalar else None)


def _run(
    primitive: Primitive, inputs: Sequence[Tensor], outputs: Sequence[Aval], attrs: dict[str, Any]
) -> tuple[Tensor, ...]:
    for x in inputs:
        if isinstance(x, Traced):
            raise TraceError(
                primitive.name,
                "was given a tensor of a trace that has ended",
                repr(x),
                "return it from the traced function, or keep it in a Variable",
            )
    arrays = eager()(primitive.name, trace.values_of(inputs), attrs, outputs)
    return tuple(Array(array) for array in arrays)


def _bind(
    current: trace.Trace,
    primitive: Primitive,
    inputs: Sequence[Tensor],
    outputs: Sequence[Aval],
    attrs: dict[str, Any],
) -> tuple[Tensor, ...]:
    origin = current.origin()
    lifted = [current.lift(x, origin) for x in inputs]
    regions = attrs.pop("regions", ())
    rows: Sequence[Rows | None] = [None] * len(outputs)
    if any(x.node.rows for x in lifted) or primitive.source:
        masking = Masking(current, lifted, attrs, outputs, mask_rows)
        rows = primitive.rows(masking)
        lifted = masking.inputs
    results = current.bind(
        primitive.name, lifted, outputs, attrs, rows, regions, primitive.several, origin
    )
    return tuple(results)


def mask_rows(x: Traced, value: Any) -> Traced:
    """`x` with `value` wherever its row is not there."""
    current, rows = x.trace, x.node.rows
    assert rows is not None
    shape = [1] * len(x.node.shape)
    shape[rows.axis] = x.node.shape[rows.axis]
    key = (tuple(shape), rows)
    if key not in current.masks:
        place = apply("iota", shape=tuple(shape), axis=rows.axis, dtype="int32")
        current.masks[key] = apply("lt", place, apply("mul", current.valid, rows.each))
    fill = Array(np.asarray(value, x.dtype))
    return current.lift(apply("select", current.masks[key], x, fill))
