"""`tf.cond`, `tf.while_loop`, `tf.map_fn`: Python where values are there, regions in a trace."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from typing import Any

from lamina import ops
from lamina.compat.tensorflow.arrays import convert_to_tensor, stack
from lamina.graph.structure import flatten, map_structure, pack
from lamina.graph.tensor import Traced

__all__ = [
    "case", "cond", "custom_gradient", "foldl", "foldr", "group", "map_fn", "no_op",
    "numpy_function", "py_function", "scan", "switch_case", "tuple", "vectorized_map", "while_loop",
]  # fmt: skip

tuple_type: Any = builtins.tuple


def _is_traced(*values: Any) -> bool:
    return any(isinstance(leaf, Traced) for leaf in flatten(list(values)))


def cond(
    pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any], name: str | None = None
) -> Any:
    """true_fn() where the predicate holds, else false_fn()."""
    if _is_traced(pred):
        return ops.cond(pred, true_fn, false_fn)
    return true_fn() if bool(pred) else false_fn()


def case(
    pred_fn_pairs: Any,
    default: Callable[[], Any] | None = None,
    exclusive: bool = False,
    strict: bool = False,
    name: str = "case",
) -> Any:
    """The function of the first predicate that holds."""
    pairs = list(pred_fn_pairs.items() if isinstance(pred_fn_pairs, dict) else pred_fn_pairs)
    if not pairs:
        return default() if default is not None else None
    (pred, function), rest = pairs[0], pairs[1:]
    if not rest and default is None:
        return function()
    return cond(pred, function, lambda: case(rest, default))


def switch_case(
    branch_index: Any, branch_fns: Any, default: Any = None, name: str = "switch_case"
) -> Any:
    """The result of the branch of this number; of the last, or `default`, for another number."""
    branches = dict(branch_fns) if not isinstance(branch_fns, list | tuple_type) else {
        i: (f[1] if isinstance(f, tuple_type) else f) for i, f in enumerate(branch_fns)
    }  # fmt: skip
    if default is None:
        default = branches[max(branches)]
    pairs = [(ops.equal(branch_index, i), f) for i, f in sorted(branches.items())]
    return case(pairs, default)


def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    maximum_iterations: int | None = None,
    name: str | None = None,
) -> Any:
    """loop_vars = body(*loop_vars) while cond(*loop_vars) holds."""
    from lamina.compat.tensorflow.tensor_array import TensorArray

    kept = (TensorArray,)
    state = map_structure(
        lambda v: v if hasattr(v, "shape") or isinstance(v, kept) else convert_to_tensor(v),
        loop_vars,
    )
    if _is_traced(state):
        return ops.while_loop(cond, body, state, maximum_iterations)
    count = 0
    while (maximum_iterations is None or count < maximum_iterations) and cond(*state):
        after = body(*state)
        state = after if isinstance(after, list | tuple_type) else [after]
        count += 1
    return state


def map_fn(
    fn: Callable[..., Any],
    elems: Any,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    name: str | None = None,
    fn_output_signature: Any = None,
) -> Any:
    """fn of each slice along the first axis, stacked."""
    if _is_traced(elems):
        return ops.map(fn, elems)
    columns = [convert_to_tensor(leaf) for leaf in flatten(elems)]
    results = [fn(pack(elems, list(row))) for row in zip(*columns, strict=True)]
    return _stacked(results)


def _stacked(results: Sequence[Any]) -> Any:
    return map_structure(lambda *leaves: stack([convert_to_tensor(v) for v in leaves]), *results)


def vectorized_map(fn: Callable[..., Any], elems: Any, **hints: Any) -> Any:
    """fn of each slice along the first axis, stacked."""
    return map_fn(fn, elems)


def scan(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    reverse: bool = False,
    name: str | None = None,
) -> Any:
    """a_i = fn(a_(i-1), x_i): all of them, stacked; a_0 is the first slice without initializer."""
    columns = [list(convert_to_tensor(leaf)) for leaf in flatten(elems)]
    rows = [pack(elems, list(row)) for row in zip(*columns, strict=True)]
    rows = rows[::-1] if reverse else rows
    carry = rows[0] if initializer is None else map_structure(convert_to_tensor, initializer)
    found = [carry] if initializer is None else []
    for row in rows[len(found) :]:
        carry = fn(carry, row)
        found.append(carry)
    return _stacked(found[::-1] if reverse else found)


def foldl(fn: Callable[[Any, Any], Any], elems: Any, initializer: Any = None, **hints: Any) -> Any:
    """fn over the slices from the first to the last: the last result."""
    rows = list(convert_to_tensor(elems))
    carry = rows.pop(0) if initializer is None else convert_to_tensor(initializer)
    for row in rows:
        carry = fn(carry, row)
    return carry


def foldr(fn: Callable[[Any, Any], Any], elems: Any, initializer: Any = None, **hints: Any) -> Any:
    """fn over the slices from the last to the first: the last result."""
    return foldl(fn, ops.flip(elems, 0), initializer)


def py_function(func: Any = None, inp: Any = None, Tout: Any = None, name: Any = None) -> Any:
    """func of eager tensors."""
    return _results(func(*map(convert_to_tensor, inp)), Tout)


def numpy_function(
    func: Any = None,
    inp: Any = None,
    Tout: Any = None,
    stateful: bool = True,
    name: Any = None,
) -> Any:
    """func of NumPy arrays."""
    arrays = [convert_to_tensor(x).numpy() for x in inp]
    return _results(func(*arrays), Tout)


def _results(found: Any, kinds: Any) -> Any:
    if kinds is None or (isinstance(kinds, list | tuple_type) and len(kinds) == 0):
        return found
    if isinstance(kinds, list | tuple_type):
        several = found if isinstance(found, list | tuple_type) else [found]
        return [_result(v, kind) for v, kind in zip(several, kinds, strict=True)]
    return _result(found, kinds)


def _result(value: Any, kind: Any) -> Any:
    return convert_to_tensor(value, None if kind == "string" else getattr(kind, "dtype", kind))


custom_gradient = ops.custom_gradient


def group(*inputs: Any, **hints: Any) -> None:
    """Nothing: what was to run has run."""


def no_op(name: str | None = None) -> None:
    """Nothing."""


def tuple(tensors: Any, control_inputs: Any = None, name: str | None = None) -> list[Any]:
    """The tensors."""
    return list(tensors)
