"""GradientTape: gradients of what was computed while it was open, as in TensorFlow.

    with lamina.GradientTape() as tape:
        loss = loss_function(y, model(x, training=True))
    gradients = tape.gradient(loss, model.trainable_variables)

It serves eager code and code that is traced alike: in a `train_step` the gradients become nodes of
the compiled program.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from lamina import autodiff, ops
from lamina.errors import ArgumentError, ArgumentTypeError, StateError
from lamina.graph import dtypes, tape, trace
from lamina.graph.structure import flatten, pack
from lamina.graph.tensor import Tensor, Traced
from lamina.graph.variable import Variable
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, mask_rows, shape_of

WHERE = "GradientTape"


class GradientTape:
    """Writes down what happens inside `with`, and differentiates it.

    Args:
        persistent: whether more than one gradient can be asked for.
        watch_accessed_variables: whether trainable variables that are read are watched; without it
            only what `watch` was given is.
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self._persistent = persistent
        self._watches_variables = watch_accessed_variables
        self._open = False
        self._used = False
        self._tape = tape.Tape()
        self._watched: list[Tensor] = []
        self._variables: list[Variable] = []

    # ── what is written down ──

    def reset(self) -> None:
        """Forgets all that was written down and watched."""
        if self._open:
            tape.end(self._tape)
        self._tape, self._watched, self._variables = tape.Tape(), [], []
        if self._open:
            tape.begin(self._tape)

    def __enter__(self) -> GradientTape:
        if self._open:
            raise TapeError("is open already", "a second `with`", "make another tape")
        self._open = True
        tape.begin(self._tape)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _stop(self) -> None:
        tape.end(self._tape)
        self._open = False

    def watch(self, tensor: Any) -> None:
        """Makes gradients with respect to a tensor, or to a structure of them, possible.

        Raises: ArgumentError for what is no tensor or variable.
        """
        for leaf in flatten(tensor):
            if isinstance(leaf, Variable):
                self._variables.append(leaf)
            elif isinstance(leaf, Tensor):
                self._watched.append(leaf)
            else:
                raise ArgumentError(
                    f"{WHERE}.watch", "takes tensors and variables",
                    f"{leaf!r:.60} of type {type(leaf).__name__}",
                    "watch ops.convert_to_tensor(x), and compute with that",
                )  # fmt: skip

    @contextmanager
    def stop_recording(self) -> Iterator[None]:
        """What happens inside is not written down: no gradient goes through it."""
        if not self._open:
            raise TapeError("is not open", "stop_recording() outside `with`", "call it inside")
        self._stop()
        try:
            yield
        finally:
            self.__enter__()

    def watched_variables(self) -> tuple[Variable, ...]:
        """The variables whose gradients can be asked for, in the order in which they were read."""
        read = [v for v, _ in self._tape.reads if self._watches_variables and v.trainable]
        return tuple(dict.fromkeys([*self._variables, *read]))

    # ── what is asked for ──

    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: Any = "none",
    ) -> Any:
        """The gradients of the sum of all targets, in the structure of `sources`.

        Args:
            target: a tensor, or a structure of them.
            sources: watched tensors and variables, in any structure.
            output_gradients: cotangents of the targets, ones by default.
            unconnected_gradients: None ("none") or zeros ("zero") for sources that no target
                depends on.

        Raises: TapeError for a second request to a tape that is not persistent.
        """
        self._use("gradient")
        ys = [as_tensor(y) for y in flatten(target)]
        given = [None] * len(ys) if output_gradients is None else flatten(output_gradients)
        if len(given) != len(ys):
            raise ArgumentError(
                f"{WHERE}.gradient", "needs one output gradient for each target",
                f"{len(given)} for {len(ys)} targets", "pass as many of each",
            )  # fmt: skip
        for y in ys:
            if not dtypes.is_float(y.dtype):
                warnings.warn(f"a target of dtype {y.dtype} has no gradient", stacklevel=2)
        gs = [_ones_like(y) if g is None else as_tensor(g) for y, g in zip(ys, given, strict=True)]
        found = self._walk(ys, gs, flatten(sources))
        return pack(sources, [
            _filled(x, g, unconnected_gradients)
            for x, g in zip(flatten(sources), found, strict=True)
        ])  # fmt: skip

    def jacobian(
        self,
        target: Any,
        sources: Any,
        unconnected_gradients: Any = "none",
        parallel_iterations: Any = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """The derivative of every entry of a tensor with respect to every entry of each source:
        shapes target.shape + source.shape. The last two arguments change nothing.
        """
        self._use("jacobian")
        y, leaves = as_tensor(target), flatten(sources)
        shape = shape_of(y)
        count = _size(shape)
        rows = [self._walk([y], [_one_hot(shape, i, y.dtype)], leaves) for i in range(count)]
        columns = zip(*rows, strict=True) if rows else [()] * len(leaves)
        return pack(sources, [
            _stacked(x, column, shape, unconnected_gradients)
            for x, column in zip(leaves, columns, strict=True)
        ])  # fmt: skip

    def batch_jacobian(
        self,
        target: Any,
        source: Any,
        unconnected_gradients: Any = "none",
        parallel_iterations: Any = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """The jacobian of each row of a target by the same row of a source alone: shape
        (B, *target.shape[1:], *source.shape[1:]).
        """
        self._use("batch_jacobian")
        y, x = as_tensor(target), source
        shape = shape_of(y)
        inner = shape[1:]
        columns = []
        for i in range(_size(inner)):
            one = p.broadcast_to(_one_hot((1, *inner), i, y.dtype), shape)
            columns += self._walk([y], [one], [x])
        if any(g is None for g in columns):
            return _filled(x, None, unconnected_gradients)
        stacked = ops.stack(columns, axis=1)
        return ops.reshape(stacked, (shape[0], *inner, *tuple(x.shape)[1:]))

    def _use(self, what: str) -> None:
        if self._used and not self._persistent:
            raise TapeError(
                "gives gradients once, unless it is persistent", f"a second request, {what}(...)",
                "make it with GradientTape(persistent=True)",
            )  # fmt: skip
        self._used = True
        if self._open and not self._persistent:
            self._stop()

    def _walk(
        self, ys: Sequence[Tensor], gs: Sequence[Tensor], sources: Sequence[Any]
    ) -> list[Tensor | None]:
        """The cotangent of each source: of a variable, the sum over all that it was read as."""
        read: dict[Variable, dict[Any, Tensor]] = {}
        for variable, value in self._tape.reads:
            read.setdefault(variable, {})[autodiff.key_of(value)] = value
        watched = set(self.watched_variables())
        starts = [x for v, values in read.items() if v in watched for x in values.values()]
        entries = list(self._tape.entries)
        reached = autodiff.reached_from(entries, [*self._watched, *starts])
        places = [_wanted(x, read, watched) for x in sources]
        wanted = [x for place in places for x in place if autodiff.key_of(x) in reached]
        _require_exact_rows(wanted)
        found = autodiff.gradients(ys, gs, wanted, entries)
        by_key = dict(zip(map(autodiff.key_of, wanted), found, strict=True))
        return [_total([by_key.get(autodiff.key_of(x)) for x in place]) for place in places]


class TapeError(StateError):
    """A tape that is asked for what it cannot give any more."""

    def __init__(self, what: str, received: str, mend: str, *rest: str) -> None:
        parts = (what, received, mend, *rest) if rest else (WHERE, what, received, mend)
        super().__init__(*parts)


def _wanted(x: Any, read: dict[Variable, Any], watched: set[Variable]) -> list[Tensor]:
    if isinstance(x, Variable):
        return list(read.get(x, {}).values()) if x in watched else []
    if isinstance(x, Tensor):
        return [x]
    raise ArgumentTypeError(
        f"{WHERE}.gradient", "needs tensors or variables as sources",
        f"{x!r:.60} of type {type(x).__name__}",
        "watch ops.convert_to_tensor(x), compute with that, and ask for its gradient",
    )  # fmt: skip


def _require_exact_rows(wanted: Sequence[Tensor]) -> None:
    """A gradient by rows is zero in absent ones, where what is computed from it may be infinite."""
    current = trace.current()
    if current is not None and any(isinstance(x, Traced) and x.node.rows for x in wanted):
        current.require_exact("a gradient with respect to rows of the batch")


def _total(parts: list[Tensor | None]) -> Tensor | None:
    there = [g for g in parts if g is not None]
    if not there:
        return None
    total = there[0]
    for g in there[1:]:
        total = p.add(total, g)
    return total


def _ones_like(y: Tensor) -> Tensor:
    """Ones where there are rows, zeros where a partial batch has none."""
    ones = p.fill(y.shape, 1.0 if dtypes.is_float(y.dtype) else 1, y.dtype)
    if isinstance(y, Traced) and y.node.rows and y.trace.masking and isinstance(ones, Traced):
        return mask_rows(ones, 0)
    return ones


def _filled(x: Any, g: Tensor | None, unconnected: Any) -> Tensor | None:
    word = str(getattr(unconnected, "value", unconnected)).lower()
    if word not in ("none", "zero"):
        raise ArgumentError(
            f"{WHERE}(unconnected_gradients=...)", "is 'none' or 'zero'", repr(unconnected),
            "leave it out for None",
        )  # fmt: skip
    if g is None and word == "zero":
        return p.zeros_like(as_tensor(x))
    return g


def _size(shape: Sequence[int]) -> int:
    size = 1
    for n in shape:
        size *= n
    return size


def _one_hot(shape: tuple[int, ...], index: int, dtype: str) -> Tensor:
    flat = p.cast(p.eq(p.iota((_size(shape),), 0), index), dtype)
    return p.reshape(flat, shape)


def _stacked(x: Any, column: Sequence[Any], shape: tuple[int, ...], unconnected: Any) -> Any:
    if all(g is None for g in column):
        zeros = _filled(x, None, unconnected)
        return zeros if zeros is None else p.fill((*shape, *x.shape), 0, x.dtype)
    filled = [p.zeros_like(as_tensor(x)) if g is None else g for g in column]
    return ops.reshape(ops.stack(filled, axis=0), (*shape, *tuple(x.shape)))
