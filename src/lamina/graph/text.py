"""Graphs as text that diffs well: one line a node, numbered in topological order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lamina.graph.node import Graph, Node


def text(graph: Graph, origins: bool = False, indent: str = "") -> str:
    """The graph's lines; `origins` adds where each node came from."""
    number: dict[Node, str] = {node: f"%{i}" for i, node in enumerate(graph.inputs)}
    arguments = ", ".join(f"{number[i]}: {_kind(i)}{_name(i)}" for i in graph.inputs)
    lines = [f"{indent}graph({arguments})"]
    for node in graph.nodes():
        if node in number:
            continue
        number[node] = f"%{len(number)}"
        operands = " ".join(number[i] for i in node.inputs)
        line = f"{indent}  {number[node]} = {node.op} {operands}".rstrip()
        line += f"{_attrs(node.attrs)} : {_kind(node)}"
        if origins and node.origin:
            line += f"  # {node.origin}"
        lines.append(line)
        lines.extend(text(region, origins, indent + "    ") for region in node.regions)
    lines.append(f"{indent}  return {' '.join(number[node] for node in graph.outputs)}")
    return "\n".join(lines)


def _kind(node: Node) -> str:
    if node.outputs:
        return "(" + ", ".join(f"{a.dtype}{list(a.shape)}" for a in node.outputs) + ")"
    return f"{node.dtype}{list(node.shape)}" + (f"@{node.rows.axis}" if node.rows else "")


def _name(node: Node) -> str:
    name = node.attrs.get("name")
    return f" '{name}'" if name else ""


def _attrs(attrs: Mapping[str, Any]) -> str:
    shown = {key: _value(value) for key, value in attrs.items() if key != "name"}
    return "".join(f" {key}={value}" for key, value in sorted(shown.items()))


def _value(value: Any) -> str:
    if isinstance(value, np.ndarray):
        if value.size <= 8:
            return str(value.tolist()).replace(" ", "")
        return f"<{value.size} values>"
    return str(value).replace(" ", "")
