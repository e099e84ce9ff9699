"""The digest of programs: equal for equal ones, another for any that differ in one thing."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lamina.graph.digest import digest
from lamina.graph.node import Aval, Graph, Node, Rows, constant, input_node
from lamina.graph.program import Leaf, Phase, Program, Result, Slot, Step

VALUE = np.asarray([1.0, 2.0, 3.0], "float32")


def body(**change: Any) -> Node:
    """x + value, with an attribute of every kind; any field of the node may be another."""
    x = change.pop("x", input_node((3,), "float32", name=change.pop("name", "x")))
    value = constant(change.pop("value", VALUE))
    attrs = {"a": 1, "b": 2.5, "c": None, "d": (1, 2), "e": "text", "f": {"k": np.float32(1.0)}}
    node = Node("add", (x, value), (3,), "float32", {**attrs, **change.pop("attrs", {})})
    return replace(node, **change)


def program(node: Node | None = None, **change: Any) -> Program:
    """A program of one step; `change` goes to whatever has a field of that name."""
    node = body() if node is None else node
    graph = change.pop("graph", Graph((node.inputs[0],), (node,)))
    parts: dict[str, Any] = {
        "slot": Slot("w", (3,), "float32"),
        "step": Step(4, graph, (0,), (0,)),
        "leaf": Leaf((2,), "float32"),
        "result": Result((3,), "float32"),
    }
    for part, fields in change.items():
        if part in parts:
            parts[part] = replace(parts[part], **fields)
    phase = Phase("train", (parts["leaf"],), parts["step"], change.get("rest"), (parts["result"],))
    return Program.of((parts["slot"],) * change.get("slots", 1), {"train": phase})


def nested(inner: Node) -> Program:
    region = Graph((inner.inputs[0],), (inner,))
    scan = Node("scan", (input_node((3,), "float32"),), attrs={"length": 2}, regions=(region,))
    return program(body(x=replace(scan, outputs=(Aval((3,), "float32"),))))


def twice(shared: bool) -> Program:
    """Two outputs that are one node, or two nodes alike."""
    one = body()
    other = one if shared else replace(one)
    return program(graph=Graph((one.inputs[0],), (one, other)))


def with_attr(value: Any) -> Callable[[], Program]:
    return lambda: program(body(attrs={"b": value}))


# Each makes a program that differs from all the others.
DIFFERENT: dict[str, Callable[[], Program]] = {
    "the first": program,
    "op": lambda: program(body(op="sub")),
    "shape": lambda: program(body(shape=(1, 3))),
    "dtype": lambda: program(body(dtype="float64")),
    "rows": lambda: program(body(rows=Rows(0))),
    "rows on another axis": lambda: program(body(rows=Rows(1))),
    "several entries a row": lambda: program(body(rows=Rows(0, 2))),
    "a constant": lambda: program(body(value=[1.0, 2.0, 4.0])),
    "a constant's dtype": lambda: program(body(value=VALUE.astype("float64"))),
    "a constant's shape": lambda: program(body(value=VALUE[None])),
    "a constant's sign of zero": lambda: program(body(value=np.float32([0.0, 2.0, 3.0]))),
    "a constant of negative zero": lambda: program(body(value=np.float32([-0.0, 2.0, 3.0]))),
    "a large constant": lambda: program(body(value=np.zeros(1000, "float32"))),
    "another large constant": lambda: program(body(value=np.eye(1, 1000, dtype="float32"))),
    "an attribute": with_attr(2.75),
    "an attribute that is a whole number": with_attr(2),
    "an attribute that is true": with_attr(True),
    "an attribute that is one": with_attr(1),
    "an attribute that is a text": with_attr("1"),
    "an attribute that is a float of one": with_attr(1.0),
    "an attribute that is a list": with_attr([1]),
    "an attribute that is a tuple": with_attr((1,)),
    "an attribute that is not a number": with_attr(math.nan),
    "an attribute that is an array": with_attr(np.ones(1)),
    "an attribute that is a mapping": with_attr({"a": 1}),
    "an attribute that says rows": with_attr(Rows(0)),
    "an attribute that says other rows": with_attr(Rows(0, 2)),
    "an attribute more": lambda: program(body(attrs={"g": 0})),
    "the inputs' order": lambda: program(body(inputs=body().inputs[::-1])),
    "a region": lambda: nested(body()),
    "a region's op": lambda: nested(body(op="sub")),
    "one node twice": lambda: twice(True),
    "two equal nodes": lambda: twice(False),
    "a slot's shape": lambda: program(slot={"shape": (1, 3)}),
    "a slot's dtype": lambda: program(slot={"dtype": "int32"}),
    "a slot's reset": lambda: program(slot={"reset": np.zeros(3, "float32")}),
    "a slot's other reset": lambda: program(slot={"reset": np.ones(3, "float32")}),
    "a slot more": lambda: program(slots=2),
    "a leaf": lambda: program(leaf={"shape": (5,)}),
    "a leaf's dtype": lambda: program(leaf={"dtype": "int8"}),
    "a result": lambda: program(result={"each": 2}),
    "a step's rows": lambda: program(step={"rows": 5}),
    "a partial step": lambda: program(step={"partial": True}),
    "what a step reads": lambda: program(step={"reads": ()}),
    "what a step writes": lambda: program(step={"writes": ()}),
    "a step for the rest": lambda: program(rest=program().phases["train"].step),
    "a phase's name": lambda: replace(
        program(), phases={"other": replace(program().phases["train"], name="other")}
    ),
}

# Each makes two programs that are one to an engine.
EQUAL: dict[str, tuple[Callable[[], Program], Callable[[], Program]]] = {
    "made twice": (program, program),
    "an input's name": (program, lambda: program(body(name="y"))),
    "a slot's name": (program, lambda: program(slot={"name": "moment"})),
    "an origin": (program, lambda: program(body(origin="dense (a.py:3)"))),
    "attributes in another order": (
        program, lambda: program(body(attrs=dict(reversed(body().attrs.items())))),
    ),
}  # fmt: skip


def test_programs_that_differ_in_one_thing_have_digests_of_their_own() -> None:
    names: dict[bytes | None, str] = {}
    for name, make in DIFFERENT.items():
        found = digest(make())
        assert found is not None
        assert found not in names, f"{name!r} is not told from {names[found]!r}"
        names[found] = name


@pytest.mark.parametrize("name", EQUAL)
def test_what_no_engine_sees_does_not_count(name: str) -> None:
    one, other = EQUAL[name]
    assert digest(one()) == digest(other())


@pytest.mark.parametrize("value", [print, object(), np.asarray([print])])
def test_what_is_not_data_has_no_digest(value: object) -> None:
    assert digest(program(body(attrs={"b": value}))) is None
