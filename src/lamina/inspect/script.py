"""A case of the reducer as a script that shows the difference wherever it is run."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from lamina.graph.node import Aval, Graph, Node
from lamina.inspect.reduce import Case

HEAD = '''\
"""The engines {engine} and reference differ on this graph.

    python {name}        prints how, and exits with 1 while they do
"""

import sys
{imports}
'''
# Lines of imports, and the names for which each is there.
IMPORTS = (
    ("from base64 import {}", ("b64decode",)),
    ("\nimport numpy as np", ()),
    ("from numpy import {}", ("inf", "nan")),
    ("\nfrom lamina.graph.node import {}", ("Aval", "Graph", "Node", "constant", "input_node")),
    ("from lamina.inspect.differences import {}", ("compare",)),
)
INLINE = 64  # elements that are written as numbers


def script(engine: str, case: Case, name: str = "difference.py") -> str:
    """The text of a script that builds the case's graph and compares the engines on it."""
    lines = list(_graph(case.graph, "graph", {}))
    lines += ["inputs = [", *(f"    {array_text(value)}," for value in case.inputs), "]"]
    lines.append(f'if __name__ == "__main__":\n    sys.exit(compare("{engine}", graph, inputs))')
    body = "\n".join(lines) + "\n"
    return HEAD.format(engine=engine, name=name, imports="\n".join(_imports(body))) + "\n" + body


def _imports(body: str) -> Iterator[str]:
    """The lines that import what the body uses."""
    for line, names in IMPORTS:
        used = [name for name in names if re.search(rf"\b{name}\b", body)]
        if used or not names:
            yield line.format(", ".join(used))


def _graph(graph: Graph, name: str, names: dict[Node, str]) -> Iterator[str]:
    """The lines that make a graph and the graphs of its regions; `names` numbers their nodes."""
    for node in (*graph.inputs, *graph.nodes()):
        if node in names:
            continue
        names[node] = f"n{len(names)}"
        bodies = [f"{names[node]}_body{i}" for i in range(len(node.regions))]
        for body, region in zip(bodies, node.regions, strict=True):
            yield from _graph(region, body, names)
        line = f"{names[node]} = {_node(node, names, bodies)}"
        yield f"{line}  # of {node.origin}" if node.origin else line
    parts = (_tuple(names[node] for node in nodes) for nodes in (graph.inputs, graph.outputs))
    yield f"{name} = Graph({', '.join(parts)})"


def _node(node: Node, names: Mapping[Node, str], bodies: list[str]) -> str:
    if node.op == "input":
        return f"input_node({node.shape}, {node.dtype!r})"
    if node.op == "const":
        return f"constant({array_text(node.attrs['value'])})"
    parts = [repr(node.op), _tuple(names[i] for i in node.inputs), repr(node.shape)]
    parts.append(repr(node.dtype))
    if node.attrs:
        parts.append("{" + ", ".join(f"{k!r}: {_value(v)}" for k, v in node.attrs.items()) + "}")
    if bodies:
        parts.append(f"regions={_tuple(bodies)}")
    if node.outputs:
        parts.append(f"outputs={_tuple(map(_aval, node.outputs))}")
    return f"Node({', '.join(parts)})"


def _aval(aval: Aval) -> str:
    return f"Aval({aval.shape}, {aval.dtype!r})"


def _tuple(parts: Any) -> str:
    listed = list(parts)
    return f"({', '.join(listed)}{',' if len(listed) == 1 else ''})"


def _value(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return array_text(value)
    return repr(value.item() if isinstance(value, np.generic) else value)


def array_text(value: np.ndarray) -> str:
    """An expression that makes the array, bit for bit."""
    dtype = value.dtype.name
    flat = np.ascontiguousarray(value).reshape(-1)
    if flat.size > 1 and flat.tobytes() == flat[:1].tobytes() * flat.size:
        return f"np.full({value.shape}, {flat[0].item()!r}, {dtype!r})"
    if flat.size <= INLINE:
        return f"np.array({value.tolist()!r}, {dtype!r}).reshape({value.shape})"
    text = base64.b64encode(flat.tobytes()).decode()
    return f"np.frombuffer(b64decode({text!r}), {dtype!r}).reshape({value.shape})"
