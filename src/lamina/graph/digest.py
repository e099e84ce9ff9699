"""The digest of a program: equal for programs that compute the same by the same steps.

It says nothing of names and origins, and everything else: ops, attributes, constants, shapes,
dtypes, rows, regions, slots and phases. What is digested is text in which no two programs look
alike: the `repr` of nested tuples of numbers, strings and the digests of arrays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from lamina.graph.node import Graph, Node, Rows
from lamina.graph.program import Phase, Program, Slot, Step

# Attributes that engines never see: the name of an input, and the gradient of what has been
# differentiated already.
UNSEEN = {"input": ("name",), "custom_gradient": ("rule",)}

# Attributes that are their own text. Floats are not among them: NaN has many forms.
PLAIN = (bool, int, str, bytes, type(None))


class NoDigestError(Exception):
    """An attribute is not data, so that nobody can say whether another is equal to it."""


def digest(program: Program) -> bytes | None:
    """The digest of a program, or None if it has none."""
    try:
        phases = [_phase(name, phase) for name, phase in program.phases.items()]
        text = repr(([_slot(slot) for slot in program.slots], phases, program.sums))
    except NoDigestError:
        return None
    return hashlib.sha256(text.encode()).digest()


def _slot(slot: Slot) -> tuple[Any, ...]:
    return (slot.shape, slot.dtype, None if slot.reset is None else _array(slot.reset))


def _phase(name: str, phase: Phase) -> tuple[Any, ...]:
    leaves = [(leaf.shape, leaf.dtype) for leaf in phase.leaves]
    results = [(result.shape, result.dtype, result.each) for result in phase.results]
    rest = None if phase.rest is None else _step(phase.rest)
    return (name, phase.name, leaves, results, _step(phase.step), rest)


def _step(step: Step) -> tuple[Any, ...]:
    return (step.rows, step.partial, step.reads, step.writes, _graph(step.graph))


def _graph(graph: Graph) -> tuple[Any, ...]:
    """Each node by its number; those that are only inputs are numbered first."""
    number: dict[Node, int] = {node: i for i, node in enumerate(graph.inputs)}
    nodes = [*graph.inputs]
    for node in graph.nodes():
        if node not in number:
            number[node] = len(nodes)
            nodes.append(node)
    return ([_node(node, number) for node in nodes], [number[node] for node in graph.outputs])


def _node(node: Node, number: Mapping[Node, int]) -> tuple[Any, ...]:
    unseen = UNSEEN.get(node.op, ())
    attrs = [(key, _data(value)) for key, value in sorted(node.attrs.items()) if key not in unseen]
    inputs = [number[x] for x in node.inputs]
    found = (node.op, inputs, node.shape, node.dtype, attrs, _rows(node.rows))
    if not (node.outputs or node.regions):
        return found
    outputs = [(aval.shape, aval.dtype) for aval in node.outputs]
    return (*found, outputs, [_graph(region) for region in node.regions])


def _rows(rows: Rows | None) -> tuple[int, int] | None:
    return None if rows is None else (rows.axis, rows.each)


def _data(value: Any) -> Any:
    """An attribute in terms of what `repr` tells apart."""
    kind = type(value)
    if kind in PLAIN:
        return value
    if kind is tuple or kind is list:
        return (kind.__name__, [_data(item) for item in value])
    if kind is float:
        return ("float", value.hex() if value == value else np.float64(value).tobytes())
    if kind is Rows:
        return ("rows", value.axis, value.each)
    if isinstance(value, np.ndarray | np.generic):
        return _array(np.asarray(value))
    if isinstance(value, Mapping):
        return ("mapping", [(_data(key), _data(item)) for key, item in value.items()])
    raise NoDigestError


def _array(array: np.ndarray) -> tuple[Any, ...]:
    if array.dtype.hasobject:
        raise NoDigestError
    data = array.tobytes()
    short = data if len(data) <= 64 else hashlib.sha256(data).digest()
    return ("array", array.dtype.str, array.shape, short)
