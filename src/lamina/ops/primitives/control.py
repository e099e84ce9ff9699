"""Regions: scan, cond and while_loop, as ops whose bodies are graphs.

Outside a trace they run as Python loops over eager tensors. Inside, the body is traced once; what
it uses from outside becomes its first inputs.

    scan:        inputs captured, carries, stacked xs; body (captured, carries, xs) -> (carries, ys,
                 carries as they came in); results: last carries, stacked ys, stacked incoming
                 carries
    cond:        inputs predicate, captured; two bodies (captured) -> results
    while_loop:  inputs captured, carries; test (captured, carries) -> bool, body -> carries
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lamina.errors import ShapeError, UnsupportedError
from lamina.graph import dtypes, trace
from lamina.graph.node import Aval, Graph, Node, Rows, input_node
from lamina.graph.tensor import Tensor, Traced
from lamina.graph.trace import Trace, trace_region
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.primitive import Attrs, Cotangent, Masking, Primitive, Reverse, define
from lamina.ops.primitives.elementwise import add

Tensors = Sequence[Tensor]
Step = Callable[[Tensors, Tensors], tuple[Tensors, Tensors]]


def _aval(x: Tensor) -> Aval:
    return Aval(shape_of(x), x.dtype)


def _rows(x: Tensor) -> Rows | None:
    return x.node.rows if isinstance(x, Traced) else None


def _body_graph(child: Trace, args: Sequence[Traced], results: Sequence[Traced]) -> Graph:
    inputs = (*child.captured.values(), *(arg.node for arg in args))
    return Graph(inputs, tuple(result.node for result in results))


def _outside(parent: Trace, nodes: Sequence[Node]) -> list[Traced]:
    return [Traced(node, parent) for node in nodes]


def _check_same(where: str, before: Tensors, after: Tensors) -> None:
    wanted, found = [_aval(x) for x in before], [_aval(x) for x in after]
    if wanted != found:
        raise ShapeError(
            where, "must keep the shapes and dtypes of what it carries",
            f"{[(a.shape, a.dtype) for a in found]} after {[(a.shape, a.dtype) for a in wanted]}",
            "return values of the same shape and dtype (ops.cast, ops.broadcast_to)",
        )  # fmt: skip


def _define_region(name: str, gradient: Callable[[Reverse], Sequence[Cotangent]]) -> None:
    def infer(avals: Sequence[Aval], attrs: Attrs) -> list[Aval]:
        raise AssertionError(f"{name} is bound with its results")

    def rows(masking: Masking) -> list[Rows | None]:
        raise AssertionError(f"{name} is bound with its rows")

    define(Primitive(name, infer, rows, gradient, several=True, kind="region"))


# ── scan ──


def scan(
    step: Step, init: Tensors, xs: Tensors, length: int, reverse: bool = False
) -> tuple[list[Tensor], list[Tensor]]:
    """Runs (carries, ys_i) = step(carries, xs_i) for each i; returns the last carries, stacked
    ys.
    """
    init, xs = [as_tensor(x) for x in init], [as_tensor(x) for x in xs]
    parent = trace.current()
    if parent is None:
        return _scan_eagerly(step, init, xs, length, reverse)
    lifted = [parent.lift(x) for x in (*init, *xs)]
    first, stacked = lifted[: len(init)], lifted[len(init) :]
    slices = [(Aval(shape_of(x)[1:], x.dtype), _entry_rows(parent, x)) for x in stacked]
    count = len(init)
    emitted = 0

    def body(*args: Traced) -> list[Tensor]:
        nonlocal emitted
        carries, ys = step(args[:count], args[count:])
        carries, ys = [as_tensor(c) for c in carries], [as_tensor(y) for y in ys]
        _check_same("ops.scan", args[:count], carries)
        emitted = len(ys)
        return [*carries, *ys, *args[:count]]

    args, results, child = trace_region(body, [*((_aval(x), _rows(x)) for x in first), *slices])
    if any(_rows(a) != _rows(b) for a, b in zip(first, results[:count], strict=True)):
        parent.require_exact("a scan changes which axis of its carry is the batch")
    outside = _outside(parent, list(child.captured))
    outputs = [_aval(x) for x in first]
    outputs += [Aval((length, *shape_of(y)), y.dtype) for y in results[count:]]
    rows = [_rows(x) for x in first] + [_stacked_rows(y) for y in results[count:]]
    attrs = {
        "captured": len(outside), "carries": count, "emitted": emitted,
        "length": length, "reverse": reverse,
    }  # fmt: skip
    items = parent.bind(
        "scan", [*outside, *lifted], outputs, attrs, rows,
        (_body_graph(child, args, results),), several=True,
    )  # fmt: skip
    return list(items[:count]), list(items[count : count + emitted])


def _entry_rows(parent: Trace, x: Tensor) -> Rows | None:
    rows = _rows(x)
    if rows is not None and rows.axis == 0:
        parent.require_exact("a scan runs along the batch")
        return None
    return rows and Rows(rows.axis - 1, rows.each)


def _stacked_rows(y: Tensor) -> Rows | None:
    rows = _rows(y)
    return rows and Rows(rows.axis + 1, rows.each)


def _scan_eagerly(
    step: Step, carries: Tensors, xs: Tensors, length: int, reverse: bool
) -> tuple[list[Tensor], list[Tensor]]:
    from lamina.ops.primitives.shaping import concatenate, fill, reshape, slice_

    columns: list[list[Tensor]] = []
    order = range(length - 1, -1, -1) if reverse else range(length)
    for i in order:
        now = []
        for x in xs:
            shape = shape_of(x)
            row = slice_(x, [i] + [0] * (len(shape) - 1), [i + 1, *shape[1:]])
            now.append(reshape(row, shape[1:]))
        before = carries
        carries, ys = step(carries, now)
        carries = [as_tensor(c) for c in carries]
        _check_same("ops.scan", before, carries)
        columns.append([as_tensor(y) for y in ys])
    if not columns:
        with Trace() as probe:
            avals = [*map(_aval, carries), *(Aval(shape_of(x)[1:], x.dtype) for x in xs)]
            args = [probe.argument(a.shape, a.dtype) for a in avals]
            _, ys = step(args[: len(carries)], args[len(carries) :])
            shapes = [_aval(as_tensor(y)) for y in ys]
        return list(carries), [fill((0, *a.shape), 0, a.dtype) for a in shapes]
    if reverse:
        columns.reverse()
    stacked = [
        concatenate([reshape(y, (1, *shape_of(y))) for y in column], 0)
        for column in zip(*columns, strict=True)
    ]
    return list(carries), stacked


def _scan_gradient(r: Reverse) -> Sequence[Cotangent]:
    """A scan the other way, whose carry is the cotangent of the carry and of what was captured."""
    from lamina.ops.primitives.shaping import zeros_like

    body, attrs = r.regions[0], r.attrs
    captured, carries, emitted = attrs["captured"], attrs["carries"], attrs["emitted"]
    hidden = carries + emitted
    outside, init = r.x[:captured], r.x[captured : captured + carries]
    soft_out = [i for i, x in enumerate(outside) if dtypes.is_float(x.dtype)]
    soft_in = [i for i, x in enumerate(init) if dtypes.is_float(x.dtype)]
    xs = r.x[captured + carries :]
    soft_xs = [i for i, x in enumerate(xs) if dtypes.is_float(x.dtype)]
    soft_ys = [i for i in range(carries, hidden) if r.g[i] is not None]

    def step(state: Tensors, now: Tensors) -> tuple[Tensors, Tensors]:
        came_in, entries = now[:carries], now[carries : carries + len(xs)]
        g_ys = now[carries + len(xs) :]
        inputs = [*outside, *came_in, *entries]
        current = trace.current()
        assert current is not None
        lifted = [current.lift(x) for x in inputs]
        results = replay(body, lifted, current)
        ys = [results[i] for i in soft_in] + [results[i] for i in soft_ys]
        wanted = [
            *(lifted[i] for i in soft_out),
            *(lifted[captured + i] for i in soft_in),
            *(lifted[captured + carries + i] for i in soft_xs),
        ]
        found = r.walk(ys, [*state[: len(soft_in)], *g_ys], wanted)
        filled = [zeros_like(w) if g is None else g for g, w in zip(found, wanted, strict=True)]
        sums = [
            add(total, g)
            for total, g in zip(state[len(soft_in) :], filled[: len(soft_out)], strict=True)
        ]
        split = len(soft_out) + len(soft_in)
        return [*filled[len(soft_out) : split], *sums], filled[split:]

    start = [zeros_like(init[i]) if r.g[i] is None else r.g[i] for i in soft_in]
    start += [zeros_like(outside[i]) for i in soft_out]
    given = [*r.y[hidden:], *xs, *(r.g[i] for i in soft_ys)]
    last, rows = scan(step, start, given, attrs["length"], not attrs["reverse"])  # type: ignore[arg-type]
    cotangents: list[Cotangent] = [None] * len(r.x)
    for i, g in zip(soft_in, last, strict=False):
        cotangents[captured + i] = g
    for i, g in zip(soft_out, last[len(soft_in) :], strict=True):
        cotangents[i] = g
    for i, g in zip(soft_xs, rows, strict=True):
        cotangents[captured + carries + i] = g
    return cotangents


def replay(graph: Graph, inputs: Sequence[Traced], into: Trace) -> list[Traced]:
    """The graph's nodes once more, on other inputs, as values of the trace `into`."""
    known = {node: x.node for node, x in zip(graph.inputs, inputs, strict=True)}
    for node in graph.nodes():
        if node not in known:
            operands = tuple(known[i] for i in node.inputs)
            known[node] = Node(
                node.op, operands, node.shape, node.dtype, node.attrs, node.regions,
                node.outputs, node.rows, node.origin,
            )  # fmt: skip
    return [Traced(known[node], into) for node in graph.outputs]


