"""Reverse-mode differentiation: the walk, and nothing that knows an op.

Each primitive's own rule stands beside its definition. The walk goes over the nodes of a trace or
over the applications that a tape recorded, adds up cotangents where a value is used more than once,
and sums them to the operand's shape where it was broadcast.

Griewank & Walther 2008, "Evaluating Derivatives", section 3.2.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext

from lamina.errors import UnsupportedError
from lamina.graph import dtypes, trace
from lamina.graph.node import Node, topological
from lamina.graph.tape import LIFT, Application
from lamina.graph.tensor import Tensor, Traced
from lamina.graph.trace import item
from lamina.ops.dispatch import shape_of
from lamina.ops.primitive import PRIMITIVES, Primitive, Reverse
from lamina.ops.primitives.elementwise import add
from lamina.ops.primitives.shaping import fill, sum_to

GRADIENT = "gradient of "

# A value that enters a trace is the same value there.
_LIFT = Primitive(LIFT, lambda avals, attrs: list(avals), lambda m: [m.rows()], lambda r: r.g)


def gradients(
    ys: Sequence[Tensor],
    gs: Sequence[Tensor | None],
    xs: Sequence[Tensor],
    tape: Sequence[Application] | None = None,
) -> list[Tensor | None]:
    """The cotangents of `xs`, given those of `ys` (None: zero); None where nothing depends on x.

    Values of a trace are followed through its graph, or, if there is one, through the entries of a
    `tape`; eager ones need the tape that saw them.
    """
    current = trace.current()
    with current.unmasked() if current else nullcontext():
        return _walk(_graph_steps(ys) if tape is None else tape, ys, gs, xs)


def gradient(y: Tensor, xs: Sequence[Tensor]) -> list[Tensor | None]:
    """The gradient of a scalar of the current trace with respect to each of `xs`."""
    current = trace.current()
    with current.unmasked() if current else nullcontext():
        return gradients([y], [fill((), 1.0, y.dtype)], xs)


def key_of(x: Tensor) -> Hashable:
    """What tells values apart: a node of a trace, or the eager tensor itself."""
    if not isinstance(x, Traced):
        return id(x)
    node = x.node
    return (node.inputs[0], node.attrs["index"]) if node.op == "item" else node


def _graph_steps(ys: Sequence[Tensor]) -> list[Application]:
    """One step for each node of an op, in topological order; `item` nodes only name results."""
    traced = [y for y in ys if isinstance(y, Traced)]
    if not traced:
        return []
    owner = traced[0].trace
    steps = []
    for node in topological(y.node for y in traced):
        if node.op in PRIMITIVES:
            inputs = tuple(Traced(i, owner) for i in node.inputs)
            results = _results(node, owner)
            steps.append(
                Application(node.op, inputs, results, node.attrs, node.regions, node.origin)
            )
    return steps


def _results(node: Node, owner: trace.Trace) -> tuple[Tensor, ...]:
    if not node.outputs:
        return (Traced(node, owner),)
    return tuple(Traced(item(node, i), owner) for i in range(len(node.outputs)))


def _walk(
    steps: Sequence[Application],
    ys: Sequence[Tensor],
    gs: Sequence[Tensor | None],
    xs: Sequence[Tensor],
) -> list[Tensor | None]:
    found: dict[Hashable, Tensor] = {}
    for y, g in zip(ys, gs, strict=True):
        _accumulate(found, y, g)
    reached = reached_from(steps, xs)
    for step in reversed(steps):
        g_out = tuple(found.get(key_of(y)) for y in step.outputs)
        if all(g is None for g in g_out) or not any(key_of(x) in reached for x in step.inputs):
            continue
        with _way_back(step):
            for x, g in zip(step.inputs, _cotangents(step, g_out), strict=True):
                if key_of(x) in reached:
                    _accumulate(found, x, g)
    return [found.get(key_of(x)) for x in xs]


def _way_back(step: Application) -> AbstractContextManager[None]:
    """What the gradient of a traced op consists of comes from where the op came from."""
    current = trace.current()
    if current is None or not step.origin:
        return nullcontext()
    return current.standing_for(f"{GRADIENT}{step.origin.removeprefix(GRADIENT)}")


def reached_from(steps: Sequence[Application], xs: Iterable[Tensor]) -> set[Hashable]:
    """The keys of the values that depend on `xs`, among those a cotangent can belong to."""
    reached = {key_of(x) for x in xs}
    for step in steps:
        if any(key_of(x) in reached for x in step.inputs):
            reached.update(key_of(y) for y in step.outputs if dtypes.is_float(y.dtype))
    return reached


def _cotangents(step: Application, g: tuple[Tensor | None, ...]) -> Sequence[Tensor | None]:
    rule = (_LIFT if step.op == LIFT else PRIMITIVES[step.op]).gradient
    if rule is None:
        raise UnsupportedError(
            f"the gradient of ops.{step.op}",
            "is not defined",
            f"operands {', '.join(f'{x.dtype}{list(shape_of(x))}' for x in step.inputs)}",
            "wrap the operand in ops.stop_gradient if no gradient is meant to flow",
        )
    return rule(Reverse(g, step.outputs, step.inputs, step.attrs, step.regions, gradients))


def _accumulate(found: dict[Hashable, Tensor], x: Tensor, g: Tensor | None) -> None:
    if g is None or not dtypes.is_float(x.dtype):
        return
    if shape_of(g) != shape_of(x):
        g = sum_to(g, shape_of(x))
    before = found.get(key_of(x))
    found[key_of(x)] = g if before is None else add(before, g)
