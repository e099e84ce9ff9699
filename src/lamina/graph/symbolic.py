"""Symbolic calls: what happens when a layer or an op is given `KerasTensor`s.

Nothing is computed. The call is recorded, and its results are symbolic tensors whose shapes come
from tracing the function twice with two sets of sizes in place of the open axes: what differs is
open.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lamina.errors import ArgumentError, DataError, ShapeError
from lamina.graph.structure import flatten, is_mapping, map_structure
from lamina.graph.tensor import Array, KerasTensor, Tensor, Traced, mask_of
from lamina.graph.trace import Trace, current

# Sizes that stand for an open axis, by its position: two sets that share no common divisor.
_PROBES = ((7, 11, 13, 17, 19, 23), (29, 31, 37, 41, 43, 47))
# Smaller ones, for functions that take no more than some number: tables of positions, say.
_SMALL_PROBES = ((7, 3, 4, 5, 6, 8), (29, 5, 7, 8, 9, 10))
# Equal ones, for functions that need open axes to be alike.
_EQUAL_PROBES = ((7, 11, 11, 11, 11, 11), (29, 31, 31, 31, 31, 31))


@dataclass(eq=False)
class Call:
    """One recorded call: `function(*args, **kwargs)` gave `outputs` (a structure of
    KerasTensors).

    Attributes:
        inputs: the symbolic tensors among the arguments.
        hidden: those that the function uses beside them, as a function defined among them may.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    outputs: Any = None
    inputs: list[KerasTensor] = field(default_factory=list)
    hidden: list[KerasTensor] = field(default_factory=list)

    @property
    def needs(self) -> list[KerasTensor]:
        """All symbolic tensors whose values it needs."""
        return [*self.inputs, *self.hidden]


# What neither is symbolic nor holds anything that is.
_PLAIN = frozenset([Traced, Array, int, float, bool, str, type(None)])


def is_symbolic(*values: Any) -> bool:
    """Whether a KerasTensor stands anywhere in these arguments."""
    for value in values:
        if type(value) in _PLAIN:
            continue
        if isinstance(value, KerasTensor):
            return True
        if isinstance(value, (list, tuple)):
            if value and is_symbolic(*value):
                return True
        elif is_mapping(value) and value and is_symbolic(*value.values()):
            return True
    return False


def record(
    function: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    infer: Callable[..., Any] | None = None,
    spec: Any = None,
) -> Any:
    """Records the call and returns its symbolic results.

    Args:
        infer: traced instead of `function` to find the results' shapes and dtypes.
        spec: the results as symbolic tensors, where the function states them itself.
    """
    traced = values_here(args, kwargs)
    if traced is not None:
        return function(*traced[0], **traced[1])
    call = Call(function, tuple(args), dict(kwargs))
    leaves = flatten([list(args), dict(kwargs)])
    call.inputs = [leaf for leaf in leaves if isinstance(leaf, KerasTensor)]
    if spec is None:
        spec = output_spec(infer or function, args, kwargs, call.hidden)
    place = iter(range(len(flatten(spec))))
    call.outputs = map_structure(
        lambda s: KerasTensor(s.shape, s.dtype, history=(call, next(place))), spec
    )
    return call.outputs


def output_spec(
    function: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    hidden: list[KerasTensor] | None = None,
) -> Any:
    """What `function` returns for symbolic arguments: a structure of KerasTensors without
    history. `hidden` receives the symbolic tensors that it uses beside them.
    """

    def probe(sizes: Any) -> Any:
        return _probe(function, args, kwargs, sizes)

    try:
        found = [probe(sizes) for sizes in _PROBES]
    except (ShapeError, DataError) as error:
        found = _on_other_sizes(error, probe)
    if hidden is not None:
        hidden += found[0][1]
    return map_structure(_agree, *(outputs for outputs, _ in found))


def _on_other_sizes(error: ShapeError | DataError, probe: Callable[[Any], Any]) -> list[Any]:
    """The probes of a function that failed on the usual sizes. Raises: the error."""
    for several in (_SMALL_PROBES, _EQUAL_PROBES):
        try:
            return [probe(sizes) for sizes in several]
        except (ShapeError, DataError):
            continue
    if isinstance(error, DataError):
        raise error
    return _with_rows_of(error, probe)


def _with_rows_of(error: ShapeError, probe: Callable[[Any], Any]) -> list[Any]:
    """The probes of a function that is written for one number of rows, which the error shows: the
    first axis of a shape that does not go with the one that stood for an open axis.

    Raises: the error, if no such number makes it work.
    """
    shown = {int(n) for n in re.findall(r"\((\d+)[,)]", error.received)}
    for rows in sorted(shown - {1, *(sizes[0] for sizes in _PROBES)}):
        try:
            return [probe((rows, *sizes[1:])) for sizes in _PROBES]
        except ShapeError:
            continue
    raise error


def _probe(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], sizes: Any
) -> tuple[Any, list[KerasTensor]]:
    """The outputs where open axes have these sizes, and the symbolic tensors used unasked."""
    with Trace() as trace:
        hidden: list[KerasTensor] = []

        def stand_in(leaf: Any) -> Any:
            if not isinstance(leaf, KerasTensor):
                return leaf
            if _is_size(leaf):
                call = leaf.history[0]  # type: ignore[index]
                return int(call.function(*map_structure(stand_in, list(call.args))))
            found = argument(leaf)
            mask = mask_of(leaf)
            if isinstance(mask, KerasTensor):
                found._keras_mask = argument(mask)
            return found

        def argument(leaf: KerasTensor) -> Any:
            shape = [sizes[min(i, 5)] if n is None else n for i, n in enumerate(leaf.shape)]
            return trace.argument(shape, leaf.dtype)

        class StandIns(Values):
            def found(self, tensor: KerasTensor) -> Any:
                hidden.append(tensor)
                return argument(tensor)

        real_args, real_kwargs = map_structure(stand_in, [list(args), dict(kwargs)])
        given = zip(flatten([list(args), dict(kwargs)]), flatten([real_args, real_kwargs]),
                    strict=True)  # fmt: skip
        trace.values = StandIns()
        trace.values.update({id(x): v for x, v in given if isinstance(x, KerasTensor)})
        try:
            outputs = map_structure(_only_tensors, function(*real_args, **real_kwargs))
        except ShapeError as error:
            raise _on_symbols(error, args, kwargs) from error
        return outputs, hidden


