"""Numbers that name rows of an embedding's table are checked before a program sees them."""

from __future__ import annotations

from typing import Any

from lamina.layers.embedding import Embedding
from lamina.models.checks import extremes
from lamina.models.functional import CallGraph
from lamina.models.host_stage import stage_of

# Which input of a model goes into which table.
Tables = list[tuple[int, Embedding]]


def tables_of(function: Any) -> Tables:
    """The embeddings that take an input of a model as it is, in models inside it too; none of what
    has a `call` of the user's own, which may change the numbers first.
    """
    if isinstance(function, Embedding):
        return [(0, function)] if type(function).call is Embedding.call else []
    only_runs_graph = getattr(function, "_only_runs_graph", None)
    if only_runs_graph is None or not only_runs_graph():
        return []
    graph: CallGraph = function._graph
    places = {id(x): i for i, x in enumerate(graph.entries)}
    found: Tables = []
    for call in graph.calls:
        within = tables_of(call.function)
        if not within or not call.args or stage_of(call.function) is not None:
            continue
        inner = getattr(call.function, "_graph", None)
        given = [call.args[0]] if inner is None else inner.matched(call.args[0])
        found += [(p, table) for i, table in within if (p := places.get(id(given[i]))) is not None]
    return found


def check_indices(model: Any, x: Any) -> None:
    """Raises: DataError for numbers in the data that are no rows of the table they name."""
    programs = model._programs
    if programs.tables is None:
        programs.tables = tables_of(model)
    if programs.tables:
        arrays = model._graph.entered(x)
        for place, table in programs.tables:
            table.check_range(*extremes(arrays[place]))