_define_region("scan", _scan_gradient)


# ── cond ──


def cond(
    predicate: Any, if_true: Callable[[], Tensors], if_false: Callable[[], Tensors]
) -> list[Tensor]:
    """The results of `if_true()` where the scalar predicate holds, else of `if_false()`."""
    predicate = as_tensor(predicate)
    if shape_of(predicate) != () or predicate.dtype != "bool":
        raise ShapeError(
            "ops.cond", "needs a scalar bool predicate",
            f"{predicate.dtype}{list(shape_of(predicate))}", "reduce it with ops.any or ops.all",
        )  # fmt: skip
    parent = trace.current()
    if parent is None or not isinstance(predicate, Traced):
        return [as_tensor(x) for x in (if_true() if predicate else if_false())]
    predicate = parent.lift(predicate)
    branches = [
        trace_region(lambda f=branch: [as_tensor(x) for x in f()], [])
        for branch in (if_true, if_false)
    ]
    (_, yes, _), (_, no, _) = branches
    _check_same("ops.cond", yes, no)
    if any(_rows(a) != _rows(b) for a, b in zip(yes, no, strict=True)):
        parent.require_exact("the branches of a cond differ in which axis is the batch")
    union = list(dict.fromkeys(node for _, _, child in branches for node in child.captured))
    graphs = tuple(
        Graph(
            tuple(child.captured.get(node) or input_node(node.shape, node.dtype) for node in union),
            tuple(result.node for result in results),
        )
        for _, results, child in branches
    )
    operands = [predicate, *_outside(parent, union)]
    rows = [_rows(x) for x in yes]
    return list(
        parent.bind("cond", operands, [_aval(x) for x in yes], {}, rows, graphs, several=True)
    )