def _is_size(leaf: KerasTensor) -> bool:
    """Whether a call gave the tensor that finds the size of an axis: it may be part of a shape."""
    return leaf.history is not None and hasattr(leaf.history[0].function, "__gives_size__")


def _on_symbols(error: ShapeError, args: Sequence[Any], kwargs: Mapping[str, Any]) -> ShapeError:
    """The error with the shapes that were given beside the sizes that stood for open axes."""
    given = [x.shape for x in flatten([list(args), dict(kwargs)]) if isinstance(x, KerasTensor)]
    if not any(None in shape for shape in given) or "symbolic" in error.received:
        return error
    shapes = ", ".join(str(tuple(shape)) for shape in given)
    received = f"{error.received}; the symbolic tensors have the shapes {shapes}"
    return ShapeError(error.where, error.what, received, error.mend)


def _only_tensors(leaf: Any) -> Any:
    from lamina.ops.dispatch import as_tensor

    return as_tensor(leaf) if leaf is not None else None


def _agree(a: Tensor | None, b: Tensor | None) -> Any:
    if a is None or b is None:
        raise ArgumentError(
            "a symbolic call", "returned None", "None among its results",
            "return tensors from every function that is used on symbolic tensors",
        )  # fmt: skip
    shape = tuple(n if n == m else None for n, m in zip(_sizes(a), _sizes(b), strict=True))
    return KerasTensor(shape, a.dtype)


def _sizes(x: Tensor) -> tuple[int, ...]:
    return x.node.shape if isinstance(x, Traced) else tuple(x.shape)


def replay(
    outputs: Sequence[KerasTensor],
    values: Mapping[int, Any],
    apply: Callable[[Call, Any, Any], Any],
) -> list[Any]:
    """The values of symbolic `outputs`, given those of the inputs (by id of the KerasTensor).

    `apply(call, args, kwargs)` runs one recorded call. Each call runs once.
    """
    running = current()
    before = None if running is None else running.values
    known = Values(before)
    known.update(values)
    if running is not None:
        running.values = known  # for what a call uses beside its arguments
    try:
        for call in calls_before(outputs, known):
            args, kwargs = map_structure(
                lambda leaf: known[id(leaf)] if isinstance(leaf, KerasTensor) else leaf,
                [list(call.args), dict(call.kwargs)],
            )
            results = flatten(apply(call, args, kwargs))
            for tensor, value in zip(flatten(call.outputs), results, strict=True):
                known[id(tensor)] = value
    finally:
        if running is not None and before is not None:
            before.update(known)
            running.values = before
    return [known[id(tensor)] for tensor in outputs]


class Values(dict[int, Any]):
    """What symbolic tensors (by id) stand for; of others it is computed from them.

    Args:
        beyond: asked for what they do not suffice for.
    """

    def __init__(self, beyond: Values | None = None) -> None:
        super().__init__()
        self._beyond = beyond

    def of(self, tensor: KerasTensor) -> Any:
        """The value of a tensor.

        Raises: UnknownInputError.
        """
        if id(tensor) not in self:
            self[id(tensor)] = self.found(tensor)
        return self[id(tensor)]

    def found(self, tensor: KerasTensor) -> Any:
        """The value of a tensor that has none yet."""
        try:
            return replay([tensor], self, lambda call, a, k: call.function(*a, **k))[0]
        except UnknownInputError:
            if self._beyond is None:
                raise
            return self._beyond.of(tensor)


def values_here(args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, Any] | None:
    """The arguments with the values that their symbolic tensors have in the running trace; None if
    there is no trace, or one of them has no value in it.

    So a loss may use, beside what it is given, symbolic tensors of the model that is trained.
    """
    running = current()
    while running is not None and running.values is None:
        running = running.parent
    known = None if running is None else running.values
    if known is None:
        return None

    def value(leaf: Any) -> Any:
        return known.of(leaf) if isinstance(leaf, KerasTensor) else leaf

    try:
        found_args, found_kwargs = map_structure(value, [list(args), dict(kwargs)])
    except UnknownInputError:
        return None
    return found_args, found_kwargs


class UnknownInputError(ArgumentError):
    """Symbolic outputs depend on an input that was given no value."""


def calls_before(outputs: Sequence[KerasTensor], known: Mapping[int, Any]) -> list[Call]:
    """The calls that make `outputs` from the known tensors, each after those it needs.

    Raises: ArgumentError if an output depends on an input that is not known.
    """
    order: list[Call] = []
    seen: set[int] = set()
    stack: list[tuple[Any, bool]] = [(tensor, False) for tensor in reversed(list(outputs))]
    while stack:
        entry, expanded = stack.pop()
        if expanded:
            order.append(entry)
        elif id(entry) not in known:
            if entry.history is None:
                raise UnknownInputError(
                    "Model", "has outputs that depend on a tensor that is not among its inputs",
                    repr(entry), "add that Input to `inputs`",
                )  # fmt: skip
            call = entry.history[0]
            if id(call) not in seen:
                seen.add(id(call))
                stack.append((call, True))
                stack.extend((x, False) for x in reversed(call.needs))
    return order
