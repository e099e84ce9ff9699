"""Numbers that name rows of an embedding's table are checked before a program sees them."""

from __future__ import annotations

from typing import Any

from lamina.graph.structure import flatten
from lamina.layers.embedding import Embedding
from lamina.models.checks import extremes
from lamina.models.functional import CallGraph

# Which input of a model goes into which table.
Tables = list[tuple[int, Embedding]]


def tables_of(graph: CallGraph | None) -> Tables:
    """The embeddings that take an input of the model as it is, in models inside it too."""
    if graph is None:
        return []
    places = {id(x): i for i, x in enumerate(graph.flat_inputs)}
    found: Tables = []
    for call in graph.calls:
        given = [places.get(id(x)) for x in flatten(list(call.args[:1]))]
        inner = getattr(call.function, "_graph", None)
        if isinstance(call.function, Embedding):
            within: Tables = [(0, call.function)]
        else:
            within = (
                tables_of(inner) if len(given) == len(getattr(inner, "flat_inputs", ())) else []
            )
        found += [(place, table) for i, table in within if (place := given[i]) is not None]
    return found


def check_indices(model: Any, x: Any) -> None:
    """Raises: DataError for numbers in the data that are no rows of the table they name."""
    programs = model._programs
    if programs.tables is None:
        programs.tables = tables_of(model._graph)
    if programs.tables:
        arrays = model._graph.matched(x)
        for place, table in programs.tables:
            table.check_range(*extremes(arrays[place]))
