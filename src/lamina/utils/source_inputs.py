"""From a symbolic tensor back to the inputs that it is computed from."""

from __future__ import annotations

from typing import Any

from lamina.graph.structure import flatten
from lamina.graph.tensor import KerasTensor


def get_source_inputs(tensor: Any) -> list[Any]:
    """The symbolic inputs that a symbolic tensor, or a list of them, depends on, in order.

    Of anything else: itself.
    """
    leaves = flatten(tensor)
    if not all(isinstance(leaf, KerasTensor) for leaf in leaves):
        return [tensor]
    found: dict[int, KerasTensor] = {}
    seen: set[int] = set()
    stack = leaves[::-1]
    while stack:
        x = stack.pop()
        if x.history is None:
            found.setdefault(id(x), x)
        elif id(x.history[0]) not in seen:
            seen.add(id(x.history[0]))
            stack.extend(reversed(x.history[0].inputs))
    return list(found.values())