def _cond_gradient(r: Reverse) -> Sequence[Cotangent]:
    """A cond of the branches' gradients on the same predicate."""
    from lamina.ops.primitives.shaping import zeros_like

    predicate, *captured = r.x
    soft = [i for i, x in enumerate(captured) if dtypes.is_float(x.dtype)]
    live = [i for i, g in enumerate(r.g) if g is not None]

    def branch(graph: Graph) -> Callable[[], Tensors]:
        def run() -> Tensors:
            current = trace.current()
            assert current is not None
            lifted = [current.lift(x) for x in captured]
            results = replay(graph, lifted, current)
            wanted = [lifted[i] for i in soft]
            found = r.walk([results[i] for i in live], [r.g[i] for i in live], wanted)
            return [zeros_like(w) if g is None else g for g, w in zip(found, wanted, strict=True)]

        return run

    values = cond(predicate, branch(r.regions[0]), branch(r.regions[1]))
    cotangents: list[Cotangent] = [None] * len(r.x)
    for i, g in zip(soft, values, strict=True):
        cotangents[i + 1] = g
    return cotangents


_define_region("cond", _cond_gradient)


# ── while_loop ──


def while_loop(
    test: Callable[[Tensors], Tensor],
    body: Callable[[Tensors], Tensors],
    init: Tensors,
    maximum_iterations: int | None = None,
) -> list[Tensor]:
    """Repeats carries = body(carries) while `test(carries)` holds, at most so many times."""
    init = [as_tensor(x) for x in init]
    parent = trace.current()
    if parent is None:
        done = 0
        while (maximum_iterations is None or done < maximum_iterations) and bool(test(init)):
            after = [as_tensor(x) for x in body(init)]
            _check_same("ops.while_loop", init, after)
            init, done = after, done + 1
        return list(init)
    first = [parent.lift(x) for x in init]

    def step(*args: Traced) -> list[Tensor]:
        after = [as_tensor(x) for x in body(args)]
        _check_same("ops.while_loop", args, after)
        return after

    arguments = [(_aval(x), _rows(x)) for x in first]
    asked, verdict, asking = trace_region(lambda *args: [as_tensor(test(args))], arguments)
    args, results, child = trace_region(step, arguments)
    if any(_rows(a) != _rows(b) for a, b in zip(first, results, strict=True)):
        parent.require_exact("a while_loop changes which axis of its carry is the batch")
    union = list(dict.fromkeys([*asking.captured, *child.captured]))
    graphs = tuple(
        Graph(
            (
                *(c.captured.get(n) or input_node(n.shape, n.dtype) for n in union),
                *(a.node for a in own),
            ),
            tuple(result.node for result in out),
        )
        for c, own, out in ((asking, asked, verdict), (child, args, results))
    )
    attrs = {"captured": len(union), "maximum": maximum_iterations}
    return list(
        parent.bind(
            "while_loop", [*_outside(parent, union), *first], [_aval(x) for x in first], attrs,
            [_rows(x) for x in first], graphs, several=True,
        )
    )  # fmt: skip


def _while_gradient(r: Reverse) -> Sequence[Cotangent]:
    raise UnsupportedError(
        "ops.while_loop", "cannot be differentiated: the number of its steps is not known",
        "a gradient through while_loop", "use ops.scan or ops.fori_loop with a fixed length",
    )  # fmt: skip


_define_region("while_loop", _while_gradient)
