"""What of a model has weights, and the path of each in a file, as Keras walks it.

A container counts its members by the names of their classes, so that a file does not depend on
names that are numbered through a process.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lamina.layers.tracking import Tracked
from lamina.metrics import Metric
from lamina.models import Functional, Model, Sequential
from lamina.naming import snake_case
from lamina.optimizers import Optimizer

# Attributes of models that hold what `layers` holds already.
_INTERNAL = {"_graph_layers", "_sequence", "_layers"}


def saveables(root: Any) -> Iterator[tuple[str, Any]]:
    """(path, object) of everything with weights of its own, each once; the root's path is ""."""
    seen: set[int] = set()
    stack: list[tuple[str, Any]] = [("", root)]
    while stack:
        path, found = stack.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        yield path, found
        stack.extend(reversed([(f"{path}/{name}" if path else name, child)
                               for name, child in _children(found)]))  # fmt: skip


def _children(holder: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(holder, Sequential | Functional) or (
        isinstance(holder, Model) and holder._graph is not None
    ):
        yield from _members("layers", holder.layers)
    for name, value in _attributes(holder):
        if _has_weights(value):
            yield name, value
        elif isinstance(value, list | tuple | dict):
            yield from _members(name, value)


def _attributes(holder: Any) -> list[tuple[str, Any]]:
    """The attributes that may hold weights, private ones last."""
    if not isinstance(holder, Tracked):
        held = {k: v for k, v in vars(holder).items() if isinstance(v, Optimizer | Tracked)}
    else:
        held = dict(holder.__dict__.get("_tracked", {}))
        held |= {k: v for k, v in vars(holder).items() if isinstance(v, Optimizer)}
    names = getattr(type(holder), "_names_in_files", {})
    found = [(names.get(name, name), value) for name, value in held.items()]
    return sorted(
        ((name, value) for name, value in found if name and name not in _INTERNAL),
        key=lambda entry: f"~{entry[0]}" if entry[0].startswith("_") else entry[0],
    )


def _members(path: str, container: Any) -> Iterator[tuple[str, Any]]:
    """What a list or dictionary holds, by class names that are numbered."""
    counts: dict[str, int] = {}
    for value in container.values() if isinstance(container, dict) else container:
        if _has_weights(value):
            yield f"{path}/{_numbered(snake_case(type(value).__name__), counts)}", value
        elif isinstance(value, list | tuple | dict):
            yield from _members(f"{path}/{_numbered('container', counts)}", value)


def _numbered(name: str, counts: dict[str, int]) -> str:
    count = counts[name] = counts.get(name, -1) + 1
    return f"{name}_{count}" if count else name


def _has_weights(value: Any) -> bool:
    return isinstance(value, Tracked | Optimizer | Metric)
